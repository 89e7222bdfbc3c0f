/** Items that one commit of the catalogue holds at most: a millisecond or two of work on its thread. */
export const GROUP_ITEMS_MAX = 64;

/** A write that waits for its group. */
interface WaitingWrite<P> {
  /** Items that it changes at most, no more than `GROUP_ITEMS_MAX`. */
  readonly items: number;
  /** Puts what it changes into the group's plan; `answer` is called when that is durable and shown. */
  readonly plan: (plan: P) => () => void;
  readonly refuse: (error: unknown) => void;
}

/**
 * Writes of the catalogue one group after the other. A write that comes when none is under way goes at once and alone; those
 * that come meanwhile go together, in order, as many as `GROUP_ITEMS_MAX` lets in. So a hundred changes of stock in the time
 * of one sync cost two.
 * A group that fails refuses all of its writes; the next one is tried all the same. How many wait is its user's to bound.
 */
export class WriteQueue<P> {
  readonly #begin: () => P;
  readonly #carryOut: (plan: P) => Promise<void>;
  #waiting: WaitingWrite<P>[] = [];
  #isRunning = false;

  /** `begin` makes a plan; `carryOut` makes what is in it durable and shows it. */
  constructor(begin: () => P, carryOut: (plan: P) => Promise<void>) {
    this.#begin = begin;
    this.#carryOut = carryOut;
  }

  /** Writes that wait for the group under way. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Resolves with what `plan` returned when its group is durable and shown. */
  add<T>(items: number, plan: (plan: P) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        items,
        plan: (group) => {
          const outcome = plan(group);
          return () => resolve(outcome);
        },
        refuse: reject,
      });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) await this.#runGroup(this.#takeGroup());
    this.#isRunning = false;
  }

  async #runGroup(group: readonly WaitingWrite<P>[]): Promise<void> {
    try {
      const plan = this.#begin();
      const answers = group.map((write) => write.plan(plan));
      await this.#carryOut(plan);
      for (const answer of answers) answer();
    } catch (error) {
      for (const { refuse } of group) refuse(error);
    }
  }

  #takeGroup(): WaitingWrite<P>[] {
    let items = 0;
    let count = 0;
    for (const write of this.#waiting) {
      items += write.items;
      if (count > 0 && items > GROUP_ITEMS_MAX) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}
