import { expect, test } from 'vitest';
import { PairTable } from '../../../../shards/market/pair-table.js';

test('frequent pairs stay when a full table takes in others', () => {
  const table = new PairTable(new SharedArrayBuffer(64 * 3 * 4));
  for (let n = 0; n < 50; n++) table.add(2, 1);
  for (let n = 0; n < 1_000; n++) table.add(n + 10, n + 2_000);
  const pairs = [...table.pairs()];
  expect(pairs.length).toBeLessThanOrEqual(64);
  expect(pairs).toContainEqual({ a: 1, b: 2, baskets: 50 });
});
