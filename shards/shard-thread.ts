import { Worker } from 'node:worker_threads';
import { StartupError } from '../metrics/startup-error.js';
import type { ShardEvent } from './api.js';
import type { ShardCall } from './calls.js';
import type { Recovery } from './recovery.js';
import { CallPacker, type ThreadBatch } from './thread-batch.js';
import type { WorkerData, WorkerMessage } from './worker-data.js';

export interface ThreadHandlers {
  readonly batch: (batch: ThreadBatch) => void;
  /** The thread ended by itself, with what it threw. */
  readonly died: (error: Error) => void;
}

/** A running shard thread: calls are packed and posted once per turn of the event loop. */
export class ShardThread {
  readonly #worker: Worker;
  readonly #packer = new CallPacker();
  #isScheduled = false;
  #hasEnded = false;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Starts a thread; resolves when it has recovered and takes calls. Rejects with what it threw while starting. */
  static start(data: WorkerData, handlers: ThreadHandlers): Promise<{ thread: ShardThread; model: string; recovery: Recovery }> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: data, name: `shard-${data.shard}` });
      const thread = new ShardThread(worker);
      let isReady = false;
      let cause: Error | undefined;
      worker.on('message', (message: WorkerMessage) => {
        if (message.type === 'batch') {
          handlers.batch(message.batch);
          return;
        }
        if (message.type === 'refused') {
          cause = new StartupError(message.code, message.problems);
          return;
        }
        isReady = true;
        resolve({ thread, model: message.model, recovery: message.recovery });
      });
      worker.on('error', (error: Error) => (cause ??= error));
      worker.on('exit', (code) => {
        const ended = thread.#hasEnded;
        thread.#hasEnded = true;
        const error = cause ?? new Error(`shard ${data.shard} ended with exit code ${code}`);
        if (!isReady) reject(error);
        else if (!ended) handlers.died(error);
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

  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.#worker.terminate();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#hasEnded || this.#packer.isEmpty) return;
      const batch = this.#packer.take();
      this.#worker.postMessage(batch, [batch.words.buffer as ArrayBuffer]);
    });
  }
}
