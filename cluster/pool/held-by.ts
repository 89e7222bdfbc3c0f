import type { Guest } from './guest.js';

/** Which guests have what a number of this node stands for, and their own numbers for it. */
export class HeldBy {
  readonly #holders = new Map<number, Map<Guest, number>>();

  add(number: number, guest: Guest, theirs: number): void {
    const holders = this.#holders.get(number) ?? new Map<Guest, number>();
    this.#holders.set(number, holders.set(guest, theirs));
  }

  delete(number: number, guest: Guest): void {
    const holders = this.#holders.get(number);
    holders?.delete(guest);
    if (holders?.size === 0) this.#holders.delete(number);
  }

  of(number: number): Iterable<[Guest, number]> {
    return this.#holders.get(number) ?? NOBODY;
  }
}

const NOBODY: ReadonlyMap<Guest, number> = new Map();
