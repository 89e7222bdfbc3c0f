import type { LoopTimes } from './shard-pool.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { COUNTER } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { giveBack } from '../../model/kernel/shared-memory.js';
import type { ShardCall } from '../wire/calls.js';
import type { PostedModel } from '../wire/posted-model.js';
import type { ShardEvent } from '../wire/shard-event.js';
import type { ShardReport } from '../wire/shard-report.js';
import type { RunData } from '../wire/worker-data.js';
import { RestartPause } from './restart-pause.js';
import { ThreadRun, type RunListener } from './thread-run.js';

/** How long a thread that crashes before it has ever served is tried again. */
const FIRST_START_MS = 30_000;

/** Who hears of a thread. */
export interface ThreadListener extends RunListener {
  /** A fresh thread has recovered and takes calls, in the place of one that crashed. It knows of nothing but the store. */
  restarted(): void;
}

/** Ends a run that is to go on elsewhere at once: nothing has failed. */
export class RunMovedError extends Error {
  override readonly name = 'RunMovedError';
}

/** Ends a run of a shard that is about to be stopped with all others: it is not started again. */
export class RunGivenUpError extends StartupError {
  constructor(why: string) {
    super('start_given_up', why);
  }
}

/** What a thread is watched with. `startRun` gives it another run than that of a thread of its own. */
export interface ThreadWatch {
  /** Those of the gateway thread, for counting restarts. */
  readonly stats: ThreadStats;
  readonly log: Log;
  readonly clock: Clock;
  readonly startRun?: (data: RunData, listener: RunListener) => WatchedRun;
}

/** Of a thread that does not run. */
const AT_REST: LoopTimes = { active: 0, idle: 0 };

/** What the watch needs of a run. */
export type WatchedRun = Pick<ThreadRun, 'calls' | 'ready' | 'exited' | 'loop' | 'thread' | 'schedule'>;

/**
 * The thread of one shard, started again whenever it crashes or fails to start again, after a pause that grows from 0.1 s to
 * 30 s (`RestartPause`); it is never given up. Calls made while none runs are dropped: whoever makes them keeps what matters,
 * and tells it again when `restarted` is called.
 */
export class SupervisedThread {
  readonly #worker: Omit<RunData, 'keepsInteractions'>;
  readonly #listener: ThreadListener;
  readonly #watch: ThreadWatch;
  readonly #pause = new RestartPause();
  /** The run that takes calls; undefined while none does. */
  #run: WatchedRun | undefined;
  /** A start or restart under way; resolves when it is over, whatever came of it. */
  #starting: Promise<void> | undefined;
  /** Ends a pause before its time. */
  #wake: () => void = () => {};
  #model: PostedModel;
  #isStopping = false;
  #hasServed = false;
  /** Since when it serves, or does not; ms of the monotonic clock. */
  #sinceMs: number;
  #restarts = 0;
  #lastError: string | undefined;

  constructor(worker: Omit<RunData, 'keepsInteractions'>, listener: ThreadListener, watch: ThreadWatch) {
    this.#worker = worker;
    this.#listener = listener;
    this.#watch = watch;
    this.#model = worker.model;
    this.#sinceMs = this.#nowMs();
  }

  /** Name of the model that the thread serves. */
  get model(): string {
    return this.#model.name;
  }

  /** How the thread is. */
  get loop(): LoopTimes {
    return this.#run?.loop ?? AT_REST;
  }

