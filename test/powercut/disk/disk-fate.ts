/** What comes of what was under way when the power went: chosen by a seed, for each write and each name. */

/** Ways in which a disk may leave what was not synced. */
export const FATES = [
  'dropped',
  'kept',
  'early',
  'late',
  'one',
  'mixed',
  'pages',
  'sectors',
  'torn',
] as const;

export type Fate = (typeof FATES)[number];

/** A part of a write, in bytes from its beginning. */
export interface Piece {
  readonly from: number;
  readonly to: number;
}

const SECTOR_BYTES = 512;
const PAGE_BYTES = 4_096;

/** Chooses for the changes that are not durable, in their order. */
export class FateChooser {
  readonly #fate: Fate;
  readonly #random: (limit: number) => number;
  readonly #count: number;
  readonly #turn: number;
  #next = 0;

  /** `count` changes are not durable. */
  constructor(fate: Fate, count: number, random: (limit: number) => number) {
    this.#fate = fate;
    this.#random = random;
    this.#count = count;
    this.#turn = random(count + 1);
  }

  /** Whether a change that is whole or not there at all (a name, a length) has come to the disk. */
  keepsWhole(): boolean {
    const at = this.#next++;
    switch (this.#fate) {
      case 'dropped':
        return false;
      case 'kept':
        return true;
      case 'early':
        return at < this.#turn;
      case 'late':
        return at >= this.#turn;
      case 'one':
        return at === this.#turn % Math.max(1, this.#count);
      default:
        return this.#random(2) === 0;
    }
  }

  /** What of a write of so many bytes at this offset of its file has come to the disk. */
  keptPieces(offset: number, bytes: number): readonly Piece[] {
    const isLast = this.#fate === 'early' && this.#next === this.#turn;
    if (this.#fate === 'pages' || this.#fate === 'sectors' || this.#fate === 'torn') this.#next++;
    if (this.#fate === 'pages') return this.#blocks(offset, bytes, PAGE_BYTES);
    if (this.#fate === 'sectors') return this.#blocks(offset, bytes, SECTOR_BYTES);
    if (this.#fate === 'torn') return this.#torn(offset, bytes);
    if (!this.keepsWhole()) return isLast ? this.#torn(offset, bytes) : [];
    return [{ from: 0, to: bytes }];
  }

  /** Whether a write that has not come to the disk has made its file longer all the same: it reads as zeros there. */
  lengthens(): boolean {
    return this.#fate !== 'dropped' && this.#random(2) === 0;
  }

  /** The beginning of a write up to any byte or up to a sector, or its sectors from one on. */
  #torn(offset: number, bytes: number): readonly Piece[] {
    const at = this.#random(bytes + 1);
    const sector = Math.min(bytes, Math.max(0, at - ((offset + at) % SECTOR_BYTES)));
    const way = this.#random(3);
    if (way === 0) return [{ from: 0, to: at }];
    return way === 1 ? [{ from: 0, to: sector }] : [{ from: sector, to: bytes }];
  }

  /** Some of the blocks of the disk that a write lies in. */
  #blocks(offset: number, bytes: number, blockBytes: number): readonly Piece[] {
    const pieces: Piece[] = [];
    for (let from = 0; from < bytes;) {
      const to = Math.min(bytes, from + blockBytes - ((offset + from) % blockBytes));
      if (this.#random(2) === 0) pieces.push({ from, to });
      from = to;
    }
    return pieces;
  }
}
