import { expect, test } from 'vitest';
import { runSuite, WAIT_MS } from './suite-process.js';

test(
  'the suite goes red when an ack comes early, a repeat counts, a merge forgets a tab or its graph, an erase or a visitor’s end the journal, or a compaction what recovery needs',
  async () => {
    const { code, last, all } = await runSuite('--mutants');
    expect(last, all).toBe('8 of 8 mutants found');
    expect(code, all).toBe(0);
  },
  WAIT_MS,
);
