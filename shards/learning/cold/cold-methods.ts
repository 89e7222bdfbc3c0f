import { dot } from '../../../model/kernel/dot.js';
import { learnRange, type Baseline } from '../../../model/eval/baselines/baseline.js';
import { itemVectors } from '../../../model/kernel/shared-vectors.js';
import type { Evaluation } from '../evaluation/evaluation.js';
import type { ColdGroup, ColdQuestions } from './cold-questions.js';
import type { ServingPath } from '../serving/serving-path.js';

/** Lengths of the lists that are looked into. One of 50 is ranked from more candidates, so its first 20 are not the list of 20. */
export const COLD_LENGTHS = [20, 50] as const;

export type ColdLength = (typeof COLD_LENGTHS)[number];

/** Questions asked of a method, and answers it had in its list. */
class ShareFound {
  asked = 0;
  found = 0;

  add(isFound: boolean): void {
    this.asked++;
    if (isFound) this.found++;
  }

  get percent(): number {
    return this.asked === 0 ? 0 : Math.round((1_000 * this.found) / this.asked) / 10;
  }
}

/** Recall in percent, by group of questions, in lists of one length. */
export type ColdRecall = Record<ColdGroup, number>;

class ColdTallies {
  readonly #questions: ColdQuestions;
  readonly #tallies = { first: new ShareFound(), user: new ShareFound() };

  constructor(questions: ColdQuestions) {
    this.#questions = questions;
  }

  /** Counts whether the click `answer` was found, in the groups that ask for it. */
  add(answer: number, isFound: boolean): void {
    for (const group of ['first', 'user'] as const)
      if (this.#questions.asks(group, answer)) this.#tallies[group].add(isFound);
  }

  get recall(): ColdRecall {
    return { first: this.#tallies.first.percent, user: this.#tallies.user.percent };
  }
}

/** An evaluation that asks about new items alone. */
export interface ColdEvaluation extends Evaluation {
  readonly questions: ColdQuestions;
  /** Length of the lists. */
  readonly k: ColdLength;
}

/** What is asked about, whatever learns and however long the lists are. */
export type ColdData = Omit<ColdEvaluation, 'learns' | 'k'>;

export function coldBaseline(
  baseline: Baseline,
  { dataset, history, test, questions, learns, k }: ColdEvaluation,
): ColdRecall {
  const tallies = new ColdTallies(questions);
  const list = new Int32Array(k);
  learnRange(baseline, history);
  for (let session = test.from; session < test.to; session++) {
    const first = dataset.start[session];
    for (let answer = first + 1; answer < dataset.start[session + 1]; answer++) {
      if (!questions.asks('user', answer)) continue;
      const count = baseline.recommend(first, answer - 1, list);
      tallies.add(answer, list.subarray(0, count).includes(dataset.item[answer]));
    }
    if (learns) baseline.learn(session);
  }
  return tallies.recall;
}

/** What the serving path does with new items. */
export interface ColdServing {
  /** By the lists that shoppers get. */
  readonly lists: ColdRecall;
  /** By the network's interest over the whole catalogue. */
  readonly scan: ColdRecall;
  /** New items that a list holds, on average over all questions of the test. */
  readonly newItemsInList: number;
}

/** Drives the sessions one after the other, so that each click is learned before the next is asked about. */
export async function coldServing(
  path: ServingPath,
  { test, questions, learns, k }: ColdEvaluation,
  told: (asked: number) => void,
): Promise<ColdServing> {
  const lists = new ColdTallies(questions);
  const scan = new ColdTallies(questions);
  const isNewIndex = newIndices(path, questions);
  let asked = 0;
  let shown = 0;
  const vectors = itemVectors(path.model.vectors);
  await path.drive(
    test,
    { learns, k, sideBySide: 1 },
    {
      scored: (question, _scored, interest) => {
        const answer = question.click + 1;
        if (!questions.asks('user', answer)) return;
        scan.add(answer, rankOf(path.answer(question), interest, vectors) < k);
      },
      list: (question, items) => {
        lists.add(question.click + 1, items.includes(path.answer(question)));
        for (const item of items) shown += isNewIndex[item];
        told(++asked);
      },
    },
  );
  return { lists: lists.recall, scan: scan.recall, newItemsInList: shown / Math.max(1, asked) };
}

function newIndices({ model }: ServingPath, { isNew }: ColdQuestions): Uint8Array {
  const flags = new Uint8Array(model.catalogue.shared.itemMax);
  model.indexOfRow.forEach((index, row) => {
    if (index >= 0) flags[index] = isNew[row];
  });
  return flags;
}

/** Items of the catalogue that the user's interest is nearer to than to `item`. */
function rankOf(item: number, interest: Float32Array, vectors: Float32Array): number {
  const width = interest.length;
  const score = dot(interest, 0, vectors, item * width, width);
  let better = 0;
  for (let other = 0; other < vectors.length; other += width)
    if (dot(interest, 0, vectors, other, width) > score) better++;
  return better;
}
