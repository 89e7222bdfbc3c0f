import { EVENT_KIND } from '../../scorer/event-kinds.js';
import type { Dataset, SessionRange } from '../data/dataset.js';

/** Sessions of the average that every category has besides its own. */
const PRIOR_SESSIONS = 20;

/** How often sessions buy from a category that they click in. */
export class CategoryOdds {
  readonly #dataset: Dataset;
  readonly #categoryOf: (item: number) => string | undefined;
  /** Sessions that clicked in a category, and those of them that bought from it. */
  readonly #counts = new Map<string, { clicked: number; bought: number }>();
  #clicked = 0;
  #bought = 0;

  /** Counts the sessions of `range`. `categoryOf` names the category of the dataset's items. */
  constructor(dataset: Dataset, range: SessionRange, categoryOf: (item: number) => string | undefined) {
    this.#dataset = dataset;
    this.#categoryOf = categoryOf;
    for (let session = range.from; session < range.to; session++) this.#count(session);
  }

  /** Log odds by category, the commonest first, at most `max`. */
  categories(max: number): [string, number][] {
    return [...this.#counts]
      .sort(([, a], [, b]) => b.clicked - a.clicked)
      .slice(0, max)
      .map(([name, { clicked, bought }]) => [name, this.#logOdds(clicked, bought)]);
  }

  /** Log odds of a category that is not known. */
  get other(): number {
    return this.#logOdds(0, 0);
  }

  /**
   * Log odds of the category of an item as the sessions but this one have it: a session that knew of its own purchase would make
   * categories look better than they are.
   */
  without(session: number, item: number): number {
    const category = this.#categoryOf(item);
    const { clicked, bought } = this.#counts.get(category ?? '') ?? { clicked: 1, bought: 0 };
    const own = this.#boughtIn(session).has(category ?? '') ? 1 : 0;
    return category === undefined ? this.other : this.#logOdds(clicked - 1, bought - own);
  }

  #count(session: number): void {
    const bought = this.#boughtIn(session);
    for (const category of this.#clickedIn(session)) {
      const counted = this.#counts.get(category) ?? { clicked: 0, bought: 0 };
      counted.clicked++;
      this.#clicked++;
      if (bought.has(category)) {
        counted.bought++;
        this.#bought++;
      }
      this.#counts.set(category, counted);
    }
  }

  #clickedIn(session: number): Set<string> {
    return this.#named(session, () => true);
  }

  #boughtIn(session: number): Set<string> {
    return this.#named(session, (kind) => kind === EVENT_KIND.purchase);
  }

  #named(session: number, isMeant: (kind: number) => boolean): Set<string> {
    const { start, item, kind } = this.#dataset;
    const names = new Set<string>();
    for (let click = start[session]; click < start[session + 1]; click++) {
      const category = isMeant(kind[click]) ? this.#categoryOf(item[click]) : undefined;
      if (category !== undefined) names.add(category);
    }
    return names;
  }

  #logOdds(clicked: number, bought: number): number {
    const average = (this.#bought + 1) / (this.#clicked + 2);
    const share = (bought + PRIOR_SESSIONS * average) / (clicked + PRIOR_SESSIONS);
    return Math.log(share / (1 - share));
  }
}
