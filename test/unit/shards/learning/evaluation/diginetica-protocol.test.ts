import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../../../../model/train/data/dataset.js';
import { readInteractions } from '../../../../../model/train/data/readers/interactions.js';
import { evaluationOf, questionCount } from '../../../../../shards/learning/evaluation/evaluation.js';

const FOLDER = fileURLToPath(new URL('../../../../../../shared/data/diginetica', import.meta.url));
/** As `../shared/data/README.md` counts them. */
const TRAIN_SESSIONS = 186_670;
const TRAIN_INSTANCES = 719_470;
const TEST_INSTANCES = 60_858;

/** Prefix and target of every question, as the evaluator asks them. */
function questionsOf(dataset: Dataset, from: number, to: number): string[] {
  const questions: string[] = [];
  for (let session = from; session < to; session++) {
    const first = dataset.start[session];
    for (let click = first; click + 1 < dataset.start[session + 1]; click++) {
      const items = [...dataset.item.subarray(first, click + 2)].map((item) => dataset.itemIds[item]);
      questions.push(`${items.slice(0, -1).join(' ')}\t${items.at(-1)}`);
    }
  }
  return questions;
}

describe.runIf(existsSync(FOLDER))('the Diginetica protocol, on the files', () => {
  it('asks each of the 60,858 test instances once, and knows the train sessions alone before', async () => {
    const folder = await readInteractions(FOLDER, true);
    const training = { until: null, data: 'diginetica' } as Parameters<typeof evaluationOf>[0]['training'];
    const { dataset, history, test, learns } = evaluationOf({ training }, folder);
    const text = gunzipSync(readFileSync(`${FOLDER}/test_instances.tsv.gz`)).toString('utf8');
    const instances = text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.slice(line.indexOf('\t') + 1));
    expect(instances).toHaveLength(TEST_INSTANCES);
    expect(questionCount(dataset, test)).toBe(TEST_INSTANCES);
    expect(questionsOf(dataset, test.from, test.to).sort()).toEqual(instances.sort());
    expect(learns).toBe(false);
    expect(history).toEqual({ from: 0, to: TRAIN_SESSIONS });
    expect(questionCount(dataset, history)).toBe(TRAIN_INSTANCES);
  }, 120_000);
});
