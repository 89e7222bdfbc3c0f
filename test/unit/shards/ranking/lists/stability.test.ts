import { describe, expect, test } from 'vitest';
import { createOrderedList, insertByScore } from '../../../../../shards/ranking/lists/ordered-list.js';
import { freeze, limitMoves } from '../../../../../shards/ranking/lists/stability.js';
import { aClick, aSubscription } from '../../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../../support/shards/shard-harness.js';

const ANN = { user: 'ann', channel: 1, session: 11 };

/** The answer of three places from items best first, after `shown`. */
function limited(
  items: readonly number[],
  shown: readonly number[],
  movesMax: number,
): { items: number[]; scores: number[] } {
  const list = createOrderedList(16);
  items.forEach((item, i) => insertByScore(list, item, 10 - i, 0));
  limitMoves(list, 3, Int32Array.from(shown), movesMax);
  return { items: [...list.items.subarray(0, 3)], scores: [...list.scores.subarray(0, 3)] };
}

describe('limitMoves', () => {
  test.each([
    ['lets everything move without a limit', [7, 8, 9, 1, 2, 3], Infinity, [7, 8, 9]],
    ['lets nothing enter at 0', [7, 8, 9, 2, 1, 3], 0, [2, 1, 3]],
    ['lets the best newcomer enter at 1', [7, 8, 9, 2, 1, 3], 1, [7, 2, 1]],
    ['does not count what was shown as a move', [1, 7, 8, 2, 3], 1, [1, 7, 2]],
    ['fills up with newcomers when what was shown is gone', [7, 8, 9, 2], 0, [2, 7, 8]],
  ])('[R5] %s', (_name, items, movesMax, expected) => {
    expect(limited(items, [1, 2, 3], movesMax).items).toEqual(expected);
  });

  test('[R5] a first list is not limited', () => {
    expect(limited([7, 8, 9], [], 0).items).toEqual([7, 8, 9]);
  });

  test('[R4] scores still never rise', () => {
    const { scores } = limited([7, 8, 9, 2, 1, 3], [1, 2, 3], 1);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });
});

describe('freeze', () => {
  test('[R5] keeps items and order, and scores that never rise', () => {
    const list = createOrderedList(16);
    [7, 3, 8, 1, 9].forEach((item, i) => insertByScore(list, item, 10 - i, 0));
    freeze(list, Int32Array.of(1, 2, 3));
    expect([...list.items.subarray(0, 5)]).toEqual([1, 3, 7, 8, 9]);
    expect([...list.scores.subarray(0, 5)]).toEqual([10, 9, 8, 7, 6]);
  });
});

test('[R5] in a shard: at most maxMoves new items per event, one change per minIntervalMs', async () => {
  const shard = await ShardHarness.make();
  await shard.open(ANN);
  await shard.tick(
    aSubscription(ANN, { name: 'calm', k: 10, maxMoves: 2 }, { name: 'slow', k: 10, minIntervalMs: 1_000 }),
  );
  const entered = (slot: string) => {
    const [before, after] = shard.lists(ANN.channel, slot).slice(-2);
    return after.items.filter((item) => !before.items.includes(item)).length;
  };
  for (let seq = 1; seq <= 6; seq++) {
    await shard.tick(aClick({ by: ANN, seq, on: [seq * 7] }));
    expect(entered('calm')).toBeLessThanOrEqual(2);
    expect(entered('slow')).toBe(0);
  }
  shard.clock.advanceMs(1_000);
  await shard.tick(aClick({ by: ANN, seq: 7, on: [50] }));
  expect(entered('slow')).toBeGreaterThan(0);
});
