import type { LoopTimes } from '../../shards/pool/shard-pool.js';
import { RunGivenUpError, RunMovedError, type WatchedRun } from '../../shards/pool/supervised-thread.js';
import type { CallPacker } from '../../shards/wire/thread-batch.js';
import type { Recovery } from '../../shards/wire/worker-data.js';
import type { LinkClient } from '../link/link-client.js';

/** Where a partition is served: here, or at the other end of a link. */
export type Place = 'here' | LinkClient;

/** A run at one place. */
export interface PlacedRun {
  readonly run: WatchedRun;
  readonly exited: Promise<Error>;
  end(): void;
}

/** Who opens places, and hears what comes of them. */
export interface RunSeat {
  readonly open: (place: Place) => PlacedRun | undefined;
  readonly served: (place: Place, placed: PlacedRun) => void;
  readonly left: (place: Place, error: Error) => void;
}

/** From the moment somebody wants the partition to be served until it was, and is not any more. */
export class SeatedRun implements WatchedRun {
  readonly ready: Promise<Recovery>;
  readonly exited: Promise<Error>;
  readonly #seat: RunSeat;
  #placed: PlacedRun | undefined;
  #isServed = false;
  #isOver = false;
  #resolve: (recovery: Recovery) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #ended: (error: Error) => void = () => undefined;

  constructor(seat: RunSeat) {
    this.#seat = seat;
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.exited = new Promise((resolve) => (this.#ended = resolve));
  }

  get isServed(): boolean {
    return this.#isServed && !this.#isOver;
  }

  get calls(): CallPacker {
    return this.#running.calls;
  }

  get loop(): LoopTimes {
    return this.#running.loop;
  }

  /** Places give back by themselves what they had of shared memory. */
  readonly thread = -1;

  schedule(): void {
    this.#running.schedule();
  }

  /** Another place is wanted: a run that is served ends, one that is not served yet is tried there. */
  moved(place: Place | undefined): void {
    const before = this.#placed;
    if (this.#isOver) return;
    if (this.#isServed) return before?.end();
    this.#placed = undefined;
    before?.end();
    if (place !== undefined) this.#try(place);
  }

  stop(): void {
    this.#placed?.end();
    this.#over(new RunGivenUpError('the node stops; nothing was lost'));
  }

  get #running(): WatchedRun {
    if (this.#placed === undefined) throw new Error('a partition is asked that is served nowhere');
    return this.#placed.run;
  }

  #try(place: Place): void {
    const placed = this.#seat.open(place);
    this.#placed = placed;
    if (placed === undefined)
      return this.#seat.left(place, new Error('the thread of the partitions does not run'));
    const isCurrent = (): boolean => this.#placed === placed && !this.#isOver;
    placed.run.ready.then(
      (recovery) => {
        if (!isCurrent()) return;
        this.#isServed = true;
        this.#resolve(recovery);
        this.#seat.served(place, placed);
      },
      () => undefined,
    );
    void placed.exited.then((error) => {
      if (!isCurrent()) return;
      // Whoever places partitions pauses before the next try here; until then another node may serve it at any moment.
      if (this.#isServed) this.#over(new RunMovedError(error.message));
      else this.#placed = undefined;
      this.#seat.left(place, error);
    });
  }

  #over(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reject(error);
    this.#ended(error);
  }
}
