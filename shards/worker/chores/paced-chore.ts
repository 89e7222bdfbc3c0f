/** Has work done between two ticks, again at once while it returns true. */
export type ChoreLine = (work: () => boolean) => void;

/** Work in bites between two ticks, with a rest after each, so that no tick and no acknowledgement waits behind much of it. */
export class PacedChore {
  readonly #line: ChoreLine;
  readonly #bite: () => boolean;
  readonly #restMs: number;
  #isRunning = false;
  #isHurried = false;
  #rest: NodeJS.Timeout | undefined;
  /** Who waits for its end. */
  readonly #waiting: (() => void)[] = [];

  /** @param bite returns true while there is more to do. */
  constructor(line: ChoreLine, bite: () => boolean, restMs: number) {
    this.#line = line;
    this.#bite = bite;
    this.#restMs = restMs;
  }

  /** Begins, unless it runs. */
  begin(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#line(this.#step);
  }

  /** The same, or what runs goes on, without rests until it is through; `done` is called then. */
  hurry(done: () => void): void {
    this.#waiting.push(done);
    this.#isHurried = true;
    this.begin();
    if (this.#rest === undefined) return;
    this.stop();
    this.#line(this.#step);
  }

  /** Ends a rest; nothing follows it. */
  stop(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
  }

  /** Bound once. */
  readonly #step = (): boolean => {
    if (!this.#bite()) {
      this.#isRunning = false;
      this.#isHurried = false;
      for (const done of this.#waiting.splice(0)) done();
      return false;
    }
    if (this.#isHurried) return true;
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.#line(this.#step);
    }, this.#restMs);
    return false;
  };
}
