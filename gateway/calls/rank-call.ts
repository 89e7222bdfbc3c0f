import type { CompiledFilter } from '../../model/catalogue/shared-catalogue.js';
import type { Timed } from './deadlines.js';
import type { Reason, Result } from '../protocol/messages.js';
import { roundScore, wireReason } from './wire-reason.js';
import type { RankAnswer, SlotDefinition } from '../../shards/api.js';

/** The ordered part of a result. */
export type RankOrder = Pick<Result, 'ids' | 'scores' | 'reasons' | 'unknown'>;
type IdOf = (index: number) => string;

/**
 * One `rank` or `recommend` under way: settled once, by the shard's answer or by its deadline, whichever comes first. What
 * comes second is ignored.
 */
export class RankCall implements Timed {
  readonly slot: SlotDefinition;
  /** Candidate indices in the order given; empty for `recommend`. */
  readonly known: Int32Array;
  readonly dueUs: number;
  readonly #unknown: readonly string[];
  #settle: ((call: RankCall, answer: RankAnswer | undefined) => void) | undefined;

  /** @param settle told once; `undefined` when the deadline passed. */
  constructor(
    slot: SlotDefinition,
    known: Int32Array,
    unknown: readonly string[],
    dueUs: number,
    settle: (call: RankCall, answer: RankAnswer | undefined) => void,
  ) {
    this.slot = slot;
    this.known = known;
    this.#unknown = unknown;
    this.dueUs = dueUs;
    this.#settle = settle;
  }

  readonly answer = (answer: RankAnswer): void => this.#settleWith(answer);

  expire(): undefined {
    this.#settleWith(undefined);
  }

  /** The shard's order, then the unknown candidates; `k` in all. */
  ranked(answer: RankAnswer, idOf: IdOf): RankOrder {
    const ids = Array.from(answer.items, (index) => idOf(index));
    const scores = Array.from(answer.scores, roundScore);
    const reasons = answer.reasons?.map((row) => wireReason(row, idOf));
    return this.#withUnknown(ids, scores, reasons);
  }

  /** The candidates as they came, without those that must not be shown, all of score 0. */
  givenOrder(mayShow: (index: number, filter: CompiledFilter | undefined) => boolean, idOf: IdOf): RankOrder {
    const { filter, exclude, k } = this.slot;
    const shown = this.known
      .filter((index) => mayShow(index, filter) && exclude?.includes(index) !== true)
      .subarray(0, k);
    return this.#withUnknown(
      Array.from(shown, idOf),
      Array.from(shown, () => 0),
      undefined,
    );
  }

  /** Unknown candidates get the list's lowest score, so that scores never rise. */
  #withUnknown(ids: string[], scores: number[], reasons: Reason[] | undefined): RankOrder {
    const lowest = scores.length === 0 ? 0 : scores[scores.length - 1];
    for (const id of this.#unknown.slice(0, Math.max(0, this.slot.k - ids.length))) {
      ids.push(id);
      scores.push(lowest);
    }
    const order: RankOrder = { ids, scores, ...(reasons && { reasons }) };
    return this.#unknown.length === 0 ? order : { ...order, unknown: this.#unknown };
  }

  #settleWith(answer: RankAnswer | undefined): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(this, answer);
  }
}
