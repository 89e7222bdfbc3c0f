const FIRST_WORDS = 1_024;

/** Appends numbers to a growing buffer. Float64 words: whole numbers up to 2^53 and times are exact. */
export class WordWriter {
  #words = new Float64Array(FIRST_WORDS);
  length = 0;

  put(a: number): void {
    if (this.length === this.#words.length) this.#grow(1);
    this.#words[this.length++] = a;
  }

  put2(a: number, b: number): void {
    if (this.length + 2 > this.#words.length) this.#grow(2);
    this.#words[this.length++] = a;
    this.#words[this.length++] = b;
  }

  put3(a: number, b: number, c: number): void {
    this.put2(a, b);
    this.put(c);
  }

  put4(a: number, b: number, c: number, d: number): void {
    this.put2(a, b);
    this.put2(c, d);
  }

  /** Puts `a` where another word was put before. */
  set(at: number, a: number): void {
    this.#words[at] = a;
  }

  /** The words so far, in a buffer of their own that can be transferred; the writer is empty afterwards. */
  take(): Float64Array {
    const taken = this.#words.slice(0, this.length);
    this.length = 0;
    return taken;
  }

  #grow(by: number): void {
    const grown = new Float64Array(Math.max(this.#words.length * 2, this.length + by));
    grown.set(this.#words);
    this.#words = grown;
  }
}

/** Reads words one after the other. */
export class WordReader {
  readonly #words: Float64Array;
  #at = 0;

  constructor(words: Float64Array) {
    this.#words = words;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#words.length;
  }

  next(): number {
    return this.#words[this.#at++];
  }

  /** The next `count` words; a copy. */
  take(count: number): Float64Array {
    this.#at += count;
    return this.#words.slice(this.#at - count, this.#at);
  }
}
