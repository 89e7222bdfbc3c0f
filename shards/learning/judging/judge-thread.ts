import { Worker } from 'node:worker_threads';
import { giveBack } from '../../../model/kernel/shared-memory.js';
import type { SharedCatalogue } from '../../../model/catalogue/shared-catalogue.js';
import type { PostedModel } from '../../wire/posted-model.js';

/** What a judgement works on: plain data and shared memory, so that it can be posted to a thread. */
export interface JudgeTask {
  readonly catalogue: SharedCatalogue;
  readonly current: PostedModel;
  readonly candidate: PostedModel;
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

/** Two models on the same questions. */
export interface Judgement {
  /** Questions that both models were asked. */
  readonly questions: number;
  readonly current: Figures;
  readonly candidate: Figures;
  /** From the current one to the candidate. */
  readonly change: Readonly<Record<keyof Figures, Change>>;
}

/** How a figure of one model differs from that of another on the same questions, in percentage points. */
export interface Change {
  /** The mean difference; positive where the second model is better. */
  readonly points: number;
  /** Half of its 95 % confidence interval. */
  readonly within: number;
}

/** Judges two models (`judgeModels`) in a thread of its own, which ends with the judgement and leaves no room in their vectors taken. Rejects with what `judgeModels` throws. */
export function judgeInThread(task: JudgeTask): Promise<Judgement> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./judge-worker.js', import.meta.url), {
      workerData: task,
      name: 'judge',
    });
    const thread = worker.threadId;
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => {
      for (const { vectors } of [task.current, task.candidate]) giveBack(vectors, thread);
      reject(new Error(`the judgement ended with exit code ${code}`));
    });
  });
}
