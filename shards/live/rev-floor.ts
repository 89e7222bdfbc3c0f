import type { Clock } from '../../metrics/process/clock.js';
import type { ShardStore } from '../store/store.js';

/** Blob that holds the latest time seen, epoch ms as float64. */
const KEY = 'seen-ms';
/** Pause between two notes. */
const NOTE_MS = 60_000;
/** How far ahead revisions begin when the clock was set back: more than lists can have been made since the last note. */
const AHEAD_MS = 30 * 60_000;

/** What makes a store know of the latest time that another one has seen. */
export function revFloorWrite(from: Pick<ShardStore, 'blob'>): { key: string; bytes: Uint8Array }[] {
  const noted = from.blob(KEY);
  return noted === undefined ? [] : [{ key: KEY, bytes: new Uint8Array(noted) }];
}

/**
 * Keeps revisions rising when the system's clock is set back while the shard is down: they are a hybrid clock and stored
 * nowhere (`LiveUser.nextRev`). The latest time seen is noted now and then; a start that finds the clock before it counts on
 * from there. The note goes into the commits of the sweep. One per shard.
 */
export class RevFloor {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #floorMs: number;
  #seenMs: number;
  #notedMs: number;

  constructor(store: Pick<ShardStore, 'blob'>, clock: Pick<Clock, 'nowMs'>) {
    const noted = store.blob(KEY);
    this.#clock = clock;
    // A store may answer with a Buffer, whose `slice` is no copy.
    this.#notedMs = noted?.length === 8 ? new Float64Array(Uint8Array.from(noted).buffer)[0] : 0;
    this.#floorMs = clock.nowMs() < this.#notedMs ? this.#notedMs + AHEAD_MS : 0;
    this.#seenMs = this.#floorMs;
  }

  /** Epoch ms from which the revisions of a user count of whom none is known. */
  nowMs(): number {
    return Math.max(this.#clock.nowMs(), this.#floorMs);
  }

  /** What a commit has to note, if anything. */
  note(): readonly { readonly key: string; readonly bytes: Uint8Array }[] {
    this.#seenMs = Math.max(this.#seenMs, this.#clock.nowMs());
    if (this.#seenMs < this.#notedMs + NOTE_MS) return [];
    this.#notedMs = this.#seenMs;
    return [{ key: KEY, bytes: new Uint8Array(Float64Array.of(this.#seenMs).buffer) }];
  }
}
