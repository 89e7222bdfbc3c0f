import type { Clock } from './clock.js';

/** How long one bite of bulk work may hold a thread, so that a click waits no longer behind it. */
export const BITE_US = 500;
/** Pause between two bites while the thread's work gives way to something more urgent, ms. */
const GIVE_WAY_MS = 20;

/**
 * Bulk work of a thread in bites: a job looks at `isOver` now and then, and awaits `rest` when it is. All jobs that share
 * the object take turns: one of them goes on in each turn of the event loop, in the order in which they rested, so that
 * together they hold the thread no longer than one alone. What wakes a job otherwise, such as a finished commit, is followed
 * by a rest as soon as it asks.
 *
 * Bounds: as many jobs as its users let in; each waits here at most once.
 */
export class Bites {
  readonly #clock: Pick<Clock, 'nowUs'>;
  readonly #biteUs: number;
  readonly #resting: (() => void)[] = [];
  /** When the bite under way has to end; 0 until the first job has rested. */
  #endUs = 0;
  /** True while something else is more urgent: one bite then comes each 20 ms, whoever's it is. */
  givesWay: () => boolean = () => false;

  constructor(clock: Pick<Clock, 'nowUs'>, biteUs = BITE_US) {
    this.#clock = clock;
    this.#biteUs = biteUs;
  }

  /** True when the bite has used up its time, or when none is under way: rest before going on. */
  get isOver(): boolean {
    return this.#clock.nowUs() >= this.#endUs;
  }

  /** Resolves when it is the job's turn; messages, timers and signals come first. */
  rest(): Promise<void> {
    return new Promise((resolve) => {
      this.#resting.push(resolve);
      if (this.#resting.length === 1) this.#later();
    });
  }

  #later(): void {
    if (this.givesWay()) setTimeout(this.#next, GIVE_WAY_MS);
    else setImmediate(this.#next);
  }

  readonly #next = (): void => {
    const go = this.#resting.shift();
    if (this.#resting.length > 0) this.#later();
    this.#endUs = this.#clock.nowUs() + this.#biteUs;
    go?.();
  };
}

/** Bites that never end: for a start, when nobody waits yet, and for tests. */
export const UNDIVIDED: Pick<Bites, 'isOver' | 'rest'> = {
  isOver: false,
  rest: () => Promise.resolve(),
};
