import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyText } from '../../../support/any-text.js';
import { shardOf } from '../../../../shards/reshard/placement.js';

test('a user’s shard never changes: data folders depend on it', () => {
  const users = ['', 'ann', 'bob', 'shopper-1', 'käthe', '購買者', 'a'.repeat(128)];
  expect(users.map((user) => [2, 3, 8, 64].map((shards) => shardOf(user, shards)))).toEqual([
    [1, 1, 1, 17],
    [1, 2, 4, 51],
    [0, 2, 2, 12],
    [0, 2, 5, 22],
    [0, 2, 6, 49],
    [1, 1, 6, 54],
    [1, 1, 4, 54],
  ]);
});

test('one shard has everybody', () => {
  expect(shardOf('ann', 1)).toBe(0);
});

test('adding a shard moves only its share of the users, all of them to the new one', () => {
  const users = Array.from({ length: 5_000 }, (_, i) => `user-${i}`);
  for (const shards of [1, 2, 3, 7, 16]) {
    const moved = users.filter((user) => shardOf(user, shards) !== shardOf(user, shards + 1));
    expect(moved.every((user) => shardOf(user, shards + 1) === shards)).toBe(true);
    const share = users.length / (shards + 1);
    expect(moved.length).toBeGreaterThan(share * 0.8);
    expect(moved.length).toBeLessThan(share * 1.2);
  }
});

test('any name has a shard', () => {
  fc.assert(
    fc.property(anyText(), fc.integer({ min: 1, max: 64 }), (user, shards) => {
      const shard = shardOf(user, shards);
      expect(Number.isInteger(shard) && shard >= 0 && shard < shards).toBe(true);
    }),
  );
});
