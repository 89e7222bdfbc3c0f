/** Between two lines about the same thing. */
export const LINE_EVERY_US = 60_000_000;

/** A line of the log about what may happen again and again: the first time it is written at once, then once a minute at most, with a count. */
export class CountedLine {
  readonly #clock: { nowUs(): number };
  #writtenUs = -Infinity;
  #times = 0;

  constructor(clock: { nowUs(): number }) {
    this.#clock = clock;
  }

  /** Counts one more, or as many. How many to tell of now: all since the line before, these included; 0: no line is due. */
  take(more = 1): number {
    this.#times += more;
    const nowUs = this.#clock.nowUs();
    if (nowUs < this.#writtenUs + LINE_EVERY_US) return 0;
    this.#writtenUs = nowUs;
    const times = this.#times;
    this.#times = 0;
    return times;
  }
}
