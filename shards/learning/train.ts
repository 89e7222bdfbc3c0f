import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runCommand } from '../../metrics/process/command-line.js';
import type { OptionValues } from '../../metrics/process/options.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { BundleManifest } from '../../model/bundle/bundle-manifest.js';
import { writeBundle } from '../../model/bundle/bundle-writer.js';
import {
  clickCount,
  sessionsUntil,
  type Dataset,
  type SessionRange,
} from '../../model/train/data/dataset.js';
import { TRAINING_DEFAULTS } from '../../model/train/training-options.js';
import { readInteractions, type Interactions } from '../../model/train/data/readers/interactions.js';
import { readJournalData } from './training/journal-data.js';
import { plannedStages, trainModel, type ModelSources } from './training/train-model.js';
import { DEMO_DATA, DEMO_UNTIL, SMALL_CLICKS, trainOptions } from './training/train-options.js';
import { fingerprintOf } from './training/fingerprint.js';
import { TrainingFolder } from './progress/training-folder.js';
import { trainingPage } from './progress/training-page.js';
import { inWords, TrainingProgress } from './progress/training-progress.js';
import { TrainingStages, TrainingStopped } from './progress/training-stages.js';

const USAGE = `npm run train -- [flags]

Trains a bundle: item vectors and the graph network on all sessions up to --until, the re-ranker on how the serving path ranks
their last tenth. Serve it with npm start -- --bundle FOLDER. Ctrl+C keeps what is done; the same command goes on with it.
Exit code 2 for bad arguments or data, 130 and 143 when stopped.`;

type TrainConfig = OptionValues<typeof trainOptions>;

/** Signals that stop a training in order, and the exit codes that say so. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

const nowMs = () => performance.now();

async function train(config: TrainConfig): Promise<number> {
  if (config.data !== undefined && config.journal !== undefined)
    throw new StartupError('bad_arguments', 'name one of --data and --journal, not both');
  await mkdir(config.out, { recursive: true });
  const interruption = new Interruption();
  try {
    await trainAll(config, interruption);
    return 0;
  } catch (error) {
    if (!(error instanceof TrainingStopped)) throw error;
    process.stderr.write(`${error.message}; the same command goes on from there\n`);
    process.exit(interruption.exitCode);
  }
}

/** Turns the first signal into a request to stop; before there is anything to keep, and at the second, the process ends. */
class Interruption {
  exitCode = 1;
  readonly #stopper = new AbortController();
  #hasWork = false;

