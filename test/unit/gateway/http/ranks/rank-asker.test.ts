import { expect, test } from 'vitest';
import type { Access } from '../../../../../gateway/access/access.js';
import type { RankCalls } from '../../../../../gateway/calls/rank-calls.js';
import type { RoutedCall } from '../../../../../gateway/http/http.js';
import { RankAsker } from '../../../../../gateway/http/ranks/rank-asker.js';
import { FakeClock } from '../../../../../metrics/process/clock.js';
import type { ShardPool } from '../../../../../shards/api.js';

test('writing an answer counts towards who asked', () => {
  const clock = new FakeClock();
  const spent: number[] = [];
  const asker = new RankAsker({} as ShardPool, {} as RankCalls, {} as Access, clock);
  const answer = { toJSON: () => (clock.advanceUs(700), { ids: ['a'] }) };
  const call = { spend: (us: number) => spent.push(us) } as Partial<RoutedCall> as RoutedCall;
  expect(asker.written(call, answer)).toMatchObject({ status: 200, body: '{"ids":["a"]}' });
  expect(spent).toEqual([700]);
});
