import { evaluateBaseline, learnRange, type Baseline } from '../../model/eval/baseline.js';
import { Popularity } from '../../model/eval/popularity.js';
import { Scoreboard } from '../../model/eval/scoreboard.js';
import { SessionPopularity } from '../../model/eval/session-popularity.js';
import type { ScoreBatch } from '../../model/scorer.js';
import type { Dataset, SessionRange } from '../../model/train/dataset.js';
import type { BatchRow } from '../step-batch.js';
import type { ServingPath } from './serving-path.js';
import { tunedSessionKnn } from './tuned-knn.js';

/** Figures of one method in percent, and its time. */
export interface MethodResult {
  readonly [metric: string]: number;
}

export interface Evaluation {
  readonly dataset: Dataset;
  /** What every method has learned before, and what it is asked about. */
  readonly history: SessionRange;
  readonly test: SessionRange;
  /** True: every method learns each session, or click, after it has answered for it. */
  readonly learns: boolean;
}

const K = 20;
const BASELINES: Readonly<Record<string, (dataset: Dataset, history: SessionRange) => Baseline>> = {
  popularity: (dataset) => new Popularity(dataset),
  'session popularity': (dataset) => new SessionPopularity(dataset),
  'session-kNN': tunedSessionKnn,
};

/** All baselines on the same questions. */
export function evaluateBaselines({
  dataset,
  history,
  test,
  learns,
}: Evaluation): Record<string, MethodResult> {
  const results: Record<string, MethodResult> = {};
  for (const [name, make] of Object.entries(BASELINES)) {
    const baseline = make(dataset, history);
    learnRange(baseline, history);
    const startedMs = performance.now();
    const figures = evaluateBaseline(baseline, dataset, test, { k: K, online: learns });
    results[name] = { ...figures, 'µs/query': microseconds(startedMs, questionCount(dataset, test)) };
  }
  return results;
}

/** The serving path as it is (`afterclick`), and its network alone over the same candidates (`network`). */
export async function evaluateServing(
  path: ServingPath,
  { test, learns }: Evaluation,
  sideBySide: number,
  told: (asked: number) => void,
): Promise<Record<string, MethodResult>> {
  const whole = new Scoreboard(K);
  const network = new Scoreboard(K);
  const best = new Int32Array(K);
  let asked = 0;
  let inside = 0;
  const startedMs = performance.now();
  await path.drive(
    test,
    { learns, k: K, sideBySide },
    {
      scored: (question, row, batch) => {
        const { first, count, items } = row.candidates;
        if (items.subarray(first, first + count).includes(path.answer(question))) inside++;
        network.add(best.subarray(0, byNetwork(row, batch, best)), new Set([path.answer(question)]));
      },
      list: (question, items) => {
        whole.add(items, new Set([path.answer(question)]));
        told(++asked);
      },
    },
  );
  const time = microseconds(startedMs, asked);
  return {
    network: network.percent(),
    afterclick: {
      ...whole.percent(),
      candidates: Math.round((10_000 * inside) / asked) / 100,
      'µs/query': time,
    },
  };
}

export function questionCount(dataset: Dataset, { from, to }: SessionRange): number {
  return dataset.start[to] - dataset.start[from] - (to - from);
}

/** Fills the items that the network alone scores best; returns how many. */
function byNetwork({ candidates }: BatchRow, { networkScore }: ScoreBatch, best: Int32Array): number {
  const rows = Array.from({ length: candidates.count }, (_, i) => candidates.first + i);
  rows.sort((a, b) => networkScore[b] - networkScore[a]);
  const count = Math.min(best.length, rows.length);
  for (let i = 0; i < count; i++) best[i] = candidates.items[rows[i]];
  return count;
}

function microseconds(startedMs: number, questions: number): number {
  return Math.round(((performance.now() - startedMs) * 1_000) / Math.max(1, questions));
}
