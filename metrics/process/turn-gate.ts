import { Fifo } from './fifo.js';

/** Goes on with something that waits; true when there is more to do, in a later turn. */
export type TurnTaker = () => boolean;

/**
 * How much of one kind of work a thread does in one turn of its event loop. What comes in passes at once up to a number;
 * the rest waits in line, and the first few of the line have their turn in each turn of the loop, so that whatever comes in
 * between is served first. Nothing is allocated for what passes.
 *
 * Bounds: none of its own for the line; each of its users waits at most once.
 */
export class TurnGate {
  readonly #passesMax: number;
  readonly #takersMax: number;
  readonly #line = new Fifo<TurnTaker>();
  #turn = 1;
  #passes = 0;
  #isScheduled = false;

  /** So many pass in a turn, and so many of the line have theirs. */
  constructor(passesMax: number, takersMax: number) {
    this.#passesMax = passesMax;
    this.#takersMax = takersMax;
  }

  /** Number of the running turn of the event loop, counted while there is something to do. */
  get turn(): number {
    return this.#turn;
  }

  /** True for what may be done at once. */
  pass(): boolean {
    this.#schedule();
    return ++this.#passes <= this.#passesMax;
  }

  /** Puts `taker` in line. */
  wait(taker: TurnTaker): void {
    this.#line.push(taker);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#next);
  }

  readonly #next = (): void => {
    this.#isScheduled = false;
    this.#turn++;
    this.#passes = 0;
    for (let left = Math.min(this.#takersMax, this.#line.length); left > 0; left--) {
      const taker = this.#line.shift();
      if (taker?.() === true) this.#line.push(taker);
    }
    if (this.#line.length > 0) this.#schedule();
  };
}
