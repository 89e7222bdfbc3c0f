import { MessageChannel, Worker } from 'node:worker_threads';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { LoopTimes } from '../../shards/pool/shard-pool.js';
import type { RunPort } from '../../shards/pool/thread-run.js';
import type { KeptSnapshot } from '../../shards/wire/calls.js';
import type { PostedModel } from '../../shards/wire/posted-model.js';
import type { PostedBatch, WorkerData, WorkerMessage } from '../../shards/wire/worker-data.js';
import {
  ROOMS_FROM,
  type HostCall,
  type HostData,
  type HostReply,
  type ModelCall,
  type RunEnd,
  type SnapshotAsked,
} from './host-words.js';

/** Ends a run of a partition. */
export class PartitionEndError extends Error {
  override readonly name = 'PartitionEndError';
  readonly why: RunEnd['why'];

  constructor({ why, message }: RunEnd) {
    super(message);
    this.why = why;
  }
}

/** A partition that this node keeps warm, tries to own, or owns. */
export interface HostedPartition extends RunPort {
  /** True while it has carried out all that its journal has. */
  readonly isLevel: boolean;
  /** Resolves when it is this node's, with the sequence of the message that began it; never when it does not come to that. */
  readonly owned: Promise<number>;
  /** Tries to own it, and serves it then. */
  take(): void;
  drop(): void;
}

/** Hears why a snapshot of a partition was not made. */
export type Trouble = (partition: number, why: string) => void;

interface Listener {
  isLevel: boolean;
  readonly owned: (epoch: number) => void;
  readonly ended: (error: Error) => void;
}

/** How a call ended. */
type Told = Pick<Extract<HostReply, { op: 'told' }>, 'problem' | 'snapshot'>;

/** The thread of a node's partitions, as the node has it. */
export class HostThread {
  readonly #worker: Worker;
  readonly #listeners = new Map<number, Listener>();
  #nextRun = 1;
  readonly #asked = new Map<number, (told: Told) => void>();
  #nextCall = 1;
  readonly #trouble: Trouble;
  /** Resolves when the thread has ended, with why. */
  readonly exited: Promise<Error>;

  private constructor(worker: Worker, trouble: Trouble) {
    this.#worker = worker;
    this.#trouble = trouble;
    let cause: Error | undefined;
    worker.on('error', (error: Error) => (cause ??= error));
    this.exited = new Promise((resolve) => {
      worker.once('exit', (code) => {
        const error = cause ?? new Error(`the thread of the partitions ended with exit code ${code}`);
        for (const listener of this.#listeners.values()) listener.ended(error);
        this.#listeners.clear();
        for (const answer of this.#asked.values()) answer({ problem: error.message });
        this.#asked.clear();
        resolve(error);
      });
    });
  }

  /** Resolves when partitions can be opened. Rejects with the `StartupError` of the thread, or with what it threw. */
  static async start(data: HostData, trouble: Trouble): Promise<HostThread> {
    const workerData = { ...data };
    const worker = new Worker(new URL('./host-worker.js', import.meta.url), {
      workerData,
      name: 'partitions',
    });
    const host = new HostThread(worker, trouble);
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (reply: HostReply) => {
        if (reply.op === 'ready') resolve();
        else if (reply.op === 'refused') reject(new StartupError(reply.code, reply.problems));
        else if (reply.op === 'told') host.#answer(reply.call, reply);
        else if (reply.op === 'trouble') host.#trouble(reply.partition, reply.why);
        else host.#hear(reply);
      });
      void host.exited.then(reject);
    });
    return host;
  }

  /** Keeps a partition warm until it is taken or dropped. */
  open(data: Omit<WorkerData, 'learnsFrom'>): HostedPartition {
    const run = this.#nextRun++;
    const { port1: near, port2: far } = new MessageChannel();
    let owned: (epoch: number) => void = () => undefined;
    let ended: (error: Error) => void = () => undefined;
    const listener: Listener = {
      isLevel: false,
      owned: (epoch) => owned(epoch),
      ended: (error) => {
        near.close();
        ended(error);
      },
    };
    const hosted: HostedPartition = {
      thread: ROOMS_FROM + run,
      owned: new Promise((resolve) => (owned = resolve)),
      exited: new Promise((resolve) => (ended = resolve)),
      loop: this.#loop,
      get isLevel() {
        return listener.isLevel;
      },
      onMessage: (take) => void near.on('message', (message: WorkerMessage) => take(message)),
      post: (batch: PostedBatch, transfer) => near.postMessage(batch, transfer),
      take: () => this.#say({ op: 'take', run }),
      drop: () => this.#say({ op: 'drop', run }),
    };
    this.#listeners.set(run, listener);
    this.#worker.postMessage({ op: 'open', run, data, port: far } satisfies HostCall, [far]);
    return hosted;
  }

  /** Rooms that its runs may have of the models' memory. */
  *rooms(): Generator<number> {
    for (let run = 1; run < this.#nextRun; run++) yield ROOMS_FROM + run;
  }

  /** See `PartitionHost`. All reject with what went wrong, and when the thread ends. */
  async prepare(model: PostedModel): Promise<void> {
    await this.#ask({ op: 'prepare', call: this.#nextCall++, model });
  }

  async adopt(model: PostedModel): Promise<void> {
    await this.#ask({ op: 'adopt', call: this.#nextCall++, model });
  }

  async discard(): Promise<void> {
    await this.#ask({ op: 'discard', call: this.#nextCall++ });
  }

  async snapshot(partition: number): Promise<KeptSnapshot> {
    const { snapshot } = await this.#ask({ op: 'snapshot', call: this.#nextCall++, partition });
    if (snapshot === undefined) throw new Error('the thread of the partitions answered something else');
    return snapshot;
  }

  async stop(): Promise<void> {
    this.#say({ op: 'end' });
    await this.exited;
  }

  get #loop(): LoopTimes {
    return this.#worker.performance.eventLoopUtilization();
  }

  async #ask(call: ModelCall | SnapshotAsked): Promise<Told> {
    const told = await new Promise<Told>((resolve) => {
      this.#asked.set(call.call, resolve);
      this.#say(call);
    });
    if (told.problem !== undefined) throw new Error(told.problem);
    return told;
  }

  #answer(call: number, told: Told): void {
    this.#asked.get(call)?.(told);
    this.#asked.delete(call);
  }

  #say(call: HostCall): void {
    this.#worker.postMessage(call);
  }

  #hear(reply: Extract<HostReply, { readonly run: number }>): void {
    const listener = this.#listeners.get(reply.run);
    if (listener === undefined) return;
    if (reply.op === 'level') listener.isLevel = reply.isLevel;
    else if (reply.op === 'owned') listener.owned(reply.epoch);
    else {
      this.#listeners.delete(reply.run);
      listener.ended(new PartitionEndError(reply.end));
    }
  }
}
