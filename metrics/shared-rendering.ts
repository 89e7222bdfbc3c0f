import type { Clock } from './process/clock.js';
import { TimeShare, TimeShares, type ShareRule } from './process/time-share.js';

/** What making the text may take of the thread: so much at once, a fiftieth in the long run. */
export const RENDERING_TIME: ShareRule = {
  burstUs: 100_000,
  share: 1 / 50,
  lightUs: 100_000,
  lightShare: 1 / 50,
  greedyShare: 1 / 50,
  debtMaxUs: 200_000,
};

/** How old the text may be that is given to those who ask without end: a machine that has no time is when somebody looks. */
export const AGE_MAX_US = 5_000_000;

/**
 * A text that takes long to make. It is made anew for each who asks, as long as that takes little of the thread's time; who asks
 * when it took more gets the text that was made last, or is being made, as long as that began less than `AGE_MAX_US` ago.
 */
export class SharedRendering {
  readonly #clock: Pick<Clock, 'nowUs'>;
  readonly #render: (spent: (us: number) => void) => Promise<string>;
  readonly #time = new TimeShare(new TimeShares(RENDERING_TIME));
  #last: Promise<string> | undefined;
  #beganUs = 0;
  #isUnderWay = false;

  /** @param render makes the text, and says how long each part of it held the thread. */
  constructor(clock: Pick<Clock, 'nowUs'>, render: (spent: (us: number) => void) => Promise<string>) {
    this.#clock = clock;
    this.#render = render;
  }

  text(): Promise<string> {
    const nowUs = this.#clock.nowUs();
    const isFresh = this.#isUnderWay || nowUs - this.#beganUs < AGE_MAX_US;
    if (this.#last !== undefined && isFresh && this.#time.isOver(nowUs)) return this.#last;
    this.#beganUs = nowUs;
    this.#isUnderWay = true;
    const text = this.#render((us) => this.#time.spend(us, this.#clock.nowUs()));
    this.#last = text;
    text.then(
      () => this.#ended(text),
      () => {
        this.#ended(text);
        if (this.#last === text) this.#last = undefined;
      },
    );
    return text;
  }

  #ended(text: Promise<string>): void {
    if (this.#last === text) this.#isUnderWay = false;
  }
}
