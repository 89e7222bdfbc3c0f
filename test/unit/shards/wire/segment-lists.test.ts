import { expect, test } from 'vitest';
import { CallPacker, ReplyPacker, unpackCalls, unpackReplies } from '../../../../shards/wire/thread-batch.js';
import type { ShardCall } from '../../../../shards/wire/calls.js';
import type { ThreadBatch } from '../../../../shards/wire/thread-batch.js';
import { slotOf } from '../../../support/shards/shard-calls.js';

const slot = slotOf({ segments: [3, 700], k: 4 });

test('the segments of a slot cross to the shard with a rank', () => {
  const packer = new CallPacker();
  const call: ShardCall = { op: 'rankFor', call: 5, user: 'ann', request: { slot, deadlineUs: 0 } };
  packer.add(call);
  const calls: ShardCall[] = [];
  unpackCalls(packer.take(), (unpacked) => calls.push(unpacked));
  expect(calls).toMatchObject([{ request: { slot: { segments: [3, 700] } } }]);
});

test('which segment a list is for comes back with it, and none of a list that is for anybody', () => {
  const batches: ThreadBatch[] = [];
  const packer = new ReplyPacker((batch) => batches.push(batch));
  const list = { items: Int32Array.of(9), scores: Float32Array.of(1), rev: 2, model: 'm' };
  packer.begin();
  packer.list(1, 'vips', { ...list, segment: 700 });
  packer.list(1, 'home', list);
  packer.end();
  const heard: unknown[] = [];
  const ignore = (): void => undefined;
  const to = {
    applied: ignore,
    durable: ignore,
    refused: ignore,
    current: ignore,
    learn: ignore,
    reply: ignore,
  };
  for (const batch of batches)
    unpackReplies(batch, { ...to, list: (_, of, { segment, items }) => heard.push([of, segment, items[0]]) });
  expect(heard).toEqual([
    ['vips', 700, 9],
    ['home', undefined, 9],
  ]);
});
