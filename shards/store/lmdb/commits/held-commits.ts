import { faultPoint } from '../../../../metrics/process/fault-point.js';
import { Fifo } from '../../../../metrics/process/fifo.js';
import { LatestWrites } from './latest-writes.js';
import type { TableWrite } from './lmdb-table.js';

/** What goes with rows that are held. */
export interface HeldRows {
  readonly ticket: number;
  /** The journal has to be on the disk up to here before the rows may be. */
  readonly position: number;
  readonly writes: readonly TableWrite[];
}

/** Who takes what is held: one commit. */
export interface RowsTaker {
  /** Commits the writes, all or none; resolves when they are durable. */
  readonly commit: (ticket: number, writes: readonly TableWrite[]) => Promise<void>;
  /** What says that the rows contain the journal up to a position. */
  readonly stamp: (position: number) => readonly TableWrite[];
  /** Called when rows were refused for good. */
  readonly onFailure: (error: Error) => void;
}

/** How long rows wait for others, and how many bytes of them. */
const PACE_MS = 1_000;
const HELD_BYTES_MAX = 4 * 1024 * 1024;

/** Rows that go to the tables as one. */
class Bundle {
  readonly writes = new LatestWrites();
  ticket = 0;
  position = 0;
  resolve: (() => void) | undefined;
  reject: ((error: unknown) => void) | undefined;
}

/**
 * Rows on their way to the tables. They wait until the journal that explains them is on the disk, for it is what counts; and for each
 * other, since rows that are written again within a moment need not go twice.
 *
 * Order: rows become durable in the order of the calls. Bounds: `PACE_MS`, `HELD_BYTES_MAX`; while the journal or the tables wait for their
 * disk, whoever commits has to stop.
 */
export class HeldCommits {
  readonly #taker: RowsTaker;
  #gathering: Bundle | undefined;
  /** Complete; they wait for the journal. */
  readonly #closed = new Fifo<Bundle>();
  #durable: number;
  #timer: NodeJS.Timeout | undefined;
  #failure: Error | undefined;
  /** Settles with the last bundle that was handed over. */
  #last: Promise<void> = Promise.resolve();

  /** @param durable position up to which the journal is on the disk. */
  constructor(taker: RowsTaker, durable: number) {
    this.#taker = taker;
    this.#durable = durable;
  }

  /** Rows that follow from the journal: they go with others, some time. */
  add(rows: HeldRows): void {
    if (this.#failure !== undefined) return;
    const bundle = this.#take(rows);
    if (bundle.writes.bytes > HELD_BYTES_MAX) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), PACE_MS);
  }

  /** Rows that nothing else explains go as soon as they may, with all before them. Resolves when they are durable. */
  addUrgent(rows: HeldRows): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const bundle = this.#take(rows);
      bundle.resolve = resolve;
      bundle.reject = reject;
      this.flush();
    });
  }

  /** The journal is on the disk up to `position`. */
  journalDurable(position: number): void {
    this.#durable = position;
    if (this.#closed.length > 0) this.#hand();
  }

  /** What is held waits for no other rows any more. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#gathering !== undefined) this.#closed.push(this.#gathering);
    this.#gathering = undefined;
    this.#hand();
  }

  /** Resolves when all that was held is durable, of what the journal explains by now. */
  async settled(): Promise<void> {
    this.flush();
    await this.#last;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** What is held will never be explained by the journal. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.stop();
    this.#gathering?.reject?.(error);
    this.#gathering = undefined;
    for (let bundle = this.#closed.shift(); bundle !== undefined; bundle = this.#closed.shift())
      bundle.reject?.(error);
  }

  #take({ ticket, position, writes }: HeldRows): Bundle {
    const bundle = (this.#gathering ??= new Bundle());
    bundle.ticket = ticket;
    bundle.position = position;
    for (const write of writes) bundle.writes.add(write);
    return bundle;
  }

  #hand(): void {
    for (let bundle = this.#closed.peek(); bundle !== undefined; bundle = this.#closed.peek()) {
      if (bundle.position > this.#durable) return;
      this.#closed.shift();
      this.#commit(bundle);
    }
  }

  #commit({ ticket, position, writes, resolve, reject }: Bundle): void {
    faultPoint('rows.beforeCommit');
    const done = this.#taker.commit(ticket, [...writes.all, ...this.#taker.stamp(position)]);
    this.#last = done.then(
      () => {
        faultPoint('rows.committed');
        resolve?.();
      },
      (error: unknown) => {
        reject?.(error);
        this.#taker.onFailure(error as Error);
      },
    );
  }
}
