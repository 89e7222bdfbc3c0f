import type { TrainedNetwork } from '../../../model/train/network/trained-network.js';
import type { TrainingHooks } from '../../../model/train/optimiser/training-hooks.js';
import type { TrainingFolder } from './training-folder.js';
import { recordStep, TrainingLog, type StageRecord } from './training-log.js';
import type { TrainingProgress } from './training-progress.js';

/** The training was asked to stop, and everything it needs to go on is on the disk. */
export class TrainingStopped extends Error {
  constructor(where: string) {
    super(`stopped in ${where}`);
    this.name = 'TrainingStopped';
  }
}

export interface StageTools {
  /** Where the training is kept; undefined: nowhere, an interruption loses it. */
  readonly folder: TrainingFolder | undefined;
  readonly progress: TrainingProgress;
  /** Asks to stop. */
  readonly signal: AbortSignal;
  /** A clock that only goes forward, in ms. */
  readonly nowMs: () => number;
}

/** A running network is saved this often, and no more often than takes a twentieth of the time. */
const SAVE_EVERY_MS = 30_000;
const SAVE_SHARE = 1 / 20;

/** Figures of a network on held-back sessions, in percent. */
export type Validate = (network: TrainedNetwork) => Promise<Record<string, number>>;

/** Runs the stages of a training one after another, each only once however often the process is started. */
export class TrainingStages {
  readonly log: TrainingLog;
  readonly #tools: StageTools;

  constructor(tools: StageTools) {
    this.#tools = tools;
    this.log = tools.folder?.log ?? new TrainingLog();
  }

  /** A stage that cannot be interrupted within; its result must be what `v8.serialize` takes. */
  value<T>(name: string, compute: (told: (share: number, note: string) => void) => Promise<T>): Promise<T> {
    return this.#stage(name, async (record) => {
      const { progress, signal, nowMs } = this.#tools;
      const startedMs = nowMs();
      let abort = () => {};
      const aborted = new Promise<never>((_, reject) => {
        abort = () => reject(new TrainingStopped(name));
      });
      signal.addEventListener('abort', abort);
      try {
        return await Promise.race([compute((share, note) => progress.update(share, note)), aborted]);
      } finally {
        signal.removeEventListener('abort', abort);
        record.seconds = (nowMs() - startedMs) / 1_000;
      }
    });
  }

  /** A network's training: saved now and then, and gone on with from there. `validate` is asked after every epoch. */
  network(
    name: string,
    train: (hooks: TrainingHooks) => Promise<TrainedNetwork>,
    validate?: Validate,
  ): Promise<TrainedNetwork> {
    return this.#stage(name, (record) => {
      const keeper = new NetworkKeeper(record, this.#tools);
      return train({
        checkpoint: keeper,
        progress: (step, steps, loss, rate) => {
          recordStep(record, step, steps, loss, rate);
          this.#tools.progress.update(step / steps, `loss ${loss.toFixed(3)}`);
        },
        ...(validate !== undefined && {
          epochEnded: async (epoch: number, network: TrainedNetwork) => {
            record.validation.push({ epoch, figures: await validate(network) });
          },
        }),
      }).finally(() => keeper.countSeconds());
    });
  }

  async #stage<T>(name: string, compute: (record: StageRecord) => Promise<T>): Promise<T> {
    const { folder, progress, signal } = this.#tools;
    const known = await folder?.result(name);
    if (known !== undefined) {
      progress.skip(name);
      return known.value as T;
    }
    if (signal.aborted) throw new TrainingStopped(name);
    progress.begin(name);
    const value = await compute(this.log.stage(name));
    progress.end();
    await folder?.finish(name, value);
    return value;
  }
}

/** The checkpoint of one network. */
class NetworkKeeper {
  readonly #record: StageRecord;
  readonly #tools: StageTools;
  #countedMs: number;
  #savedMs = -Infinity;
  #pauseMs = 0;

  constructor(record: StageRecord, tools: StageTools) {
    this.#record = record;
    this.#tools = tools;
    this.#countedMs = tools.nowMs();
  }

  restore(...[tensors]: Parameters<NonNullable<TrainingHooks['checkpoint']>['restore']>) {
    return this.#tools.folder?.restore(this.#record.name, tensors) ?? Promise.resolve(undefined);
  }

  /** The first step is saved at once: a disk that is too small shows then. */
  async stepped(
    ...[position, tensors]: Parameters<NonNullable<TrainingHooks['checkpoint']>['stepped']>
  ): Promise<void> {
    const { folder, signal, nowMs } = this.#tools;
    const startedMs = nowMs();
    if (!signal.aborted && startedMs - this.#savedMs < this.#pauseMs) return;
    this.countSeconds();
    await folder?.save(this.#record.name, position, tensors);
    this.#savedMs = nowMs();
    this.#pauseMs = Math.max(SAVE_EVERY_MS, (this.#savedMs - startedMs) / SAVE_SHARE);
    if (signal.aborted)
      throw new TrainingStopped(`${this.#record.name}, step ${position.done} of ${position.steps}`);
  }

  countSeconds(): void {
    const nowMs = this.#tools.nowMs();
    this.#record.seconds += (nowMs - this.#countedMs) / 1_000;
    this.#countedMs = nowMs;
  }
}
