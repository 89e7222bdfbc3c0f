import { areaUnderCurve } from '../../../model/eval/measures/ranking-measures.js';
import {
  LIST_LENGTH,
  MethodBoard,
  type BoardContext,
  type MeasuredMethod,
} from '../../../model/eval/method-board.js';
import { percent } from '../../../model/eval/scoreboard.js';
import type { Dataset } from '../../../model/train/data/dataset.js';
import { createOrderedList, insertByScore } from '../../ranking/lists/ordered-list.js';
import { RANK_MAX } from '../../wire/shard-limits.js';
import { networkScoresAt, type ScoredCandidates } from '../../ranking/scoring/candidate-scoring.js';
import type { OtherScoring } from './ranker-without-model.js';
import type { Question, ServingPath } from '../serving/serving-path.js';

/** Names that other programs read. */
export const WHOLE = 'afterclick';
export const NETWORK = 'network';
export const WITHOUT_MODEL = 're-ranker without model';

/**
 * Judges the serving path from inside, on one drive: the list it sends (`afterclick`), and the same candidates ordered by the
 * network's score alone and by a re-ranker without the model. Hears what `ServingPath.drive` tells an observer.
 */
export class ServingJudge {
  /** Questions answered. */
  asked = 0;
  readonly #path: ServingPath;
  readonly #dataset: Dataset;
  readonly #rowOfIndex: Int32Array;
  readonly #whole: MethodBoard;
  readonly #network: MethodBoard;
  readonly #withoutModel: MethodBoard;
  readonly #scoring: OtherScoring | undefined;
  readonly #ordered = createOrderedList(LIST_LENGTH);
  readonly #rows = new Int32Array(LIST_LENGTH);
  readonly #scores = new Float32Array(RANK_MAX);
  /** Questions whose answer was a candidate. */
  #inside = 0;

  /** `scoring` undefined: there is no re-ranker without the model to judge. */
  constructor(path: ServingPath, dataset: Dataset, context: BoardContext, scoring: OtherScoring | undefined) {
    this.#path = path;
    this.#dataset = dataset;
    this.#rowOfIndex = inverse(path.model.indexOfRow);
    this.#whole = new MethodBoard(context);
    this.#network = new MethodBoard(context);
    this.#withoutModel = new MethodBoard(context);
    this.#scoring = scoring;
  }

  list(question: Question, items: Int32Array): void {
    this.asked++;
    this.#add(this.#whole, question, items);
  }

  scored(question: Question, scored: ScoredCandidates): void {
    const { count, items, scores, columns } = scored;
    const place = items.subarray(0, count).indexOf(this.#path.answer(question));
    if (place >= 0) this.#inside++;
    if (place >= 0) this.#whole.addAuc(areaUnderCurve(scores, 0, count, place));
    const network = networkScoresAt(scored);
    this.#judge(this.#network, question, scored, columns.subarray(network, network + count));
    if (this.#scoring === undefined) return;
    this.#scoring(scored, this.#scores);
    this.#judge(this.#withoutModel, question, scored, this.#scores);
  }

  /** Results; `times` are those of the whole. */
  methods(times: Readonly<Record<string, number>>): readonly MeasuredMethod[] {
    const candidates = percent(this.#inside / Math.max(1, this.asked));
    return [
      { name: NETWORK, board: this.#network, extra: {} },
      ...(this.#scoring === undefined ? [] : [{ name: WITHOUT_MODEL, board: this.#withoutModel, extra: {} }]),
      { name: WHOLE, board: this.#whole, extra: { candidates, ...times } },
    ];
  }

  /** Counts the candidates in the order of other scores. */
  #judge(
    board: MethodBoard,
    question: Question,
    { count, items }: ScoredCandidates,
    scores: Float32Array,
  ): void {
    const place = items.subarray(0, count).indexOf(this.#path.answer(question));
    const list = this.#ordered;
    list.count = 0;
    for (let m = 0; m < count; m++) insertByScore(list, items[m], scores[m], m);
    if (place >= 0) board.addAuc(areaUnderCurve(scores, 0, count, place));
    this.#add(board, question, list.items.subarray(0, list.count));
  }

  #add(board: MethodBoard, { session, click }: Question, items: Int32Array): void {
    for (let i = 0; i < items.length; i++) this.#rows[i] = this.#rowOfIndex[items[i]];
    board.add(session, this.#rows.subarray(0, items.length), this.#dataset.item[click + 1]);
  }
}

/** Row of each item index. */
function inverse(indexOfRow: Int32Array): Int32Array {
  const rows = new Int32Array(indexOfRow.reduce((most, index) => Math.max(most, index + 1), 0));
  indexOfRow.forEach((index, row) => (rows[index] = row));
  return rows;
}
