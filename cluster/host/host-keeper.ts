import type { Log } from '../../metrics/process/log.js';
import { HostThread } from './host-thread.js';
import type { HostData } from './host-words.js';

/** Pause before a thread that has ended is started again. */
const PAUSE_MS = 1_000;

/** Keeps a thread for the partitions: one that ends is started again, and serves what it is given then. */
export class HostKeeper {
  readonly #data: HostData;
  readonly #log: Log;
  #host: HostThread | undefined;
  #isStopping = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(data: HostData, log: Log) {
    this.#data = data;
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

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    await this.#host?.stop();
  }

  readonly #trouble = (partition: number, why: string): void =>
    this.#log.warn({ partition, why }, 'a snapshot of a partition was not made; it is tried again');

  #watch(host: HostThread): void {
    this.#host = host;
    void host.exited.then((error) => {
      this.#host = undefined;
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
