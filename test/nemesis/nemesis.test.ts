import { expect, test } from 'vitest';
import { runSuite, WAIT_MS } from './suite-process.js';

test(
  '[D1][D2][D4] 20 rounds of faults lose nothing, double nothing, and leave states that are what the journal makes of them',
  async () => {
    const { code, last, all } = await runSuite('--seed', '1', '--rounds', '20');
    expect(last, all).toMatch(/^20 rounds, \d{3,} acknowledged, 0 lost, 0 double, 0 out of order$/);
    expect(code, all).toBe(0);
  },
  WAIT_MS,
);
