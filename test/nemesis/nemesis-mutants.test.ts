import { expect, test } from 'vitest';
import { runSuite, WAIT_MS } from './suite-process.js';

test(
  'the suite goes red when an ack comes early, a repeat counts, a merge forgets a tab or its graph, an erase the journal, or a compaction what recovery needs',
  async () => {
    const { code, last, all } = await runSuite('--mutants');
    expect(last, all).toBe('7 of 7 mutants found');
    expect(code, all).toBe(0);
  },
  WAIT_MS,
);
