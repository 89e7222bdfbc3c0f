import { RunMovedError } from '../../shards/pool/supervised-thread.js';
import { ThreadRun, type RunListener } from '../../shards/pool/thread-run.js';
import type { Recovery, RunData } from '../../shards/wire/worker-data.js';
import { PartitionEndError, type HostThread, type HostedPartition } from '../host/host-thread.js';

/** A partition that this node keeps warm, or takes over and serves. */
export class LocalRun {
  readonly run: ThreadRun;
  /** Resolves with the sequence of the message that began the ownership; never when it does not come to that. */
  readonly owned: Promise<number>;
  readonly exited: Promise<Error>;
  #hosted: HostedPartition | undefined;

  constructor(host: HostThread, data: RunData, listener: RunListener) {
    this.run = new ThreadRun(data, listener, (worker) => (this.#hosted = host.open(worker)));
    // One that is only kept warm is waited for by nobody.
    this.run.ready.catch(() => undefined);
    this.owned = this.#hosted?.owned ?? Promise.reject(new Error('a run without a partition'));
    this.exited = this.run.exited.then((error) => {
      const isFailure = !(error instanceof PartitionEndError) || error.why === 'failed';
      return isFailure ? error : new RunMovedError(error.message);
    });
  }

  get ready(): Promise<Recovery> {
    return this.run.ready;
  }

  /** True while nothing of the partition's journal is left to be carried out. */
  get isLevel(): boolean {
    return this.#hosted?.isLevel ?? false;
  }

  /** From now on it is to be this node's. */
  take(): void {
    this.#hosted?.take();
  }

  end(): void {
    this.#hosted?.drop();
  }
}
