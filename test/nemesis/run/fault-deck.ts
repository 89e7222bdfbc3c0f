/** Deals faults in an order of its own, each once before any comes again. */
export class FaultDeck<Fault> {
  readonly #faults: readonly Fault[];
  readonly #random: (limit: number) => number;
  #left: Fault[] = [];

  constructor(faults: readonly Fault[], random: (limit: number) => number) {
    this.#faults = faults;
    this.#random = random;
  }

  next(): Fault {
    if (this.#left.length === 0) this.#left = [...this.#faults];
    return this.#left.splice(this.#random(this.#left.length), 1)[0];
  }
}
