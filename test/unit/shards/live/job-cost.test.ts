import { expect, test } from 'vitest';
import { listUs, LONG_JOB_US, rankUs } from '../../../../shards/live/job-cost.js';
import { firstOf, createOrderedList } from '../../../../shards/ranking/lists/ordered-list.js';
import { REASONS_MAX } from '../../../../shards/wire/shard-limits.js';
import { slotOf } from '../../../support/shards/shard-calls.js';

const candidates = (count: number) => Int32Array.from({ length: count }, (_, i) => i);
const rank = (count: number, slot = {}) =>
  rankUs({ slot: slotOf({ k: count, ...slot }), candidates: candidates(count), deadlineUs: 0 });

test('what shoppers ask for is short; many candidates or a long list with reasons is long', () => {
  for (const us of [listUs({ k: 20, explain: false }), listUs({ k: 20, explain: true }), rank(200)])
    expect(us).toBeLessThan(LONG_JOB_US);
  for (const us of [listUs({ k: 100, explain: true }), rank(1_000), rank(200, { explain: true })])
    expect(us).toBeGreaterThan(LONG_JOB_US);
});

test('reasons cost no more beyond those that are given', () => {
  const explained = {
    slot: slotOf({ k: 1_000, explain: true }),
    candidates: candidates(1_000),
    deadlineUs: 0,
  };
  expect(rankUs(explained)).toBe(rank(1_000, { k: REASONS_MAX, explain: true }));
});

test('the first items of a list are those that get reasons', () => {
  const list = { ...createOrderedList(8), count: 5 };
  expect(firstOf(list, 3).count).toBe(3);
  expect(firstOf(list, 5)).toBe(list);
  expect(list.count).toBe(5);
});
