import { describe, expect, it } from 'vitest';
import type { BundleManifest } from '../../../../../model/bundle/bundle-manifest.js';
import { lineChart } from '../../../../../shards/learning/progress/line-chart.js';
import { recordStep, TrainingLog } from '../../../../../shards/learning/progress/training-log.js';
import { trainingPage } from '../../../../../shards/learning/progress/training-page.js';
import { tinyDataset } from '../../../../support/model/tiny-dataset.js';

describe('lineChart', () => {
  it('puts points where they belong', () => {
    const svg = lineChart({ title: 't', x: 'x', y: 'y' }, [
      {
        name: 'a',
        points: [
          [0, 0],
          [10, 5],
        ],
      },
    ]);
    expect(svg).toContain('points="64.0,256.0 704.0,16.0"');
    expect([...svg.matchAll(/class="y"[^>]*>([^<]*)</g)].map(([, tick]) => tick)).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
    ]);
  });

  it('draws a single value, and says when there is none', () => {
    const only = lineChart({ title: 't', x: 'x', y: 'y' }, [{ name: 'a', points: [[1, 3]] }]);
    expect(only).toContain('<circle');
    expect(only).not.toMatch(/NaN|Infinity/);
    expect(lineChart({ title: 'Loss', x: 'x', y: 'y' }, [])).toContain('Loss: nothing was recorded');
  });
});

describe('recordStep', () => {
  it('keeps at most five hundred points and the last one, whatever the number of steps', () => {
    const record = new TrainingLog().stage('s');
    for (let step = 1; step <= 12_345; step++) recordStep(record, 12_345, [step, 1 / step, 0.01]);
    expect(record.loss.length).toBeLessThanOrEqual(501);
    expect(record.loss[record.loss.length - 1]).toEqual([12_345, 1 / 12_345, 0.01]);
  });
});

describe('trainingPage', () => {
  it('shows curves, stages, options and facts, escaped, and fetches nothing', () => {
    const dataset = tinyDataset();
    const log = new TrainingLog();
    const stage = log.stage('network, first 9/10');
    stage.seconds = 75;
    for (let step = 1; step <= 3; step++) recordStep(stage, 3, [step, 6 - step, 0.01]);
    stage.validation.push({ epoch: 1, figures: { 'recall@20': 41.5, 'ndcg@20': 1 } });
    const manifest = {
      name: '<b>shop</b>',
      version: '7',
      createdAt: '2026-01-01T00:00:00.000Z',
      shape: { items: 12, width: 16 },
      training: {
        data: 'tiny',
        dataHash: '0'.repeat(64),
        sessions: 10,
        events: 40,
        seconds: 80,
        options: { seed: 1 },
      },
      metrics: { 'recall@20': 50.25 },
    } as unknown as BundleManifest;
    const page = trainingPage({ manifest, log, dataset });
    expect(page).toContain('&lt;b&gt;shop&lt;/b&gt;@7');
    expect(page).not.toContain('<b>shop');
    expect(page).toContain('1 min 15 s, 3 steps');
    expect(page).toContain('recall@20 50.25 %');
    expect(page).toContain('<th>seed</th><td>1</td>');
    expect(page.match(/<polyline/g)).toHaveLength(3);
    expect(page).not.toMatch(/https?:|src=|@import|url\(/);
    expect(page).not.toMatch(/NaN|undefined/);
    expect(trainingPage({ manifest, log, dataset })).toBe(page);
  });
});
