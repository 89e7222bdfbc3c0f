import { RowBlocks } from './row-blocks.js';

/** Interests that a user has at most; the nodes of weaker communities belong to none. */
export const INTERESTS_MAX = 12;
/** Nodes of which a user has said how much of them they want, at most; past that the one said of first is forgotten. */
export const TUNED_MAX = 48;
/** Ids of interests, 1 … 65,535; then they begin again. */
const INTEREST_ID_MAX = 65_535;

/** What a user can say of an interest, as it is kept. `normal` is not kept. */
export const TUNE = { more: 1, normal: 0, less: -1, never: -2 } as const;

/** A node of which a user has said how much of it they want. */
export interface TunedNode {
  /** `NODE` kind. */
  readonly kind: number;
  readonly key: number;
}

/**
 * What is kept of the interests of each user, beside the nodes that say which they belong to (`InterestSlabs.nodeInterest`), and
 * what they said of some. In blocks (`RowBlocks`): an interest of the user in `row` lies at `interestStart[row] + n`.
 */
export class InterestRows {
  readonly interests: RowBlocks;
  readonly interestStart: Int32Array;
  readonly interestCount: Uint8Array;
  /** 1 … 65,535; the same as long as the interest lives. */
  readonly interestId: Uint16Array;
  /** Share of the user's weight, 0..1, smoothed over their clicks: what it is compared with. */
  readonly interestShare: Float32Array;
  /** Epoch ms of the last touch. */
  readonly interestAt: Float64Array;
  /** Clicks of the user when it began, and when it came back after a long pause; 0: it never did. */
  readonly interestBorn: Uint32Array;
  readonly interestBack: Uint32Array;
  /** Uint16 [users]: the id given out last. */
  readonly lastInterest: Uint16Array;
  /** Uint8 [users]: 1 when the journal does not lead to these interests: a state of before there were any came first. */
  readonly isGrafted: Uint8Array;

  readonly tuned: RowBlocks;
  readonly tunedStart: Int32Array;
  readonly tunedCount: Uint8Array;
  /** `NODE` kind and key; `TUNE` value; id of the interest it was said of. */
  readonly tunedKind: Uint8Array;
  readonly tunedKey: Int32Array;
  readonly tunedValue: Int8Array;
  readonly tunedInterest: Uint16Array;

  constructor(users: number) {
    this.interests = new RowBlocks(users, [3, 6], INTERESTS_MAX);
    this.interestStart = this.interests.start;
    this.interestCount = new Uint8Array(users);
    this.interestId = this.interests.array(Uint16Array);
    this.interestShare = this.interests.array(Float32Array);
    this.interestAt = this.interests.array(Float64Array);
    this.interestBorn = this.interests.array(Uint32Array);
    this.interestBack = this.interests.array(Uint32Array);
    this.lastInterest = new Uint16Array(users);
    this.isGrafted = new Uint8Array(users);
    this.tuned = new RowBlocks(users, [8], TUNED_MAX);
    this.tunedStart = this.tuned.start;
    this.tunedCount = new Uint8Array(users);
    this.tunedKind = this.tuned.array(Uint8Array);
    this.tunedKey = this.tuned.array(Int32Array);
    this.tunedValue = this.tuned.array(Int8Array);
    this.tunedInterest = this.tuned.array(Uint16Array);
  }

  /** Makes `row` empty, without blocks. */
  clear(row: number): void {
    this.interests.release(row);
    this.tuned.release(row);
    this.interestCount[row] = 0;
    this.tunedCount[row] = 0;
    this.lastInterest[row] = 0;
    this.isGrafted[row] = 0;
  }

  /** The next id of the user. */
  newId(row: number): number {
    this.lastInterest[row] = this.lastInterest[row] === INTEREST_ID_MAX ? 1 : this.lastInterest[row] + 1;
    return this.lastInterest[row];
  }

  /** Place of the interest with this id among the user's, −1 when there is none. */
  find(row: number, id: number): number {
    const start = this.interestStart[row];
    for (let n = 0; n < this.interestCount[row]; n++) if (this.interestId[start + n] === id) return n;
    return -1;
  }

  /** What was said of the interest last, `TUNE`. */
  tuneOf(row: number, id: number): number {
    const start = this.tunedStart[row];
    for (let i = start; i < start + this.tunedCount[row]; i++)
      if (this.tunedInterest[i] === id) return this.tunedValue[i];
    return TUNE.normal;
  }

  /** True when something was said of the node. */
  isTuned(row: number, { kind, key }: TunedNode): boolean {
    const start = this.tunedStart[row];
    for (let i = start; i < start + this.tunedCount[row]; i++)
      if (this.tunedKey[i] === key && this.tunedKind[i] === kind) return true;
    return false;
  }

  /** True when something was said of the interest. */
  isSaid(row: number, id: number): boolean {
    const start = this.tunedStart[row];
    return this.tunedInterest.subarray(start, start + this.tunedCount[row]).includes(id);
  }

  /** Forgets what was said of an interest. */
  untune(row: number, id: number): void {
    const start = this.tunedStart[row];
    for (let i = start; i < start + this.tunedCount[row];) {
      if (this.tunedInterest[i] === id) this.#dropTuned(row, i);
      else i++;
    }
  }

  /** Keeps what was said of an interest for one of its nodes, in the place of what was said of that node before. */
  tune(row: number, id: number, { kind, key }: TunedNode, value: number): void {
    const start = this.tunedStart[row];
    for (let i = start; i < start + this.tunedCount[row]; i++)
      if (this.tunedKey[i] === key && this.tunedKind[i] === kind) this.#dropTuned(row, i);
    if (this.tunedCount[row] === TUNED_MAX) this.#dropTuned(row, start);
    this.tuned.reserve(row, this.tunedCount[row] + 1, this.tunedCount[row]);
    const at = this.tunedStart[row] + this.tunedCount[row]++;
    this.tunedKind[at] = kind;
    this.tunedKey[at] = key;
    this.tunedValue[at] = value;
    this.tunedInterest[at] = id;
  }

  /** The others keep their order. */
  #dropTuned(row: number, at: number): void {
    const end = this.tunedStart[row] + this.tunedCount[row]--;
    for (const field of [this.tunedKind, this.tunedKey, this.tunedValue, this.tunedInterest])
      field.copyWithin(at, at + 1, end);
  }
}
