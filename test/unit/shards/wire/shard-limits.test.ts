import { expect, test } from 'vitest';
import { WIRE_LIMITS } from '../../../../gateway/protocol/limits.js';
import { K_MAX, RANK_MAX } from '../../../../shards/wire/shard-limits.js';

test('a shard takes whatever one message may ask for', () => {
  expect(WIRE_LIMITS.candidates).toBeLessThanOrEqual(RANK_MAX);
  expect(Math.max(WIRE_LIMITS.k, WIRE_LIMITS.candidates)).toBeLessThanOrEqual(K_MAX);
});
