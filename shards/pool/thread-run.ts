import { Worker } from 'node:worker_threads';
import { realClock } from '../../metrics/process/clock.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { LoopTimes } from './shard-pool.js';
import type { ThreadReport } from '../wire/shard-report.js';
import { CallPacker, type ThreadBatch } from '../wire/thread-batch.js';
import { Unread } from '../wire/unread.js';
import type { PostedBatch, Recovery, RunData, WorkerData, WorkerMessage } from '../wire/worker-data.js';

/** Batches that may wait for the thread: one is being worked on, one is ready when it is through. */
const WAITING_MAX = 2;

/** Who hears what a thread says. */
export interface RunListener {
  /** What the thread said, and how long it was on its way. */
  batch(batch: ThreadBatch, onWayUs: number): void;
  /** What it tells of itself now and then. */
  report(report: ThreadReport): void;
}

/** The way to what runs a shard: a thread of its own, or a part of one. */
export interface RunPort {
  /** Who has the buffers that it takes of shared memory (`giveBack`). */
  readonly thread: number;
  /** Resolves when it has ended, with why; rejects never. */
  readonly exited: Promise<Error>;
  /** How long the thread's event loop has worked and rested. */
  readonly loop: LoopTimes;
  onMessage(take: (message: WorkerMessage) => void): void;
  post(batch: PostedBatch, transfer: ArrayBuffer[]): void;
}

/** A thread for one shard. */
function openWorker(workerData: WorkerData): RunPort {
  const { shard } = workerData;
  const worker = new Worker(new URL('../worker/worker.js', import.meta.url), {
    workerData,
    name: `shard-${shard}`,
  });
  let cause: Error | undefined;
  worker.on('error', (error: Error) => (cause ??= error));
  return {
    thread: worker.threadId,
    exited: new Promise((resolve) => {
      worker.once('exit', (code) =>
        resolve(cause ?? new Error(`shard ${shard} ended with exit code ${code}`)),
      );
    }),
    get loop() {
      return worker.performance.eventLoopUtilization();
    },
    onMessage: (take) => void worker.on('message', take),
    post: (batch, transfer) => worker.postMessage(batch, transfer),
  };
}

/**
 * One run of a shard's thread, from its start to its end: the way to it, and the calls on their way to it.
 *
 * Calls are packed and posted once per turn of the event loop, and only while fewer than two posted batches wait for a tick of
 * the thread. Under load the calls of a tick then travel together; waking a thread costs more than anything else on the way.
 * The thread in turn rests while it has said more than this one has heard (`Unread`).
 */
export class ThreadRun {
  /** Calls that have not been posted; `schedule` after adding to them. */
  readonly calls = new CallPacker();
  /** Resolves when the thread has recovered and takes calls. Rejects with what it threw while starting. */
  readonly ready: Promise<Recovery>;
  /** Resolves when the thread has ended, with why; rejects never. */
  readonly exited: Promise<Error>;
  /** See `RunPort.thread`. */
  readonly thread: number;
  readonly #port: RunPort;
  #isScheduled = false;
  /** Batches posted and not taken in by a tick yet. */
  #waiting = 0;

  constructor(data: RunData, listener: RunListener, open: (data: WorkerData) => RunPort = openWorker) {
    const unread = new Unread(new SharedArrayBuffer(Unread.BYTES));
    const port = open({ ...data, unread: unread.buffer });
    this.#port = port;
    this.thread = port.thread;
    let cause: Error | undefined;
    this.exited = port.exited.then((error) => cause ?? error);
    this.ready = new Promise((resolve, reject) => {
      port.onMessage((message) => {
        if (message.type === 'batch') {
          this.#settle(message.taken);
          listener.batch(message.batch, realClock.nowUs() - message.sentUs);
          unread.read();
        } else if (message.type === 'report') listener.report(message.report);
        else if (message.type === 'refused') cause = new StartupError(message.code, message.problems);
        else resolve(message.recovery);
      });
      // Means nothing when it was ready before.
      void this.exited.then(reject);
    });
  }

  /** How long the thread's event loop has worked and rested. */
  get loop(): LoopTimes {
    return this.#port.loop;
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
      this.#port.post(posted, [batch.words.buffer as ArrayBuffer]);
    });
  }

  #settle(taken: number): void {
    this.#waiting -= taken;
    this.schedule();
  }
}
