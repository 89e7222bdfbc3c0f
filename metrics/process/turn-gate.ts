import type { Clock } from './clock.js';
import { Fifo } from './fifo.js';

/** Goes on with something that waits, and says whether there is more to do: in the next turn, or when time has passed. */
export type TurnTaker = () => 'done' | 'more' | 'later';

/** Pause when nobody in line may go on yet. */
const PAUSE_MS = 2;

/**
 * How long a thread works on one kind of thing in one turn of its event loop. What comes in passes at once until the time is
 * used up; the rest waits in line, and as many of the line as the time suffices for have theirs in each turn of the loop,
 * so that whatever comes in between is served first. Nothing is allocated for what passes.
 *
 * Bounds: none of its own for the line; each of its users waits at most once.
 */
export class TurnGate {
  readonly #clock: Pick<Clock, 'nowUs'>;
  readonly #turnUs: number;
  readonly #lineUs: number;
  readonly #line = new Fifo<TurnTaker>();
  /** When the first thing of the running turn came; −1: none has. */
  #sinceUs = -1;
  #isScheduled = false;
  #number = 0;
  /** A pause, which ends early when something comes. */
  #pause: NodeJS.Timeout | undefined;

  /** `turnUs` for what passes, `lineUs` for what of it is the greedy's, and as much for the line; one of the line always has its turn. */
  constructor(clock: Pick<Clock, 'nowUs'>, turnUs: number, lineUs = turnUs) {
    this.#clock = clock;
    this.#turnUs = turnUs;
    this.#lineUs = lineUs;
  }

  /** Counts the turns: it stands as long as one lasts. */
  get number(): number {
    return this.#number;
  }

  /** True for what may be done at once. */
  pass(nowUs: number, isGreedy = false): boolean {
    if (this.#sinceUs < 0) {
      this.#sinceUs = nowUs;
      this.#schedule();
    }
    return nowUs - this.#sinceUs < (isGreedy ? this.#lineUs : this.#turnUs);
  }

  /** Puts `taker` in line. */
  wait(taker: TurnTaker): void {
    this.#line.push(taker);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    clearTimeout(this.#pause);
    setImmediate(this.#next);
  }

  readonly #next = (): void => {
    this.#isScheduled = false;
    this.#sinceUs = -1;
    this.#number++;
    if (this.#line.length === 0) return;
    const isStuck = this.#serveLine();
    if (this.#line.length === 0) return;
    if (isStuck) this.#pause = setTimeout(this.#next, PAUSE_MS);
    else this.#schedule();
  };

  /** True when nobody could go on. */
  #serveLine(): boolean {
    const untilUs = this.#clock.nowUs() + this.#lineUs;
    let isStuck = true;
    for (let left = this.#line.length; left > 0; left--) {
      const taker = this.#line.shift();
      const outcome = taker?.() ?? 'done';
      if (outcome !== 'later') isStuck = false;
      if (taker !== undefined && outcome !== 'done') this.#line.push(taker);
      if (this.#clock.nowUs() >= untilUs) break;
    }
    return isStuck;
  }
}
