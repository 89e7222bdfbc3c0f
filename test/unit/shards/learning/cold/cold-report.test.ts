import { describe, expect, it } from 'vitest';
import type { BundleManifest } from '../../../../../model/bundle/bundle-manifest.js';
import { DatasetBuilder } from '../../../../../model/train/data/dataset-builder.js';
import { ColdQuestions } from '../../../../../shards/learning/cold/cold-questions.js';
import { ColdReport } from '../../../../../shards/learning/cold/cold-report.js';

function report(): ColdReport {
  const builder = new DatasetBuilder(['a', 'b']);
  builder.click('s', 'u', 'a', { kind: 8, timeMs: 0 });
  builder.click('t', 'u', 'b', { kind: 8, timeMs: 1 });
  const dataset = builder.build('letters', '');
  const [history, test] = [
    { from: 0, to: 1 },
    { from: 1, to: 2 },
  ];
  const questions = new ColdQuestions(dataset, history, test);
  const manifest = { name: 'demo', version: 1 } as unknown as BundleManifest;
  return new ColdReport(manifest, { dataset, history, test, questions });
}

describe('ColdReport', () => {
  it('names the length of the lists behind each figure, in the table and as JSON', () => {
    const told = report();
    told.addItems('one', { learns: false, k: 20 }, { first: 1, user: 2 }, 9.876);
    told.addItems('one', { learns: true, k: 20 }, { first: 3, user: 4 }, 9);
    told.addItems('one', { learns: false, k: 50 }, { first: 5, user: 6 });
    const lines = told.table().split('\n');
    const at = lines.findIndex((line) => line.startsWith('Recall among 2 items'));
    const heads = ['never learned', 'first ever', 'live', 'in list'].flatMap((name) => [
      `${name}@20`,
      `${name}@50`,
    ]);
    expect(lines[at].slice(30).trim().split(/ {2,}/)).toEqual(heads);
    expect(lines[at + 1].split(/ +/)).toEqual(['one', '2', '6', '3', '–', '4', '–', '9.88', '–']);
    expect(told.json()).toMatchObject({
      itemsK: [20, 50],
      items: { one: { 'never learned@20': 2, 'never learned@50': 6, 'first ever@20': 3, 'live@20': 4 } },
    });
  });
});
