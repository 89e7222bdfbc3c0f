import { expect, test } from 'vitest';
import { UserCounts } from '../../../../shards/owed/user-counts.js';

test('counts up to the bound of a user and of all, and what is dropped makes room', () => {
  const counts = new UserCounts(3, 2);
  expect([counts.take('ann'), counts.take('ann'), counts.take('ann')]).toEqual([
    undefined,
    undefined,
    'overrun',
  ]);
  expect([counts.take('bob'), counts.take('eve')]).toEqual([undefined, 'busy']);
  counts.drop('ann');
  counts.drop('nobody');
  expect([counts.total, counts.take('eve'), counts.take('bob')]).toEqual([2, undefined, 'busy']);
});
