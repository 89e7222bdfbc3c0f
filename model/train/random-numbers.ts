/** A generator's place in its sequence, as JSON keeps it. */
export interface RandomState {
  /** Four unsigned 32-bit words. */
  readonly words: readonly number[];
  /** The second normal number of a pair, when the first was drawn. */
  readonly spare: number | null;
}

/** Seeded generator (xoshiro128**, Blackman and Vigna 2018): the same seed gives the same numbers on every machine. */
export class Random {
  readonly #s = new Uint32Array(4);
  #spare = Number.NaN;

  /** `seed` is any whole number; it is spread over the state with splitmix32. */
  constructor(seed: number) {
    let x = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) >>> 0;
      let z = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.#s[i] = (z ^ (z >>> 16)) >>> 0;
    }
  }

  /** Where the generator is: `restore` of another one makes it give the same numbers from here on. */
  save(): RandomState {
    return { words: [...this.#s], spare: Number.isNaN(this.#spare) ? null : this.#spare };
  }

  restore({ words, spare }: RandomState): void {
    this.#s.set(words);
    this.#spare = spare ?? Number.NaN;
  }

  /** Uniform unsigned 32-bit number. */
  next(): number {
    const s = this.#s;
    const x = Math.imul(s[1], 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.next() / 4294967296;
  }

  /** Uniform whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Standard normal (polar method). */
  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const value = this.#spare;
      this.#spare = Number.NaN;
      return value;
    }
    let a: number;
    let b: number;
    let r: number;
    do {
      a = 2 * this.uniform() - 1;
      b = 2 * this.uniform() - 1;
      r = a * a + b * b;
    } while (r >= 1 || r === 0);
    const scale = Math.sqrt((-2 * Math.log(r)) / r);
    this.#spare = b * scale;
    return a * scale;
  }

  /** Shuffles in place (Fisher and Yates). */
  shuffle(values: Int32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const held = values[i];
      values[i] = values[j];
      values[j] = held;
    }
  }
}
