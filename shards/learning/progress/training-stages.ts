import type { TrainingHooks } from '../../../model/train/optimiser/training-hooks.js';
import type { TrainingFolder } from './training-folder.js';
import { recordStep, TrainingLog, type StageRecord } from './training-log.js';
import type { TrainingProgress } from './training-progress.js';
import type { TrainedNetwork } from '../../../model/train/network/parameters.js';

/** The training was asked to stop; everything it needs to go on is on the disk. */
export class TrainingStopped extends Error {
  constructor(where: string) {
    super(`stopped in ${where}`);
    this.name = 'TrainingStopped';
  }
}

/** What every stage of one training works with. */
export interface StageContext {
  /** Where the training is kept; undefined: nowhere, an interruption loses it. */
  readonly folder: TrainingFolder | undefined;
  readonly progress: TrainingProgress;
  /** Asks to stop. */
  readonly signal: AbortSignal;
  /** A clock that only goes forward, in ms. */
  readonly nowMs: () => number;
}

/** A running network is saved this often, or less often where saving would take more than a twentieth of the time. */
const SAVE_EVERY_MS = 30_000;
const SAVE_SHARE = 1 / 20;

/** Figures of a network on held-back sessions, in percent. */
export type Validate = (network: TrainedNetwork) => Promise<Record<string, number>>;

/** Runs the stages of a training one after another, each only once however often the process is started. */
export class TrainingStages {
  readonly log: TrainingLog;
  readonly #context: StageContext;

  constructor(context: StageContext) {
    this.#context = context;
    this.log = context.folder?.log ?? new TrainingLog();
  }

  /** A stage that begins anew when it is interrupted; its result must be what `v8.serialize` takes. */
  value<T>(name: string, compute: (told: (share: number, note: string) => void) => Promise<T>): Promise<T> {
    return this.#stage(name, async (record) => {
      const { progress, signal, nowMs } = this.#context;
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

  /** A network's training, saved now and then; after an interruption it goes on from there. `validate` is asked after every epoch. */
  network(
    name: string,
    train: (hooks: TrainingHooks) => Promise<TrainedNetwork>,
    validate?: Validate,
  ): Promise<TrainedNetwork> {
    return this.#stage(name, (record) => {
      const keeper = new NetworkKeeper(record, this.#context);
      return train({
        checkpoint: keeper,
        progress: (step, steps, loss, rate) => {
          recordStep(record, steps, [step, loss, rate]);
          this.#context.progress.update(step / steps, `loss ${loss.toFixed(3)}`);
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
    const { folder, progress, signal } = this.#context;
    const known = await folder?.result(name);
    if (known !== undefined) {
      progress.skip(name);
      return known.value as T;
    }
    if (signal.aborted) throw new TrainingStopped(name);
    progress.begin(name);
    const value = await compute(this.log.stage(name)).finally(() => progress.end());
    await folder?.finish(name, value);
    return value;
  }
}

/** The checkpoint of one network. */
class NetworkKeeper {
  readonly #record: StageRecord;
  readonly #context: StageContext;
  #countedMs: number;
  #savedMs = -Infinity;
  #pauseMs = 0;

  constructor(record: StageRecord, context: StageContext) {
    this.#record = record;
    this.#context = context;
    this.#countedMs = context.nowMs();
  }

  restore(...[tensors]: Parameters<NonNullable<TrainingHooks['checkpoint']>['restore']>) {
    return this.#context.folder?.restore(this.#record.name, tensors) ?? Promise.resolve(undefined);
  }

  /** The first step is saved at once: a disk that is too small shows then. */
  async stepped(
    ...[position, tensors]: Parameters<NonNullable<TrainingHooks['checkpoint']>['stepped']>
  ): Promise<void> {
    const { folder, signal, nowMs } = this.#context;
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
    const nowMs = this.#context.nowMs();
    this.#record.seconds += (nowMs - this.#countedMs) / 1_000;
    this.#countedMs = nowMs;
  }
}
