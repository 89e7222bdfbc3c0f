/**
 * The k most similar of the sessions that one question finds, of equally similar ones the newest (the greatest number): a
 * binary heap with the weakest on top. Made once for the greatest k.
 */
export class NearestSessions {
  /** Int32 [k]: the sessions kept, in no particular order; valid up to `count`. */
  readonly session: Int32Array;
  count = 0;
  readonly #similarity: Float64Array;

  constructor(k: number) {
    this.session = new Int32Array(k);
    this.#similarity = new Float64Array(k);
  }

  begin(): void {
    this.count = 0;
  }

  offer(session: number, similarity: number): void {
    if (this.count < this.session.length) this.#rise(this.count++, session, similarity);
    else if (this.#isWeaker(this.#similarity[0], this.session[0], similarity, session))
      this.#sink(session, similarity);
  }

  /** Moves the weaker parents of `at` down until the session fits. */
  #rise(from: number, session: number, similarity: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#isWeaker(this.#similarity[parent], this.session[parent], similarity, session)) break;
      this.#put(at, this.session[parent], this.#similarity[parent]);
      at = parent;
    }
    this.#put(at, session, similarity);
  }

  /** Replaces the weakest. */
  #sink(session: number, similarity: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.count) break;
      if (child + 1 < this.count && this.#isPlaceWeaker(child + 1, child)) child++;
      if (!this.#isWeaker(this.#similarity[child], this.session[child], similarity, session)) break;
      this.#put(at, this.session[child], this.#similarity[child]);
      at = child;
    }
    this.#put(at, session, similarity);
  }

  #isPlaceWeaker(a: number, b: number): boolean {
    return this.#isWeaker(this.#similarity[a], this.session[a], this.#similarity[b], this.session[b]);
  }

  #isWeaker(similarity: number, session: number, other: number, otherSession: number): boolean {
    return similarity < other || (similarity === other && session < otherSession);
  }

  #put(at: number, session: number, similarity: number): void {
    this.session[at] = session;
    this.#similarity[at] = similarity;
  }
}
