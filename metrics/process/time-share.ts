/** What the many who share a thread may take of it; times in microseconds, shares 0..1. */
export interface ShareRule {
  /** Taken at once; whoever took more waits. */
  readonly burstUs: number;
  /** What time makes good of it: in the long run one takes no more. */
  readonly share: number;
  /** Whoever takes more than this at once, or than `lightShare` in the long run, is one of the greedy. */
  readonly lightUs: number;
  readonly lightShare: number;
  /** What the greedy have together, beyond what makes them so; at once they have `burstUs`. */
  readonly greedyShare: number;
  /**
   * Time that is remembered, at most. One may take more where nobody needs it; and a machine that stands still in somebody's turn makes
   * it seem that they took all that time, for which they would wait for minutes.
   */
  readonly debtMaxUs: number;
}

/** How fast time that was taken is made good, 0..1, and how much of it is remembered. */
interface Pace {
  readonly share: number;
  readonly maxUs: number;
}

/** Time that was taken and is made good bit by bit. */
class Balance {
  readonly #pace: Pace;
  #spentUs = 0;
  #asOfUs = 0;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** Takes `us`, and says what was taken by then. */
  spend(us: number, nowUs: number): number {
    this.#spentUs = Math.min(this.#pace.maxUs, this.#spentBy(nowUs) + us);
    this.#asOfUs = nowUs;
    return this.#spentUs;
  }

  exceeds(us: number, nowUs: number): boolean {
    return this.#spentUs > us && this.#spentBy(nowUs) > us;
  }

  #spentBy(nowUs: number): number {
    return Math.max(0, this.#spentUs - (nowUs - this.#asOfUs) * this.#pace.share);
  }
}

/**
 * The shares of all who take a thread's time. Each has a burst and a share of their own; the greedy, who took more than a
 * little lately, have one share together besides, so that many of them leave to the others about as much as one. One per
 * thread and kind of taker.
 */
export class TimeShares {
  readonly rule: ShareRule;
  /** Of what each took, and of the same at the pace of who takes little. */
  readonly pace: Pace;
  readonly lightPace: Pace;
  readonly #greedy: Balance;

  constructor(rule: ShareRule) {
    this.rule = rule;
    const maxUs = rule.debtMaxUs;
    this.pace = { share: rule.share, maxUs };
    this.lightPace = { share: rule.lightShare, maxUs };
    this.#greedy = new Balance({ share: rule.greedyShare, maxUs });
  }

  /** One of the greedy took `us`. */
  spend(us: number, nowUs: number): void {
    this.#greedy.spend(us, nowUs);
  }

  /** True when the greedy took more than what they have together. */
  areSpent(nowUs: number): boolean {
    return this.#greedy.exceeds(this.rule.burstUs, nowUs);
  }
}

/** What one of many takes of a thread's time. Whoever took too much waits until time has made it good. Times are of `Clock.nowUs`. */
export class TimeShare {
  readonly #shares: TimeShares;
  readonly #own: Balance;
  /** The same, made good at the pace of who takes little. */
  readonly #light: Balance;

  constructor(shares: TimeShares) {
    this.#shares = shares;
    this.#own = new Balance(shares.pace);
    this.#light = new Balance(shares.lightPace);
  }

  /** Notes that something took `us` until `nowUs`. */
  spend(us: number, nowUs: number): void {
    this.#own.spend(us, nowUs);
    const beyondUs = this.#light.spend(us, nowUs) - this.#shares.rule.lightUs;
    if (beyondUs > 0) this.#shares.spend(Math.min(us, beyondUs), nowUs);
  }

  /** True for who took more than a little lately. */
  isGreedy(nowUs: number): boolean {
    return this.#light.exceeds(this.#shares.rule.lightUs, nowUs);
  }

  /** True for who took more than their share, or is greedy while the greedy took more than theirs. */
  isOver(nowUs: number): boolean {
    if (!this.isGreedy(nowUs)) return false;
    return this.#own.exceeds(this.#shares.rule.burstUs, nowUs) || this.#shares.areSpent(nowUs);
  }
}
