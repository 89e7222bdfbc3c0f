import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readInteractions } from '../../../../../model/train/data/readers/interactions.js';
import { judgeReturns } from '../../../../../shards/learning/evaluation/judge-returns.js';

const FOLDER = fileURLToPath(new URL('../../../../../../shared/data/online-retail', import.meta.url));

describe.runIf(existsSync(FOLDER))('who does not come back, on the last weeks of online-retail', () => {
  it('is told better than by how often, how long ago or how much, and about as often as it is said', async () => {
    const { dataset } = await readInteractions(FOLDER, false);
    const figures = judgeReturns(dataset);
    expect(figures.map(({ days }) => days)).toEqual([30, 60]);
    for (const { auc, alone, calibrationError } of figures) {
      expect(auc).toBeGreaterThan(alone['visits'] + 0.03);
      expect(auc).toBeGreaterThan(alone['recencyDays'] + 0.1);
      expect(auc).toBeGreaterThan(Math.max(...Object.values(alone)) + 0.02);
      expect(calibrationError).toBeLessThan(0.12);
    }
  });
});
