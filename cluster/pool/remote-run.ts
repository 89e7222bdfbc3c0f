import type { LoopTimes } from '../../shards/pool/shard-pool.js';
import type { RunListener } from '../../shards/pool/thread-run.js';
import { RunMovedError, type WatchedRun } from '../../shards/pool/supervised-thread.js';
import { CallPacker, type ThreadBatch } from '../../shards/wire/thread-batch.js';
import type { Recovery } from '../../shards/wire/worker-data.js';
import type { LinkClient, PartitionUser } from '../link/link-client.js';

/** Nothing is recovered here. */
const ELSEWHERE: Recovery = { replayedEvents: 0, rebuiltUsers: 0, pagesLoaded: 0, pagesUnfit: 0 };
const AT_REST: LoopTimes = { active: 0, idle: 0 };
/** No thread has this number. */
const NO_THREAD = -1;

/** A partition that another node owns, as if its shard ran here: calls go there once a turn of the event loop, what it says comes back. */
export class RemoteRun implements WatchedRun, PartitionUser {
  readonly calls = new CallPacker();
  readonly thread = NO_THREAD;
  readonly loop = AT_REST;
  readonly ready: Promise<Recovery>;
  readonly exited: Promise<Error>;
  readonly #partition: number;
  readonly #link: LinkClient;
  readonly #listener: RunListener;
  #attached: () => void = () => undefined;
  #ended: (error: Error) => void = () => undefined;
  #isScheduled = false;

  constructor(partition: number, link: LinkClient, listener: RunListener) {
    this.#partition = partition;
    this.#link = link;
    this.#listener = listener;
    this.exited = new Promise((resolve) => (this.#ended = resolve));
    this.ready = new Promise((resolve, reject) => {
      this.#attached = () => resolve(ELSEWHERE);
      void this.exited.then(reject);
    });
    link.attach(partition, this);
  }

  schedule(): void {
    if (this.#isScheduled || this.calls.isEmpty) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#link.send(this.#partition, this.calls.take());
    });
  }

  attached(): void {
    this.#attached();
  }

  replies(batch: ThreadBatch): void {
    this.#listener.batch(batch, 0);
  }

  gone(why: string): void {
    this.#ended(new RunMovedError(why));
  }

  end(): void {
    this.#link.detach(this.#partition, this);
    this.gone('its owner is another node');
  }
}
