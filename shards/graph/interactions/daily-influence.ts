/** How often clicks of one user on one item teach others anything in a day, and how many clicks of one user do in all. */
export const ITEM_CLICKS_A_DAY = 3;
export const USER_CLICKS_A_DAY = 256;

const DAY_MS = 86_400_000;
/** Places of a set; the hash of a pair or a user says in which set it is looked for. */
const WAYS = 4;
/** Sets of pairs of a user and an item, and of users: 6 MB and 0.8 MB, of which a day without clicks touches nothing. */
const PAIR_SETS = 1 << 18;
const USER_SETS = 1 << 15;

/**
 * Bounds what one user does to others' lists: of their clicks on an item the first `ITEM_CLICKS_A_DAY` of a day are learned, and of
 * all their clicks the first `USER_CLICKS_A_DAY`. Days are those of the clicks' own times, in UTC. One per shard; no user of another
 * shard passes by.
 *
 * Counts lie in tables of a fixed size, under hashes of user, item and day. A full set forgets its places in turn, so with more than
 * a million pairs a day some clicks count once more; a restart forgets all of it. What is decided
 * stands in the journal, so that a recovery learns the same. Two pairs with one hash share a count: one in a
 * billion.
 */
export class DailyInfluence {
  readonly #pairs = new HashedCounts(PAIR_SETS);
  readonly #users = new HashedCounts(USER_SETS);
  #user = 0;

  /** Whose clicks come next. */
  of(user: string): void {
    this.#user = hashOf(user);
  }

  /** True when a click of that user on `item` at `atMs` may be learned; counts it then. */
  takes(item: number, atMs: number): boolean {
    const ofDay = mixed(this.#user, Math.floor(atMs / DAY_MS));
    if (!this.#pairs.take(mixed(ofDay, item), mixed(item, ofDay), ITEM_CLICKS_A_DAY)) return false;
    return this.#users.take(ofDay, mixed(ofDay, this.#user), USER_CLICKS_A_DAY);
  }
}

/** Counts under hashes, in sets of four places. */
export class HashedCounts {
  readonly #marks: Uint32Array;
  readonly #counts: Uint16Array;
  readonly #mask: number;
  #next = 0;

  /** @param sets a power of two */
  constructor(sets: number) {
    this.#marks = new Uint32Array(sets * WAYS);
    this.#counts = new Uint16Array(sets * WAYS);
    this.#mask = sets - 1;
  }

  /** Counts one more of what has this hash, unless there are `max` already. `mark` is another hash, by which it is known in its set. */
  take(hash: number, mark: number, max: number): boolean {
    const start = (hash & this.#mask) * WAYS;
    const known = mark >>> 0 || 1;
    const at = this.#placeOf(start, known);
    if (this.#counts[at] >= max) return false;
    this.#counts[at]++;
    return true;
  }

  /** True when something was counted of what has this hash, and is not forgotten. */
  has(hash: number, mark: number): boolean {
    const start = (hash & this.#mask) * WAYS;
    return this.#marks.subarray(start, start + WAYS).includes(mark >>> 0 || 1);
  }

  #placeOf(start: number, mark: number): number {
    for (let at = start; at < start + WAYS; at++) if (this.#marks[at] === mark) return at;
    let at = start;
    while (at < start + WAYS && this.#marks[at] !== 0) at++;
    if (at === start + WAYS) at = start + (this.#next++ % WAYS);
    this.#marks[at] = mark;
    this.#counts[at] = 0;
    return at;
  }
}

/** 32-bit FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** One hash of two numbers; the finaliser of MurmurHash3. */
export function mixed(a: number, b: number): number {
  let hash = a ^ Math.imul(b + 0x9e3779b9, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
