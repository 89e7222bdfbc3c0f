/** Numbered clicks that wait for an answer, oldest first, each with the time it was due. */
export class Outstanding {
  #seqs: number[] = [];
  #dueUs: number[] = [];
  #head = 0;

  get count(): number {
    return this.#seqs.length - this.#head;
  }

  /** `seq` must be above all that wait. */
  push(seq: number, dueUs: number): void {
    this.#seqs.push(seq);
    this.#dueUs.push(dueUs);
  }

  /** Takes out all up to `seq`, calling `each` with the due time. */
  takeUpTo(seq: number, each: (dueUs: number) => void): void {
    while (this.#head < this.#seqs.length && this.#seqs[this.#head] <= seq) each(this.#dueUs[this.#head++]);
    if (this.#head < this.#seqs.length) return;
    this.#seqs.length = this.#dueUs.length = this.#head = 0;
  }

  /** Takes out one; false when it does not wait. */
  remove(seq: number): boolean {
    const at = this.#seqs.indexOf(seq, this.#head);
    if (at < 0) return false;
    this.#seqs.splice(at, 1);
    this.#dueUs.splice(at, 1);
    return true;
  }
}
