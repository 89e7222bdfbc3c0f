import type { SharedCatalogue } from '../../../model/catalogue/shared-catalogue.js';
import { HEADER } from '../../../model/catalogue/create-shared-catalogue.js';
import { sessionCount, type Dataset, type SessionRange } from '../../../model/train/data/dataset.js';
import { packHistory } from '../../../model/train/data/history.js';
import { shardOptions } from '../../pool/shard-options.js';
import { loadScorer, type ShardModel } from '../../wire/shard-model.js';
import { pairedChange, type Change } from './paired-change.js';
import { recentSessions } from './recent-sessions.js';
import { ServingPath } from '../serving/serving-path.js';

/** Length of the lists that are judged. */
const K = 20;
const SIDE_BY_SIDE = 16;
/** Share of the recent sessions, the last ones, that are asked about; the others are what a gateway had learned by then. */
const ASKED_SHARE = 0.5;

/** What a judgement works on: plain data and shared memory, so that it can be posted to a thread. */
export interface JudgeInputs {
  readonly catalogue: SharedCatalogue;
  readonly current: ShardModel;
  readonly candidate: ShardModel;
  /** Journal records of all shards. */
  readonly records: readonly Uint8Array[];
  /** Questions asked of each model at most, and how long all of it may take. */
  readonly questionsMax: number;
  readonly timeMaxMs: number;
}

/** How a model ranks what was clicked next, in percent. */
export interface Figures {
  readonly 'recall@20': number;
  readonly 'mrr@20': number;
}

export interface Judgement {
  /** Questions that both models were asked. */
  readonly questions: number;
  readonly current: Figures;
  readonly candidate: Figures;
  /** From the current one to the candidate. */
  readonly change: Readonly<Record<keyof Figures, Change>>;
}

/**
 * Asks two models the same questions: what comes after each click of the newest sessions of the journal. Both go the shard's
 * own path over the same interaction graph, which has learned the sessions before those and learns each click when it has
 * been asked about.
 */
export async function judgeModels(inputs: JudgeInputs): Promise<Judgement> {
  const { questionsMax, timeMaxMs } = inputs;
  const deadlineMs = performance.now() + timeMaxMs;
  const dataset = recentSessions(inputs.records, shardOptions.sessionGapMs.fallback);
  const asked = askedRange(dataset, questionsMax);
  const current = await Judged.make(inputs, inputs.current, dataset, asked);
  const candidate = await Judged.make(inputs, inputs.candidate, dataset, asked);
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

/** The last sessions, of so many questions at most and half of all. */
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
    { catalogue }: JudgeInputs,
    model: ShardModel,
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
  const percent = (scores: readonly number[]) =>
    Math.round((10_000 * scores.reduce((sum, score) => sum + score, 0)) / Math.max(1, scores.length)) / 100;
  return { 'recall@20': percent(reciprocals.map(hit)), 'mrr@20': percent(reciprocals) };
}
