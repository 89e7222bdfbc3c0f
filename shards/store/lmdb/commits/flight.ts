/** Commits that were handed to lmdb-js, and of which it has not said anything. */
export class Flight {
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  /** What they take in the file at most. */
  get bytes(): number {
    return this.#bytes;
  }

  begin(bytes: number): void {
    this.#count++;
    this.#bytes += bytes;
  }

  end(bytes: number): void {
    this.#count--;
    this.#bytes -= bytes;
  }
}
