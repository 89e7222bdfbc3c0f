const NONE = 0;
const CAPACITY_MIN = 1_024;

/**
 * Where pseudonyms are: an open hash table of slot numbers. A pseudonym is 16 bytes that are as good as random, so its first four are
 * its hash. 12 to 24 bytes for each.
 */
export class SlotIndex {
  /** Slot number + 1 by place; the hash beside it. */
  #slots = new Int32Array(CAPACITY_MIN);
  #hashes = new Uint32Array(CAPACITY_MIN);
  #count = 0;
  readonly #isAt: (slot: number, pseudonym: Uint8Array) => boolean;

  /** `isAt` says whether a slot is that of a pseudonym. */
  constructor(isAt: (slot: number, pseudonym: Uint8Array) => boolean) {
    this.#isAt = isAt;
  }

  get count(): number {
    return this.#count;
  }

  /** −1 when it is not there. */
  find(pseudonym: Uint8Array): number {
    const at = this.#placeOf(pseudonym);
    return this.#slots[at] - 1;
  }

  /** For a pseudonym that is not there. */
  add(pseudonym: Uint8Array, slot: number): void {
    if (2 * (this.#count + 1) > this.#slots.length) this.#grow();
    this.#put(hashOf(pseudonym), slot);
    this.#count++;
  }

  /** The places behind it move up, as linear probing wants. */
  remove(pseudonym: Uint8Array): void {
    let hole = this.#placeOf(pseudonym);
    if (this.#slots[hole] === NONE) return;
    const mask = this.#slots.length - 1;
    for (let at = (hole + 1) & mask; this.#slots[at] !== NONE; at = (at + 1) & mask) {
      const home = this.#hashes[at] & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#slots[hole] = this.#slots[at];
      this.#hashes[hole] = this.#hashes[at];
      hole = at;
    }
    this.#slots[hole] = NONE;
    this.#count--;
  }

  #placeOf(pseudonym: Uint8Array): number {
    const hash = hashOf(pseudonym);
    const mask = this.#slots.length - 1;
    let at = hash & mask;
    while (this.#slots[at] !== NONE) {
      if (this.#hashes[at] === hash && this.#isAt(this.#slots[at] - 1, pseudonym)) return at;
      at = (at + 1) & mask;
    }
    return at;
  }

  #put(hash: number, slot: number): void {
    const mask = this.#slots.length - 1;
    let at = hash & mask;
    while (this.#slots[at] !== NONE) at = (at + 1) & mask;
    this.#slots[at] = slot + 1;
    this.#hashes[at] = hash;
  }

  #grow(): void {
    const [slots, hashes] = [this.#slots, this.#hashes];
    this.#slots = new Int32Array(2 * slots.length);
    this.#hashes = new Uint32Array(2 * slots.length);
    for (let i = 0; i < slots.length; i++) if (slots[i] !== NONE) this.#put(hashes[i], slots[i] - 1);
  }
}

function hashOf(pseudonym: Uint8Array): number {
  return (pseudonym[0] | (pseudonym[1] << 8) | (pseudonym[2] << 16) | (pseudonym[3] << 24)) >>> 0;
}
