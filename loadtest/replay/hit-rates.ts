import { Baselines, BASELINES, type BaselineName } from './replay-baselines.js';
import type { RecordedEvent } from './recorded.js';

/** What is compared: the list that had been pushed, and the baselines. */
export const LISTS = ['pushed list', ...BASELINES] as const;
export type ListName = 'pushed list' | BaselineName;

/** Shares of clicks that were in a list, over one set of clicks. */
export interface HitRate {
  readonly scope: string;
  /** Clicks counted. */
  readonly clicks: number;
  /** Hit rate by list, 0..1. */
  readonly rates: Readonly<Record<ListName, number>>;
}

class HitCount {
  readonly scope: string;
  readonly #hits = new Map<ListName, number>();
  #clicks = 0;

  constructor(scope: string) {
    this.scope = scope;
  }

  add(hits: Readonly<Record<ListName, boolean>>): void {
    this.#clicks++;
    for (const list of LISTS) if (hits[list]) this.#hits.set(list, (this.#hits.get(list) ?? 0) + 1);
  }

  rate(): HitRate {
    const rateOf = (list: ListName): number =>
      this.#clicks === 0 ? 0 : (this.#hits.get(list) ?? 0) / this.#clicks;
    return {
      scope: this.scope,
      clicks: this.#clicks,
      rates: Object.fromEntries(LISTS.map((list) => [list, rateOf(list)])) as HitRate['rates'],
    };
  }
}

/**
 * Hit rate@k, each click judged before anything learns from it: was its item in the list pushed after the same user's click
 * before, and would it have been in a baseline's list? A user's first click of the run is not counted, as no click preceded it,
 * nor are refunds, which nobody picks from a list; refunds do not feed the baselines either.
 */
export class HitRates {
  readonly #all = new HitCount('all clicks');
  readonly #inSession = new HitCount('same session as the click before');
  readonly #afterCut = new HitCount('after the model was trained');
  readonly #afterCutInSession = new HitCount('after the model was trained, same session');
  readonly #baselines: Baselines;
  readonly #k: number;
  readonly #cutMs: number;
  readonly #lastSession = new Map<string, string>();

  /** @param cutMs epoch ms of the last event the serving model was trained on; -Infinity when it is not known. */
  constructor(k: number, cutMs: number) {
    this.#k = k;
    this.#cutMs = cutMs;
    this.#baselines = new Baselines(k);
  }

  /** Lets the baselines learn from an event that is not played. */
  observe(event: RecordedEvent): void {
    if (event.e !== 'refund') this.#baselines.observe(event);
  }

  /** Judges a click by the list its user saw when it was sent, then lets the baselines learn from it. */
  judge(event: RecordedEvent, list: readonly string[]): void {
    if (event.e === 'refund') return;
    const before = this.#lastSession.get(event.user);
    this.#lastSession.set(event.user, event.session);
    if (before !== undefined) {
      const hits = {
        'pushed list': list.slice(0, this.#k).includes(event.item),
        ...this.#baselines.hits(event),
      };
      this.#count(hits, before === event.session, !(event.tsMs <= this.#cutMs));
    }
    this.#baselines.observe(event);
  }

  /** The rows: all clicks, those within a session, and both again after the cut where one is known. */
  rows(): HitRate[] {
    const counts = [this.#all, this.#inSession];
    if (this.#cutMs > -Infinity) counts.push(this.#afterCut, this.#afterCutInSession);
    return counts.map((count) => count.rate());
  }

  #count(hits: Readonly<Record<ListName, boolean>>, isSameSession: boolean, isAfterCut: boolean): void {
    this.#all.add(hits);
    if (isSameSession) this.#inSession.add(hits);
    if (isAfterCut) this.#afterCut.add(hits);
    if (isAfterCut && isSameSession) this.#afterCutInSession.add(hits);
  }
}
