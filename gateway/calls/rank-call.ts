import type { CompiledFilter } from '../../model/catalogue/shared-catalogue.js';
import type { Reason, Result } from '../protocol/messages.js';
import type { RankAnswer, RankOutcome, RankRefusal, SlotDefinition } from '../../shards/api.js';
import type { Timed } from './deadlines.js';
import { roundProduct, roundScore, wireReason } from './wire-reason.js';

/** The ordered part of a result. */
type RankOrder = Pick<Result, 'ids' | 'scores' | 'reasons' | 'unknown'>;
type IdOf = (index: number) => string;

/** What a call gives to rank, each once: indices of those in the catalogue, and the ids of the others. */
export interface Candidates {
  readonly known: Int32Array;
  readonly unknown: readonly string[];
  /** By index, of those that have one; undefined when none does. */
  readonly values?: ReadonlyMap<number, number>;
}

/** Of a `recommend`. */
export const NO_CANDIDATES: Candidates = { known: new Int32Array(0), unknown: [] };
const NOTHING: RankOrder = { ids: [], scores: [] };
/** Why a call gets no list: the shards refuse it, or do not answer in time (`late`). */
export type Unanswered = RankRefusal | 'late';

/**
 * One `rank` or `recommend` under way: settled once, by what the shards say or by its deadline, whichever comes first. What
 * comes second is ignored, and nothing is kept for it.
 */
export class RankCall implements Timed {
  readonly slot: SlotDefinition;
  readonly dueUs: number;
  #candidates: Candidates;
  #settle: ((call: RankCall, outcome: RankAnswer | Unanswered) => void) | undefined;

  /** @param settle told once. */
  constructor(
    slot: SlotDefinition,
    candidates: Candidates,
    dueUs: number,
    settle: (call: RankCall, outcome: RankAnswer | Unanswered) => void,
  ) {
    this.slot = slot;
    this.#candidates = candidates;
    this.dueUs = dueUs;
    this.#settle = settle;
  }

  /** Candidates in the catalogue; empty for `recommend`. */
  get known(): Int32Array {
    return this.#candidates.known;
  }

  get isSettled(): boolean {
    return this.#settle === undefined;
  }

  readonly answer = (outcome: RankOutcome): void => this.#settleWith(outcome);

  expire(): undefined {
    this.#settleWith('late');
  }

  /** The shard's order, then the unknown candidates; `k` in all. */
  ranked(answer: RankAnswer, idOf: IdOf): RankOrder {
    if (this.slot.segments !== undefined && !answer.segment) return NOTHING;
    const round = this.#candidates.values === undefined ? roundScore : roundProduct;
    const ids: string[] = [];
    const scores: number[] = [];
    // By index: `Array.from` goes through the iterator of a typed array, which takes eight times as long.
    for (let i = 0; i < answer.items.length; i++) {
      ids.push(idOf(answer.items[i]));
      scores.push(round(answer.scores[i]));
    }
    const reasons = answer.reasons?.map((row) => wireReason(row, idOf));
    return this.#withUnknown(ids, scores, reasons);
  }

  /** The candidates as they came, or by value where they have values, without those that must not be shown, all of score 0. */
  givenOrder(mayShow: (index: number, filter: CompiledFilter | undefined) => boolean, idOf: IdOf): RankOrder {
    const { filter, exclude, k, segments } = this.slot;
    // Whether they are in the segment was not said in time.
    if (segments !== undefined) return NOTHING;
    const shown = this.known
      .filter((index) => mayShow(index, filter) && exclude?.includes(index) !== true)
      .sort((a, b) => this.#valueOf(b) - this.#valueOf(a))
      .subarray(0, k);
    return this.#withUnknown(
      Array.from(shown, idOf),
      Array.from(shown, () => 0),
      undefined,
    );
  }

  #valueOf(index: number): number {
    return this.#candidates.values?.get(index) ?? 1;
  }

  /** Unknown candidates get the list's lowest score, so that scores never rise. */
  #withUnknown(ids: string[], scores: number[], reasons: Reason[] | undefined): RankOrder {
    const lowest = scores.length === 0 ? 0 : scores[scores.length - 1];
    const { unknown } = this.#candidates;
    for (const id of unknown.slice(0, Math.max(0, this.slot.k - ids.length))) {
      ids.push(id);
      scores.push(lowest);
    }
    const order: RankOrder = { ids, scores, ...(reasons && { reasons }) };
    return unknown.length === 0 ? order : { ...order, unknown };
  }

  #settleWith(outcome: RankAnswer | Unanswered): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(this, outcome);
    this.#candidates = NO_CANDIDATES;
  }
}
