import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runCommand } from '../../metrics/command-line.js';
import { defineOptions, type OptionValues } from '../../metrics/options.js';
import { startProgress } from '../../metrics/progress.js';
import { writeBundle } from '../../model/bundle-writer.js';
import { modelOptions } from '../../model/options.js';
import { clickCount, sessionsUntil } from '../../model/train/dataset.js';
import { TRAINING_DEFAULTS } from '../../model/train/options.js';
import { readInteractions } from '../../model/train/readers/interactions.js';
import { trainModel, type StageProgress } from './train-model.js';

const DEMO_BUNDLE = modelOptions.bundle.fallback;
const DEMO_DATA = join(DEMO_BUNDLE, 'source');
/** The demo shop's last month is held out. */
const DEMO_UNTIL = '2011-07-31T23:59:59Z';

/** Data with fewer clicks takes more epochs. */
const SMALL_CLICKS = 400_000;

const trainOptions = defineOptions({
  data: {
    schema: z.string().min(1),
    fallback: DEMO_DATA,
    help: 'Folder with events.tsv.gz and items.tsv.gz; that of the demo shop when absent.',
  },
  out: {
    schema: z.string().min(1),
    fallback: DEMO_BUNDLE,
    help: 'Bundle folder to write; files of the same names are replaced.',
  },
  name: {
    schema: z.string().min(1).max(64),
    fallback: 'demo',
    help: 'Name of the bundle; clients see it in `model`.',
  },
  version: {
    schema: z.string().min(1).max(64),
    fallback: '1',
    help: 'Version of the bundle; clients see it behind the name.',
  },
  until: {
    schema: z.iso.datetime().optional(),
    fallback: undefined,
    help: `Last moment that may be trained on; what comes later is left for \`npm run evaluate\`. All when absent, for the demo shop's data until ${DEMO_UNTIL}.`,
  },
  seed: {
    schema: z.coerce.number().int().nonnegative(),
    fallback: TRAINING_DEFAULTS.seed,
    help: 'Seed of everything random.',
  },
  epochs: {
    schema: z.coerce.number().int().min(1).max(100).optional(),
    fallback: undefined,
    help: `Times every session is learned from; ${TRAINING_DEFAULTS.epochs} when absent, twice that for data under ${SMALL_CLICKS} clicks.`,
  },
  json: {
    schema: z.string().min(1).optional(),
    fallback: undefined,
    help: 'File for the manifest of the new bundle.',
  },
});

const USAGE = `npm run train -- [flags]

Trains a bundle: item vectors and the graph network on all sessions up to --until, the re-ranker on how the serving path ranks
their last tenth. Serve it with npm start -- --bundle FOLDER. Exit code 2 for bad arguments.`;

/** One bar for each stage. */
function stageBars(): { told: StageProgress; stop: () => void } {
  let current = '';
  let bar = startProgress('', 1);
  const told: StageProgress = (stage, share, note) => {
    if (stage !== current) {
      bar.stop();
      current = stage;
      process.stderr.write(`${stage} …\n`);
      bar = startProgress(stage, 1_000);
    }
    bar.update(Math.round(share * 1_000), note);
  };
  return { told, stop: () => bar.stop() };
}

async function train(config: OptionValues<typeof trainOptions>): Promise<number> {
  const { dataset, items } = await readInteractions(config.data, false);
  const until = config.until ?? (config.data === DEMO_DATA ? DEMO_UNTIL : undefined);
  const range = sessionsUntil(dataset, until === undefined ? Infinity : Date.parse(until));
  const usual =
    clickCount(dataset, range) < SMALL_CLICKS ? 2 * TRAINING_DEFAULTS.epochs : TRAINING_DEFAULTS.epochs;
  const recipe = {
    name: config.name,
    version: config.version,
    options: { seed: config.seed, epochs: config.epochs ?? usual },
    learns: dataset.timeMs !== null,
  };
  const bars = stageBars();
  const parts = await trainModel({ dataset, items, recipe }, range, bars.told);
  bars.stop();
  const manifest = await writeBundle(config.out, parts);
  const { metrics, training } = manifest;
  const figures = Object.entries(metrics).map(([name, value]) => `${name} ${value} %`);
  process.stdout.write(
    `${config.out}: ${training.events} events of ${training.sessions} sessions in ${training.seconds} s\n`,
  );
  process.stdout.write(`on the second half of the validation sessions: ${figures.join(', ')}\n`);
  if (config.json !== undefined) await writeFile(config.json, `${JSON.stringify(manifest, null, 2)}\n`);
  return 0;
}

process.exitCode = await runCommand(USAGE, trainOptions, process.argv.slice(2), train);
