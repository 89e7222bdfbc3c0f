import { percent } from '../../../model/eval/scoreboard.js';
import { sessionCount, type Dataset, type SessionRange } from '../../../model/train/data/dataset.js';
import { packHistory } from '../../../model/train/data/history.js';
import { shardOptions } from '../../pool/shard-options.js';
import { loadScorer, type PostedModel } from '../../wire/posted-model.js';
import type { Change, Figures, JudgeTask, Judgement } from './judge-thread.js';
import { recentSessions } from './recent-sessions.js';
import { ServingPath } from '../serving/serving-path.js';
import { HEADER } from '../../../model/catalogue/shared-catalogue.js';

/** Length of the lists that are judged. */
const K = 20;
const SIDE_BY_SIDE = 16;
/** Share of the recent sessions, the last ones, that are asked about; the others are what a gateway had learned by then. */
const ASKED_SHARE = 0.5;

/**
 * Asks two models the same questions: what comes after each click of the newest sessions of the journal. Both go the shard's
 * own path over the same interaction graph: it has learned the sessions before those, and learns each click once it has been
 * asked about.
 */
export async function judgeModels(task: JudgeTask): Promise<Judgement> {
  const { questionsMax, timeMaxMs } = task;
  const deadlineMs = performance.now() + timeMaxMs;
  const dataset = recentSessions(task.records, shardOptions.sessionGapMs.fallback);
  const asked = askedRange(dataset, questionsMax);
  const current = await Judged.make(task, task.current, dataset, asked);
  const candidate = await Judged.make(task, task.candidate, dataset, asked);
  for (let from = asked.from; from < asked.to && performance.now() < deadlineMs; from += SIDE_BY_SIDE) {
    const range = { from, to: Math.min(asked.to, from + SIDE_BY_SIDE) };
    await current.ask(range);
    await candidate.ask(range);
  }
  current.close();
  candidate.close();
  return {
    questions: candidate.reciprocals.length,
    current: figures(current),
    candidate: figures(candidate),
    change: {
      'recall@20': pairedChange(current.reciprocals.map(hit), candidate.reciprocals.map(hit)),
      'mrr@20': pairedChange(current.reciprocals, candidate.reciprocals),
    },
  };
}

/** The last sessions: at most half of all, and with at most so many questions. */
function askedRange(dataset: Dataset, questionsMax: number): SessionRange {
  const to = sessionCount(dataset);
  const least = Math.ceil(to * (1 - ASKED_SHARE));
  let from = to;
  let questions = 0;
  while (from > least) {
    questions += dataset.start[from] - dataset.start[from - 1] - 1;
    if (questions > questionsMax) break;
    from--;
  }
  return { from, to };
}

/** One of the models, and what it has answered. */
class Judged {
  /** 1 / rank of each answer in its list, 0 where it was not in it. */
  readonly reciprocals: number[] = [];
  readonly #path: ServingPath;

  private constructor(path: ServingPath) {
    this.#path = path;
  }

  static async make(
    { catalogue }: JudgeTask,
    model: PostedModel,
    dataset: Dataset,
    asked: SessionRange,
  ): Promise<Judged> {
    const history = { from: 0, to: asked.from };
    const items = new Int32Array(catalogue.header)[HEADER.indexCount];
    const beforeMs = dataset.timeMs?.[dataset.start[asked.from] - 1] ?? dataset.timeMs?.[0] ?? 0;
    return new Judged(
      new ServingPath(
        {
          catalogue: { shared: catalogue },
          vectors: model.vectors,
          scorer: await loadScorer(model),
          indexOfRow: Int32Array.from({ length: items }, (_, index) => index),
          history: packHistory(dataset, history),
        },
        dataset,
        beforeMs,
        SIDE_BY_SIDE,
      ),
    );
  }

  ask(range: SessionRange): Promise<void> {
    return this.#path.drive(
      range,
      { learns: true, k: K, sideBySide: SIDE_BY_SIDE },
      {
        list: (question, items) => {
          const rank = items.subarray(0, K).indexOf(this.#path.answer(question));
          this.reciprocals.push(rank < 0 ? 0 : 1 / (rank + 1));
        },
      },
    );
  }

  close(): void {
    this.#path.model.scorer.close();
  }
}

/** 1 where the answer was in the list. */
function hit(reciprocal: number): number {
  return reciprocal > 0 ? 1 : 0;
}

function figures({ reciprocals }: Judged): Figures {
  const mean = (scores: readonly number[]) =>
    Math.round((10_000 * scores.reduce((sum, score) => sum + score, 0)) / Math.max(1, scores.length)) / 100;
  return { 'recall@20': mean(reciprocals.map(hit)), 'mrr@20': mean(reciprocals) };
}

/** Standard errors to each side that hold the mean with 95 % confidence. */
const NORMAL_95 = 1.96;

/**
 * The mean difference of what two models scored on the same questions (0..1 each), and how sure it is: from the differences
 * question by question, so that a question which is hard for both counts for neither. An interval of 100 points for fewer than two questions.
 */
export function pairedChange(first: readonly number[], second: readonly number[]): Change {
  const count = first.length;
  if (count < 2) return { points: 0, within: 100 };
  const differences = first.map((score, i) => second[i] - score);
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / count;
  const square = differences.reduce((sum, difference) => sum + (difference - mean) ** 2, 0);
  const error = Math.sqrt(square / (count - 1) / count);
  return { points: percent(mean), within: percent(NORMAL_95 * error) };
}
