import { Worker } from 'node:worker_threads';
import { realClock } from '../../metrics/process/clock.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { ShardCall } from '../wire/calls.js';
import { CallPacker, type ThreadBatch } from '../wire/thread-batch.js';
import type { PostedBatch, WorkerData, WorkerMessage, Recovery } from '../wire/worker-data.js';
import type { ShardEvent } from '../wire/shard-event.js';

/** Batches that may wait for the thread: one is being worked on, one is ready when it is through. */
const WAITING_MAX = 2;

export interface ThreadHandlers {
  /** What the thread said, and how long it was on its way. */
  readonly batch: (batch: ThreadBatch, onWayUs: number) => void;
  /** The thread ended by itself, with what it threw. */
  readonly died: (error: Error) => void;
}

/**
 * A running shard thread. Calls are packed and posted once per turn of the event loop, and only while fewer than two posted
 * batches wait for a tick of the thread: under load the calls of a tick then travel together, and waking a thread costs
 * more than anything else on the way.
 */
export class ShardThread {
  readonly #worker: Worker;
  readonly #packer = new CallPacker();
  readonly #exited: Promise<void>;
  #isScheduled = false;
  #isStopping = false;
  /** Batches posted and not taken in by a tick yet. */
  #waiting = 0;

  private constructor(worker: Worker) {
    this.#worker = worker;
    this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
  }

  /** Starts a thread; resolves when it has recovered and takes calls. Rejects with what it threw while starting. */
  static start(
    data: WorkerData,
    handlers: ThreadHandlers,
  ): Promise<{ thread: ShardThread; recovery: Recovery }> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL('../worker/worker.js', import.meta.url), {
        workerData: data,
        name: `shard-${data.shard}`,
      });
      const thread = new ShardThread(worker);
      let isReady = false;
      let cause: Error | undefined;
      worker.on('message', (message: WorkerMessage) => {
        if (message.type === 'batch') {
          thread.#settle(message.taken);
          handlers.batch(message.batch, realClock.nowUs() - message.sentUs);
          return;
        }
        if (message.type === 'refused') {
          cause = new StartupError(message.code, message.problems);
          return;
        }
        isReady = true;
        resolve({ thread, recovery: message.recovery });
      });
      worker.on('error', (error: Error) => (cause ??= error));
      worker.on('exit', (code) => {
        const error = cause ?? new Error(`shard ${data.shard} ended with exit code ${code}`);
        if (!isReady) reject(error);
        else if (!thread.#isStopping) handlers.died(error);
      });
    });
  }

  send(call: ShardCall): void {
    this.#packer.add(call);
    this.#schedule();
  }

  sendEvent(channel: number, session: number, call: number, event: ShardEvent): void {
    this.#packer.addEvent(channel, session, call, event);
    this.#schedule();
  }

  /**
   * Asks the thread to write everything out and to end; resolves when it has. It ends by itself once its store is closed: a
   * thread with commits under way must not be terminated from outside, for lmdb may then abort the process.
   */
  stop(): Promise<void> {
    this.#isStopping = true;
    this.send({ op: 'stop' });
    return this.#exited;
  }

  #settle(taken: number): void {
    this.#waiting -= taken;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#packer.isEmpty || this.#waiting === WAITING_MAX) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const batch = this.#packer.take();
      const posted: PostedBatch = { batch, sentUs: realClock.nowUs() };
      this.#waiting++;
      this.#worker.postMessage(posted, [batch.words.buffer as ArrayBuffer]);
    });
  }
}
