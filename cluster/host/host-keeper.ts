import type { Log } from '../../metrics/process/log.js';
import { giveBack } from '../../model/kernel/shared-memory.js';
import type { KeptSnapshot } from '../../shards/wire/calls.js';
import type { PostedModel } from '../../shards/wire/posted-model.js';
import { HostThread } from './host-thread.js';
import type { HostData } from './host-words.js';

/** Pause before a thread that has ended is started again. */
const PAUSE_MS = 1_000;

/** Keeps a thread for the partitions: one that ends is started again, and serves what it is given then. */
export class HostKeeper {
  #data: HostData;
  /** Models that a thread may have taken buffers of. */
  #models: readonly PostedModel[];
  readonly #log: Log;
  #host: HostThread | undefined;
  #isStopping = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(data: HostData, log: Log) {
    this.#data = data;
    this.#models = [data.model];
    this.#log = log;
  }

  /** Resolves when the first one runs; rejects as `HostThread.start`. */
  static async start(data: HostData, log: Log): Promise<HostKeeper> {
    const keeper = new HostKeeper(data, log);
    keeper.#watch(await HostThread.start(data, keeper.#trouble));
    return keeper;
  }

  /** The thread that runs; undefined while none does. */
  get host(): HostThread | undefined {
    return this.#host;
  }

  /** See `PartitionHost.prepare`. Rejects also while no thread runs. */
  async prepare(model: PostedModel): Promise<void> {
    this.#models = [...this.#models, model];
    await this.#running.prepare(model);
  }

  /** See `PartitionHost.snapshot`. Rejects also while no thread runs. */
  async snapshot(partition: number): Promise<KeptSnapshot> {
    return this.#running.snapshot(partition);
  }

  /** See `PartitionHost.adopt`. A thread that is started from now on serves with it. */
  async adopt(model: PostedModel): Promise<void> {
    this.#data = { ...this.#data, model };
    await this.#host?.adopt(model);
    this.#models = [model];
  }

  async discard(): Promise<void> {
    await this.#host?.discard();
    this.#models = [this.#data.model];
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    await this.#host?.stop();
  }

  get #running(): HostThread {
    if (this.#host === undefined) throw new Error('the thread of the partitions does not run');
    return this.#host;
  }

  readonly #trouble = (partition: number, why: string): void =>
    this.#log.warn({ partition, why }, 'a snapshot of a partition was not made; it is tried again');

  #watch(host: HostThread): void {
    this.#host = host;
    void host.exited.then((error) => {
      this.#host = undefined;
      for (const rooms of host.rooms()) for (const { vectors } of this.#models) giveBack(vectors, rooms);
      if (this.#isStopping) return;
      this.#log.error({ err: error }, 'the thread of the partitions ended; it is started again');
      this.#again();
    });
  }

  #again(): void {
    this.#timer = setTimeout(() => {
      HostThread.start(this.#data, this.#trouble).then(
        (host) => (this.#isStopping ? void host.stop() : this.#watch(host)),
        (error: unknown) => {
          this.#log.error({ err: error }, 'the thread of the partitions cannot be started; tried again');
          if (!this.#isStopping) this.#again();
        },
      );
    }, PAUSE_MS);
  }
}
