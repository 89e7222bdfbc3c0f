import { Worker } from 'node:worker_threads';
import type { JudgeInputs, Judgement } from './judge-models.js';

/** `judgeModels` in a thread of its own, which ends with it. Rejects with what it throws. */
export function judgeInThread(inputs: JudgeInputs): Promise<Judgement> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./judge-worker.js', import.meta.url), {
      workerData: inputs,
      name: 'judge',
    });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the judgement ended with exit code ${code}`)));
  });
}
