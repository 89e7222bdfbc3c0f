import { Worker } from 'node:worker_threads';
import type { SnapshotOrder } from './make-snapshot.js';
import type { PartitionSnapshot } from './snapshot-notice.js';
import type { SnapshotCall, SnapshotData, SnapshotReply } from './snapshot-words.js';
import type { JournalOfSnapshot, Snapshots } from './snapshots.js';

interface Question {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

type Asked = SnapshotCall extends infer Call ? (Call extends unknown ? Omit<Call, 'call'> : never) : never;

/**
 * The snapshots of a cluster in a thread of their own, which begins with the first question. When it ends, what was asked fails, and the
 * next question begins another one.
 */
export class SnapshotThread implements Snapshots {
  readonly #data: SnapshotData;
  readonly #questions = new Map<number, Question>();
  #worker: Worker | undefined;
  #asked = 0;

  constructor(data: SnapshotData) {
    this.#data = data;
  }

  make(order: SnapshotOrder): Promise<PartitionSnapshot> {
    return this.#ask({ op: 'make', order });
  }

  newest(partition: number): Promise<PartitionSnapshot | undefined> {
    return this.#ask({ op: 'newest', partition });
  }

  restore(partition: number, folder: string): Promise<PartitionSnapshot | undefined> {
    return this.#ask({ op: 'restore', partition, folder });
  }

  journal(partition: number): Promise<JournalOfSnapshot | undefined> {
    return this.#ask({ op: 'journal', partition });
  }

  /** Ends it at once: what is half done counts for nobody. */
  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }

  #ask<T>(asked: Asked): Promise<T> {
    this.#worker ??= this.#begin();
    const call = ++this.#asked;
    const answer = new Promise<T>((resolve, reject) => {
      this.#questions.set(call, { resolve: (value) => resolve(value as T), reject });
    });
    this.#worker.postMessage({ ...asked, call });
    return answer;
  }

  #begin(): Worker {
    const worker = new Worker(new URL('./snapshot-worker.js', import.meta.url), {
      workerData: this.#data,
      name: 'snapshots',
    });
    let cause: Error | undefined;
    worker.on('message', (reply: SnapshotReply) => this.#hear(reply));
    worker.on('error', (error: Error) => (cause ??= error));
    worker.once('exit', () => {
      this.#worker = undefined;
      const error = new Error(`the thread of the snapshots ended: ${cause?.message ?? 'it was stopped'}`);
      for (const { reject } of this.#questions.values()) reject(error);
      this.#questions.clear();
    });
    return worker;
  }

  #hear(reply: SnapshotReply): void {
    const question = this.#questions.get(reply.call);
    this.#questions.delete(reply.call);
    if ('failure' in reply) question?.reject(new Error(reply.failure));
    else question?.resolve(reply.value);
  }
}
