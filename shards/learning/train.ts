import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { outputFileProblem, runCommand } from '../../metrics/process/command-line.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { BundleManifest } from '../../model/bundle/bundle-manifest.js';
import { writeBundle } from '../../model/bundle/bundle-writer.js';
import { itemReader } from './serving/item-reader-option.js';
import { openTraining, type TrainConfig } from './training/open-training.js';
import { plannedStages, trainModel } from './training/train-model.js';
import { trainOptions } from './training/train-options.js';
import { trainingPage } from './progress/training-page.js';
import { inWords, TrainingProgress } from './progress/training-progress.js';
import { TrainingStages, TrainingStopped } from './progress/training-stages.js';

const USAGE = `npm run train -- [flags]

Trains a bundle: item vectors and the graph network on all sessions up to --until, the re-ranker on how the serving path ranks
their last tenth. Serve it with npm start -- --bundle FOLDER. Ctrl+C keeps what is done; the same command goes on with it.
Exit code 2 for bad arguments or data, 130 and 143 when stopped.`;

/** Signals that stop a training in order, and the exit codes that say so. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

const nowMs = () => performance.now();

async function train(config: TrainConfig): Promise<number> {
  if (config.data !== undefined && config.journal !== undefined)
    throw new StartupError('bad_arguments', 'name one of --data and --journal, not both');
  const interruption = new Interruption();
  try {
    await trainBundle(config, interruption);
    return 0;
  } catch (error) {
    if (!(error instanceof TrainingStopped)) throw error;
    process.stderr.write(`${error.message}; the same command goes on from there\n`);
    process.exit(interruption.exitCode);
  }
}

/** Opens the data and what an earlier run has kept, trains, writes the bundle and its page. */
async function trainBundle(config: TrainConfig, interruption: Interruption): Promise<void> {
  refuseOutputs(config);
  const { folder, sources: recorded, range, report } = await openTraining(config);
  const reader = itemReader(config.encoder, join(folder.path, 'vectors.cache'));
  const sources = { ...recorded, reader };
  if (report !== undefined) process.stderr.write(`${report.text().join('\n')}\n`);
  const progress = new TrainingProgress(plannedStages(sources, range), process.stderr, nowMs);
  const stages = new TrainingStages({ folder, progress, signal: interruption.begin(), nowMs });
  const parts = await trainModel(sources, range, stages);
  const manifest = await writeBundle(config.out, parts);
  const page = config.html ?? join(config.out, 'training.html');
  await writeFile(page, trainingPage({ manifest, log: stages.log, dataset: sources.dataset }));
  if (config.json !== undefined) await writeFile(config.json, `${JSON.stringify(manifest, null, 2)}\n`);
  reader?.close();
  await folder.remove();
  summarise(config, manifest, stages, page);
  if (report !== undefined) process.stdout.write(`${report.text().join('\n')}\n`);
}

/** Not by `isOutputFile`: the folder of the bundle, where either may be, is made only when there is something to train on. */
function refuseOutputs({ html, json, out }: TrainConfig): void {
  const problems = Object.entries({ html, json }).flatMap(([flag, path]) => {
    if (path === undefined || dirname(resolve(path)) === resolve(out)) return [];
    const problem = outputFileProblem(path);
    return problem === undefined ? [] : [`--${flag}: ${problem}`];
  });
  if (problems.length > 0) throw new StartupError('bad_arguments', problems);
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

/** The first signal asks the training to stop. While there is nothing to keep yet, and at the second, the process ends at once. */
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

process.exitCode = await runCommand(USAGE, trainOptions, process.argv.slice(2), train);