  /** How it is. */
  get condition(): Omit<ShardReport, 'report'> {
    const isServing = this.#run !== undefined;
    return {
      shard: this.#worker.shard,
      state: isServing ? 'serving' : this.#hasServed ? 'down' : 'starting',
      downMs: isServing ? 0 : Math.round(this.#nowMs() - this.#sinceMs),
      restarts: this.#restarts,
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    };
  }

  /** The next run serves this model; the one that runs is told by a call. */
  useModel(model: PostedModel): void {
    this.#model = model;
  }

  /**
   * The first start; resolves when the shard has recovered. A crash is tried again for a while. Rejects with a `StartupError`:
   * that of the shard, or `shard_start_failed`.
   */
  start(): Promise<void> {
    const started = this.#firstStart();
    this.#starting = started.catch(() => undefined);
    return started;
  }

  send(call: ShardCall): void {
    const run = this.#run;
    if (run === undefined) return;
    run.calls.add(call);
    run.schedule();
  }

  /** Sends an event of a session. */
  sendEvent(channel: number, session: number, event: ShardEvent): void {
    const run = this.#run;
    if (run === undefined) return;
    run.calls.addEvent(channel, session, event, 0);
    run.schedule();
  }

  /**
   * Asks the thread to write everything out and to end; resolves when it has, also when it was about to be started again.
   * It ends by itself once its store is closed: a thread with commits under way must not be terminated from outside, for
   * lmdb may then abort the process.
   */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake();
    await this.#starting;
    const run = this.#run;
    if (run === undefined) return;
    this.send({ op: 'stop' });
    await run.exited;
  }

  async #firstStart(): Promise<void> {
    const { shard } = this.#worker;
    const { log } = this.#watch;
    for (;;) {
      try {
        await this.#start(false);
        return;
      } catch (error) {
        const { message } = error as Error;
        this.#lastError = message;
        if (error instanceof StartupError || this.#isStopping) throw error;
        const tries = ++this.#restarts;
        if (this.#nowMs() - this.#sinceMs >= FIRST_START_MS) throw startFailed(shard, tries, message);
        log.error({ shard, err: error, tries }, 'shard crashed while it started');
      }
      await this.#rest(0);
      if (this.#isStopping) throw new Error(`shard ${shard} was stopped before it had started`);
    }
  }

  async #start(keepsInteractions: boolean): Promise<void> {
    const { log, startRun = (data, listener) => new ThreadRun(data, listener) } = this.#watch;
    const run = startRun({ ...this.#worker, model: this.#model, keepsInteractions }, this.#listener);
    void run.exited.then(() => giveBack(this.#model.vectors, run.thread));
    const recovery = await run.ready;
    this.#run = run;
    this.#hasServed = true;
    this.#sinceMs = this.#nowMs();
    void run.exited.then((error) => this.#ended(error));
    log.info({ shard: this.#worker.shard, ...recovery }, 'shard ready');
  }

  /** A run that had recovered is over. */
  #ended(error: Error): void {
    const servedMs = this.#nowMs() - this.#sinceMs;
    this.#run = undefined;
    this.#sinceMs = this.#nowMs();
    this.#restart(error, servedMs);
  }

  #restart(error: Error, servedMs: number): void {
    if (this.#isStopping || error instanceof RunGivenUpError) return;
    const { shard } = this.#worker;
    const { stats, log } = this.#watch;
    const hasMoved = error instanceof RunMovedError;
    if (hasMoved) log.info({ shard, why: error.message }, 'shard moves');
    else {
      this.#lastError = error.message;
      this.#restarts++;
      log.error({ shard, err: error, restarts: this.#restarts }, 'shard crashed');
      stats.count(COUNTER.shardRestarts);
    }
    this.#starting = (hasMoved ? this.#startAgain() : this.#startAfterPause(servedMs)).then(
      (isRunning) => isRunning && this.#listener.restarted(),
      (failure: Error) => this.#restart(failure, 0),
    ) as Promise<void>;
  }

  /** False when it was stopped meanwhile. */
  async #startAfterPause(servedMs: number): Promise<boolean> {
    await this.#rest(servedMs);
    return this.#startAgain();
  }

  async #startAgain(): Promise<boolean> {
    if (this.#isStopping) return false;
    await this.#start(true);
    return true;
  }

  #rest(servedMs: number): Promise<void> {
    const pauseMs = this.#pause.take(servedMs);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#isStopping ? 0 : pauseMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #nowMs(): number {
    return this.#watch.clock.nowUs() / 1_000;
  }
}

function startFailed(shard: number, tries: number, message: string): StartupError {
  return new StartupError(
    'shard_start_failed',
    `Shard ${shard} crashed ${tries} times within ${FIRST_START_MS / 1_000} s while it started, the last time with: ` +
      `${message}. Nothing was lost. Look at the log above; if its store is damaged, restore the folder of that shard from ` +
      'a snapshot.',
  );
}
