import { Worker } from 'node:worker_threads';
import { realClock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { COUNTER } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { ShardCall } from '../wire/calls.js';
import type { ShardEvent } from '../wire/shard-event.js';
import type { PostedModel } from '../wire/posted-model.js';
import { CallPacker, type ThreadBatch } from '../wire/thread-batch.js';
import type { PostedBatch, Recovery, WorkerData, WorkerMessage } from '../wire/worker-data.js';

/** Crashes within `RESTART_WINDOW_MS` after which a thread is given up. */
const RESTARTS_MAX = 5;
const RESTART_WINDOW_MS = 60_000;
/** Batches that may wait for the thread: one is being worked on, one is ready when it is through. */
const WAITING_MAX = 2;

/** Who hears of a thread. */
export interface ThreadListener {
  /** What the thread said, and how long it was on its way. */
  batch(batch: ThreadBatch, onWayUs: number): void;
  /** A fresh thread has recovered and takes calls, in the place of one that crashed. It knows of nothing but the store. */
  restarted(): void;
  /** The thread has crashed `RESTARTS_MAX` + 1 times within the window; it is not started again. */
  fatal(error: Error): void;
}

/**
 * The thread of one shard, started again whenever it crashes or fails to start again. Calls made while none runs are
 * dropped: whoever makes them keeps what matters, and tells it again when `restarted` is called.
 *
 * Calls are packed and posted once per turn of the event loop, and only while fewer than two posted batches wait for a
 * tick of the thread. Under load the calls of a tick then travel together; waking a thread costs more than anything else
 * on the way.
 */
export class SupervisedThread {
  readonly #worker: Omit<WorkerData, 'keepsInteractions'>;
  readonly #listener: ThreadListener;
  readonly #stats: ThreadStats;
  readonly #log: Log;
  /** The run that takes calls; undefined while none does. */
  #run: Run | undefined;
  /** A start or restart under way; resolves when it is over, whatever came of it. */
  #starting: Promise<void> | undefined;
  /** When it crashed, epoch ms, within the window. */
  #crashes: number[] = [];
  #model: PostedModel;
  #isStopping = false;

  /** Restarts are counted in `stats`, those of the gateway thread. */
  constructor(
    worker: Omit<WorkerData, 'keepsInteractions'>,
    listener: ThreadListener,
    stats: ThreadStats,
    log: Log,
  ) {
    this.#worker = worker;
    this.#listener = listener;
    this.#stats = stats;
    this.#log = log;
    this.#model = worker.model;
  }

  /** Name of the model that the thread serves. */
  get model(): string {
    return this.#model.name;
  }

  /** The next run serves this model; the one that runs is told by a call. */
  useModel(model: PostedModel): void {
    this.#model = model;
  }

  /** The first start; resolves when the shard has recovered, rejects with what it threw: this one is not tried again. */
  start(): Promise<void> {
    const started = this.#start(false);
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
    await this.#starting;
    const run = this.#run;
    if (run === undefined) return;
    this.send({ op: 'stop' });
    await run.exited;
  }

  async #start(keepsInteractions: boolean): Promise<void> {
    const run = new Run({ ...this.#worker, model: this.#model, keepsInteractions }, this.#listener);
    const recovery = await run.ready;
    this.#run = run;
    void run.exited.then((error) => this.#ended(error));
    this.#log.info({ shard: this.#worker.shard, ...recovery }, 'shard ready');
  }

  /** A run that had recovered is over. */
  #ended(error: Error): void {
    this.#run = undefined;
    if (!this.#isStopping) this.#restart(error);
  }

  #restart(error: Error): void {
    if (this.#isStopping) return;
    const { shard } = this.#worker;
    const nowMs = Date.now();
    this.#crashes = [...this.#crashes.filter((atMs) => nowMs - atMs < RESTART_WINDOW_MS), nowMs];
    const crashes = this.#crashes.length;
    this.#log.error({ shard, err: error, crashes }, 'shard crashed');
    if (crashes > RESTARTS_MAX) {
      this.#listener.fatal(
        new Error(`shard ${shard} crashed ${crashes} times within a minute: ${error.message}`),
      );
      return;
    }
    this.#stats.count(COUNTER.shardRestarts);
    this.#starting = this.#start(true).then(
      () => this.#listener.restarted(),
      (failure: Error) => this.#restart(failure),
    );
  }
}

/** One run of the thread, from its start to its end: the worker, and the calls on their way to it. */
class Run {
  /** Calls that have not been posted; `schedule` after adding to them. */
  readonly calls = new CallPacker();
  /** Resolves when the thread has recovered and takes calls. Rejects with what it threw while starting. */
  readonly ready: Promise<Recovery>;
  /** Resolves when the thread has ended, with why; rejects never. */
  readonly exited: Promise<Error>;
  readonly #worker: Worker;
  #isScheduled = false;
  /** Batches posted and not taken in by a tick yet. */
  #waiting = 0;

  constructor(data: WorkerData, listener: ThreadListener) {
    const worker = new Worker(new URL('../worker/worker.js', import.meta.url), {
      workerData: data,
      name: `shard-${data.shard}`,
    });
    this.#worker = worker;
    let cause: Error | undefined;
    worker.on('error', (error: Error) => (cause ??= error));
    this.exited = new Promise((resolve) =>
      worker.once('exit', (code) =>
        resolve(cause ?? new Error(`shard ${data.shard} ended with exit code ${code}`)),
      ),
    );
    this.ready = new Promise((resolve, reject) => {
      worker.on('message', (message: WorkerMessage) => {
        if (message.type === 'batch') {
          this.#settle(message.taken);
          listener.batch(message.batch, realClock.nowUs() - message.sentUs);
        } else if (message.type === 'refused') cause = new StartupError(message.code, message.problems);
        else resolve(message.recovery);
      });
      // Means nothing when it was ready before.
      void this.exited.then(reject);
    });
  }

  /** Posts the calls in the next turn of the event loop, or when the thread has taken in what waits for it. */
  schedule(): void {
    if (this.#isScheduled || this.calls.isEmpty || this.#waiting === WAITING_MAX) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const batch = this.calls.take();
      const posted: PostedBatch = { batch, sentUs: realClock.nowUs() };
      this.#waiting++;
      this.#worker.postMessage(posted, [batch.words.buffer as ArrayBuffer]);
    });
  }

  #settle(taken: number): void {
    this.#waiting -= taken;
    this.schedule();
  }
}
