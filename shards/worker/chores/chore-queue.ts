/**
 * What a shard does between two ticks, a bit at a time: chores take turns. Each says by what it returns whether it is to be called
 * again.
 */
export class ChoreQueue {
  readonly #chores: (() => boolean)[] = [];
  readonly #wake: () => void;
  #isOver = false;

  /** `wake` is called when there is something to do. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  get length(): number {
    return this.#chores.length;
  }

  /** Adds a chore that goes on as long as it returns true; none after the end. Bound once. */
  readonly add = (chore: () => boolean): void => {
    if (this.#isOver) return;
    this.#chores.push(chore);
    this.#wake();
  };

  /** Adds one that is done once. Bound once. */
  readonly once = (work: () => void): void => {
    this.add(() => {
      work();
      return false;
    });
  };

  /** Does a bit of the next one. */
  doNext(): void {
    const chore = this.#chores.shift();
    if (chore?.() === true && !this.#isOver) this.#chores.push(chore);
  }

  /** Nothing is done any more. */
  end(): void {
    this.#isOver = true;
    this.#chores.length = 0;
  }
}
