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

/** What is left of time that was taken, `us` later. */
function left(spentUs: number, us: number, { share }: Pace): number {
  return Math.max(0, spentUs - us * share);
}

function taken(spentUs: number, us: number, { maxUs }: Pace): number {
  return Math.min(maxUs, spentUs + us);
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
  readonly #greedyPace: Pace;
  /** What the greedy have taken as of `#asOfUs`. */
  #greedyUs = 0;
  #asOfUs = 0;

  constructor(rule: ShareRule) {
    this.rule = rule;
    const maxUs = rule.debtMaxUs;
    this.pace = { share: rule.share, maxUs };
    this.lightPace = { share: rule.lightShare, maxUs };
    this.#greedyPace = { share: rule.greedyShare, maxUs };
  }

  /** One of the greedy took `us`. */
  spend(us: number, nowUs: number): void {
    this.#greedyUs = taken(this.#greedyBy(nowUs), us, this.#greedyPace);
    this.#asOfUs = nowUs;
  }

  /** True when the greedy took more than what they have together. */
  areSpent(nowUs: number): boolean {
    return this.#greedyBy(nowUs) > this.rule.burstUs;
  }

  #greedyBy(nowUs: number): number {
    return left(this.#greedyUs, nowUs - this.#asOfUs, this.#greedyPace);
  }
}

/** What one of many takes of a thread's time. Whoever took too much waits until time has made it good. Times are of `Clock.nowUs`. */
export class TimeShare {
  readonly #shares: TimeShares;
  /** What was taken as of `#asOfUs`. */
  #ownUs = 0;
  /** The same, made good at the pace of who takes little. */
  #lightUs = 0;
  #asOfUs = 0;

  constructor(shares: TimeShares) {
    this.#shares = shares;
  }

  /** Notes that something took `us` until `nowUs`. */
  spend(us: number, nowUs: number): void {
    const { rule, pace, lightPace } = this.#shares;
    const sinceUs = nowUs - this.#asOfUs;
    this.#ownUs = taken(left(this.#ownUs, sinceUs, pace), us, pace);
    this.#lightUs = taken(left(this.#lightUs, sinceUs, lightPace), us, lightPace);
    this.#asOfUs = nowUs;
    const beyondUs = this.#lightUs - rule.lightUs;
    if (beyondUs > 0) this.#shares.spend(Math.min(us, beyondUs), nowUs);
  }

  /** True for who took more than a little lately. */
  isGreedy(nowUs: number): boolean {
    const { rule, lightPace } = this.#shares;
    return (
      this.#lightUs > rule.lightUs && left(this.#lightUs, nowUs - this.#asOfUs, lightPace) > rule.lightUs
    );
  }

  /** True for who took more than their share, or is greedy while the greedy took more than theirs. */
  isOver(nowUs: number): boolean {
    if (!this.isGreedy(nowUs)) return false;
    const { rule, pace } = this.#shares;
    return left(this.#ownUs, nowUs - this.#asOfUs, pace) > rule.burstUs || this.#shares.areSpent(nowUs);
  }
}
