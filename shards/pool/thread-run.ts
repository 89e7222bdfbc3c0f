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

/**
 * One run of a shard's thread, from its start to its end: the worker, and the calls on their way to it.
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
  /** Its `threadId`. */
  readonly thread: number;
  readonly #worker: Worker;
  #isScheduled = false;
  /** Batches posted and not taken in by a tick yet. */
  #waiting = 0;

  constructor(data: RunData, listener: RunListener) {
    const unread = new Unread(new SharedArrayBuffer(Unread.BYTES));
    const worker = new Worker(new URL('../worker/worker.js', import.meta.url), {
      workerData: { ...data, unread: unread.buffer } satisfies WorkerData,
      name: `shard-${data.shard}`,
    });
    this.#worker = worker;
    this.thread = worker.threadId;
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
    return this.#worker.performance.eventLoopUtilization();
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
