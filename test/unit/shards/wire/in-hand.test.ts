import { expect, test } from 'vitest';
import { InHand } from '../../../../shards/wire/in-hand.js';

test('what was in hand is read once, through memory that both sides share', () => {
  const shard = new InHand();
  const pool = new InHand(shard.buffer);
  expect(pool.take()).toBeUndefined();
  shard.event(7, 3);
  expect(pool.take()).toEqual({ session: 7, seq: 3 });
  expect(pool.take()).toBeUndefined();
  shard.question(12);
  expect(pool.take()).toEqual({ session: 0, call: 12 });
  shard.event(7, 4);
  shard.clear();
  expect(pool.take()).toBeUndefined();
});
