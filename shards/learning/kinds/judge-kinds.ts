import type { Catalogue } from '../../../model/catalogue/catalogue.js';
import { KIND_ATTRIBUTE } from '../../../model/catalogue/shared-catalogue.js';
import { compileFilter } from '../../../model/catalogue/filter/filter-compiler.js';
import {
  itemCounts,
  lastClickMs,
  sessionCount,
  type Dataset,
  type SessionRange,
} from '../../../model/train/data/dataset.js';
import type { LoadedModel } from '../serving/loaded-model.js';
import { ServingPath } from '../serving/serving-path.js';
import { HALVES, halfOf, questionsAcross, type KindQuestions } from './split-kinds.js';

/** Length of the lists that are looked into. */
export const KINDS_K = 20;
/** Share of the history, its end, whose clicks are the recent ones. */
const RECENT_SHARE = 0.15;

/** Purchases of the other half, and those that lists had. */
class Found {
  #asked = 0;
  #found = 0;

  add(list: Iterable<number>, answers: ReadonlySet<number>): void {
    this.#asked += answers.size;
    for (const item of list) if (answers.has(item)) this.#found++;
  }

  get percent(): number {
    return Math.round((10_000 * this.#found) / Math.max(1, this.#asked)) / 100;
  }
}

/** Purchases of the other half that were among the first `KINDS_K` of that half, in percent, by method. */
export interface KindFigures {
  readonly sessions: number;
  readonly purchases: number;
  readonly methods: Readonly<Record<string, number>>;
}

/** What is judged: recorded sessions, which of them are known, and a model that was trained with the halves apart. */
export interface JudgedKinds {
  readonly dataset: Dataset;
  readonly history: SessionRange;
  readonly model: LoadedModel & { readonly catalogue: Catalogue };
}

/** Asks from each half for the other. */
export async function judgeKinds(judged: JudgedKinds): Promise<KindFigures> {
  const { dataset, history } = judged;
  const methods: Record<string, Found> = {};
  const found = (method: string): Found => (methods[method] ??= new Found());
  const recent = { from: history.to - Math.round(RECENT_SHARE * history.to), to: history.to };
  let sessions = 0;
  let purchases = 0;
  for (const half of [0, 1]) {
    const questions = questionsAcross(dataset, history.to, half);
    sessions += questions.answers.length;
    for (const answers of questions.answers) purchases += answers.size;
    for (const [method, range] of [
      ['popularity', history],
      ['popularity of late', recent],
    ] as const) {
      const top = mostClicked(dataset, range, 1 - half);
      for (const answers of questions.answers) found(method).add(top, answers);
    }
    await askLists(judged, questions, half, false, found('without links'));
    await askLists(judged, questions, half, true, found('afterclick'));
  }
  const percents = Object.entries(methods).map(([method, { percent }]) => [method, percent] as const);
  return { sessions, purchases, methods: Object.fromEntries(percents) };
}

/** Rows of the items of one half that were clicked most, `KINDS_K`. */
function mostClicked(dataset: Dataset, range: SessionRange, half: number): number[] {
  const counts = itemCounts(dataset, range);
  return [...counts.keys()]
    .filter((row) => halfOf(dataset.itemIds[row]) === half)
    .sort((a, b) => counts[b] - counts[a] || a - b)
    .slice(0, KINDS_K);
}

async function askLists(
  { dataset, history, model }: JudgedKinds,
  { dataset: asking, answers }: KindQuestions,
  half: number,
  crossesKinds: boolean,
  found: Found,
): Promise<void> {
  const path = new ServingPath(model, asking, lastClickMs(dataset, history), 1);
  const filter = compileFilter({ [KIND_ATTRIBUTE]: HALVES[1 - half] }, model.catalogue);
  const rowOf = new Map([...model.indexOfRow].map((index, row) => [index, row]));
  await path.drive(
    { from: 0, to: sessionCount(asking) },
    { learns: false, k: KINDS_K, sideBySide: 1, of: { filter, crossesKinds } },
    {
      list: ({ session }, items) =>
        found.add(
          Array.from(items, (item) => rowOf.get(item) ?? -1),
          answers[session],
        ),
    },
  );
}