  constructor() {
    for (const [signal, exitCode] of Object.entries(SIGNALS)) {
      process.on(signal, () => {
        if (!this.#hasWork || this.#stopper.signal.aborted) process.exit(exitCode);
        this.exitCode = exitCode;
        process.stderr.write(`${signal}: stopping after this step; once more ends at once\n`);
        this.#stopper.abort();
      });
    }
  }

  /** From now on there is something to keep. */
  begin(): AbortSignal {
    this.#hasWork = true;
    return this.#stopper.signal;
  }
}

async function trainAll(config: TrainConfig, interruption: Interruption): Promise<void> {
  const { folder, sources, range } = await openTraining(config);
  const progress = new TrainingProgress(plannedStages(sources, range), process.stderr, nowMs);
  const stages = new TrainingStages({ folder, progress, signal: interruption.begin(), nowMs });
  const parts = await trainModel(sources, range, stages);
  const manifest = await writeBundle(config.out, parts);
  const page = config.html ?? join(config.out, 'training.html');
  await writeFile(page, trainingPage({ manifest, log: stages.log, dataset: sources.dataset }));
  if (config.json !== undefined) await writeFile(config.json, `${JSON.stringify(manifest, null, 2)}\n`);
  await folder.remove();
  summarise(config, manifest, stages, page);
}

/** Reads the data, and finds out how far it has been trained on before. */
async function openTraining(
  config: TrainConfig,
): Promise<{ folder: TrainingFolder; sources: ModelSources; range: SessionRange }> {
  const path = `${resolve(config.out)}.training`;
  if (config.journal !== undefined) return await openJournalTraining(config, config.journal, path);
  const data = config.data ?? DEMO_DATA;
  const { sources, range } = prepared(config, await readInteractions(data, false));
  const print = fingerprintOf({ ...sources, range });
  return { folder: await openFolder(path, print, config.fresh), sources, range };
}

/** A journal grows while a gateway runs: what was read of it first is what an interrupted training goes on with. */
async function openJournalTraining(
  config: TrainConfig,
  journal: string,
  path: string,
): Promise<{ folder: TrainingFolder; sources: ModelSources; range: SessionRange }> {
  const { seed, epochs, until, name, version } = config;
  const print = {
    journal: resolve(journal),
    seed,
    epochs: epochs ?? '',
    until: until ?? '',
    name: name ?? '',
    version,
  };
  const folder = await openFolder(path, print, config.fresh);
  const known = await folder.result('journal');
  const data = (known?.value as Interactions | undefined) ?? (await readJournalData(journal));
  if (known === undefined) await folder.finish('journal', data);
  return { folder, ...prepared(config, data) };
}

async function openFolder(
  path: string,
  print: Parameters<typeof TrainingFolder.open>[1],
  isFresh: boolean,
): Promise<TrainingFolder> {
  const folder = await TrainingFolder.open(path, print, isFresh);
  if (folder.discarded !== undefined)
    process.stderr.write(
      `${path} held another training (it differs in ${folder.discarded}); starting anew\n`,
    );
  if (folder.resumesAt !== undefined)
    process.stderr.write(`going on with the training in ${path}: ${folder.resumesAt}; --fresh starts anew\n`);
  return folder;
}

function prepared(
  config: TrainConfig,
  { dataset, items }: Interactions,
): { sources: ModelSources; range: SessionRange } {
  const isDemo = config.journal === undefined && resolve(config.data ?? DEMO_DATA) === resolve(DEMO_DATA);
  const until = config.until ?? (isDemo ? DEMO_UNTIL : undefined);
  const range = sessionsUntil(dataset, until === undefined ? Infinity : Date.parse(until));
  refuseSingles(dataset, range);
  const usual =
    clickCount(dataset, range) < SMALL_CLICKS ? 2 * TRAINING_DEFAULTS.epochs : TRAINING_DEFAULTS.epochs;
  const recipe = {
    name: config.name ?? (isDemo ? 'demo' : dataset.name.slice(0, 64)),
    version: config.version,
    options: { seed: config.seed, epochs: config.epochs ?? usual },
    learns: dataset.timeMs !== null,
  };
  return { sources: { dataset, items, recipe }, range };
}

/** What follows what is learned from sessions of two clicks and more. */
function refuseSingles({ name, start }: Dataset, { from, to }: SessionRange): void {
  for (let session = from; session < to; session++) if (start[session + 1] - start[session] > 1) return;
  throw new StartupError(
    'data_unreadable',
    `${name}: expected sessions of two clicks, and no session has two clicks`,
  );
}

function summarise(
  config: TrainConfig,
  manifest: BundleManifest,
  { log }: TrainingStages,
  page: string,
): void {
  const { metrics, training } = manifest;
  const figures = Object.entries(metrics).map(([name, value]) => `${name} ${value} %`);
  const stages = log.stages.filter(({ seconds }) => seconds > 0);
  const memoryMB = Math.round(process.resourceUsage().maxRSS / 1024);
  const lines = [
    `${config.out}: ${training.events} events of ${training.sessions} sessions in ${inWords(training.seconds)}, at most ${memoryMB} MB`,
    ...stages.map(({ name, seconds }) => `  ${name}: ${inWords(seconds)}`),
    figures.length === 0
      ? 'too few sessions to measure the bundle on'
      : `on the second half of the validation sessions: ${figures.join(', ')}`,
    `curves: ${page}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

process.exitCode = await runCommand(USAGE, trainOptions, process.argv.slice(2), train);
