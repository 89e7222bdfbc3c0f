/** Who is at the bound when nothing more is given out: the peer's address, or all peers together. */
export type Taken = 'taken' | 'address_full' | 'full';

/** Bounds of an `AddressBudget`; 0 is none. */
export interface BudgetLimits {
  readonly perAddressMax: number;
  readonly allMax: number;
}

/** Counts what peers hold of one thing, sockets or bytes, by address and in all, and gives out no more than its bounds. */
export class AddressBudget {
  readonly #perAddressMax: number;
  readonly #allMax: number;
  readonly #byAddress = new Map<string, number>();
  #held = 0;

  constructor({ perAddressMax, allMax }: BudgetLimits) {
    this.#perAddressMax = perAddressMax === 0 ? Infinity : perAddressMax;
    this.#allMax = allMax === 0 ? Infinity : allMax;
  }

  /** What is given out. */
  get held(): number {
    return this.#held;
  }

  /** Addresses that hold something. */
  get addressCount(): number {
    return this.#byAddress.size;
  }

  /** @param address '' is counted in all only. Each `taken` needs a `give` of the same. */
  take(address: string, amount: number): Taken {
    if (this.#held + amount > this.#allMax) return 'full';
    if (address !== '') {
      const held = (this.#byAddress.get(address) ?? 0) + amount;
      if (held > this.#perAddressMax) return 'address_full';
      this.#byAddress.set(address, held);
    }
    this.#held += amount;
    return 'taken';
  }

  give(address: string, amount: number): void {
    this.#held -= amount;
    if (address === '') return;
    const left = (this.#byAddress.get(address) ?? 0) - amount;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
  }
}
