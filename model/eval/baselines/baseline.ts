import { isQuestion, type Dataset, type SessionRange } from '../../train/data/dataset.js';
import { processorMs } from '../processor-time.js';
import { Scoreboard } from '../scoreboard.js';

/**
 * A recommender without a trained network, to compare with. It learns whole sessions, oldest first, and answers what comes
 * after click `click` of a session whose first click is `first`, knowing nothing after that click.
 */
export interface Baseline {
  readonly name: string;
  /** Counts a session in. */
  learn(session: number): void;
  /** Writes item rows to `out`, best first, without repeats; returns how many. */
  recommend(first: number, click: number, out: Int32Array): number;
}

/** What a baseline is asked, and how. */
export interface BaselineQuestions {
  readonly dataset: Dataset;
  /** Sessions whose questions are asked. */
  readonly range: SessionRange;
  /** Length of a list. */
  readonly k: number;
  /** True: it learns each session after answering for it, as a live system would. */
  readonly learns: boolean;
}

/** Hears an answer: the list, borrowed, for the question after click `click` of a session. */
export type AnswerListener = (session: number, click: number, list: Int32Array) => void;

/** Lets a baseline learn a range of sessions. */
export function learnRange(baseline: Baseline, { from, to }: SessionRange): void {
  for (let session = from; session < to; session++) baseline.learn(session);
}

/**
 * Asks a baseline every question of a range. Returns the processor time of the answers alone in ms,
 * without learning and without what the listener does.
 */
export function askBaseline(
  baseline: Baseline,
  { dataset, range, k, learns }: BaselineQuestions,
  hear: AnswerListener,
): number {
  const { start } = dataset;
  const lists: Int32Array[] = [];
  let answersMs = 0;
  for (let session = range.from; session < range.to; session++) {
    const first = start[session];
    const clicks: number[] = [];
    for (let click = first; click < start[session + 1]; click++)
      if (isQuestion(dataset, session, click)) clicks.push(click);
    while (lists.length < clicks.length) lists.push(new Int32Array(k));
    const startedMs = processorMs();
    const counts = clicks.map((click, i) => baseline.recommend(first, click, lists[i]));
    answersMs += processorMs() - startedMs;
    clicks.forEach((click, i) => hear(session, click, lists[i].subarray(0, counts[i])));
    if (learns) baseline.learn(session);
  }
  return answersMs;
}

/** As `askBaseline`; metrics in percent, as `Scoreboard.percent`. */
export function evaluateBaseline(
  baseline: Baseline,
  dataset: Dataset,
  range: SessionRange,
  { k = 20, learns = false }: Partial<Pick<BaselineQuestions, 'k' | 'learns'>> = {},
): Record<string, number> {
  const board = new Scoreboard(k);
  askBaseline(baseline, { dataset, range, k, learns }, (_session, click, list) =>
    board.add(list, new Set([dataset.item[click + 1]])),
  );
  return board.percent();
}
