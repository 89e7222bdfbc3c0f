import { expect, test } from 'vitest';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import { SEARCH_KEPT_MS } from '../../../../shards/live/search-memory.js';
import { visitor } from '../../../../shards/store/user-key.js';
import type { ShardCall } from '../../../../shards/wire/calls.js';
import { aClick, aLeave, anEventCall, slotOf } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';

const ann = { user: 'ann', channel: 1, session: 11 };

/** Asks for a list of somebody who need not be open. */
function aRankFor(user: string, call: number): ShardCall {
  return { op: 'rankFor', call, user, request: { slot: slotOf({ excludeSeen: 2 }), deadlineUs: 0 } };
}

function itemsOf(shard: ShardHarness, call: number): readonly number[] {
  return [...shard.answer(call).items];
}

test('a user who is not open gets a list, and is forgotten', async () => {
  const shard = await ShardHarness.make();
  await shard.open(ann);
  await shard.tick(aClick({ by: ann, seq: 1, on: [3] }));
  await shard.tick(...aLeave(ann));
  await shard.tick(aRankFor('ann', 5), aRankFor('ann', 6), aRankFor('bob', 7));
  expect(itemsOf(shard, 5)).toEqual(itemsOf(shard, 6));
  expect(itemsOf(shard, 5)).not.toContain(3);
  expect(shard.answer(5).rev).toBeGreaterThan(0);
  expect(itemsOf(shard, 7)).toHaveLength(5);
  expect(shard.built.shard.isOpen('ann') || shard.built.shard.isOpen('bob')).toBe(false);
  expect([...shard.built.shard.openUsers()]).toHaveLength(0);
});

test('[R1] a list for an open user contains the events before it, of one who is about to leave too', async () => {
  const shard = await ShardHarness.make();
  await shard.open(ann);
  await shard.tick(aClick({ by: ann, seq: 1, on: [3] }), aRankFor('ann', 5));
  expect(itemsOf(shard, 5)).not.toContain(3);
  await shard.tick(aClick({ by: ann, seq: 2, on: [4] }), ...aLeave(ann), aRankFor('ann', 6));
  expect(itemsOf(shard, 6)).not.toContain(4);
  expect(shard.built.shard.isOpen('ann')).toBe(false);
});

test('[D4] a guest who comes with a connection meanwhile has one of their own', async () => {
  const shard = await ShardHarness.make();
  shard.take(aRankFor('ann', 5));
  expect(await shard.open(ann)).toBe(0);
  await shard.tick(aClick({ by: ann, seq: 1, on: [3] }));
  expect(itemsOf(shard, 5)).toHaveLength(5);
  expect([...shard.built.shard.openUsers()].map(({ channel }) => channel)).toEqual([1]);
});

const HIT = 17;

/** Ann searched for what item `HIT` is, and left. */
async function searched(): Promise<ShardHarness> {
  const shard = await ShardHarness.make();
  await shard.open(ann);
  const search = { kind: EVENT_KIND.search, query: 'a kettle', hits: Int32Array.of(HIT) };
  await shard.tick(anEventCall({ by: ann, seq: 1, on: [], ...search }), ...aLeave(ann));
  return shard;
}

test('what somebody searched for leads their lists also when they left, until the session is over', async () => {
  const shard = await searched();
  await shard.tick(aRankFor('ann', 5), aRankFor('bob', 6));
  expect(itemsOf(shard, 5)[0]).toBe(HIT);
  expect(itemsOf(shard, 6)).not.toContain(HIT);
  await shard.open({ ...ann, channel: 2, session: 12 });
  await shard.tick(aRankFor('ann', 7), ...aLeave({ channel: 2, session: 12 }));
  expect(itemsOf(shard, 7)[0]).toBe(HIT);
  shard.clock.advanceMs(SEARCH_KEPT_MS);
  await shard.tick(aRankFor('ann', 8));
  expect(itemsOf(shard, 8)).not.toContain(HIT);
});

test('nothing of a search is left of whoever is gone', async () => {
  const shard = await searched();
  shard.built.shard.forgetUser('ann');
  await shard.tick(aRankFor('ann', 5));
  expect(itemsOf(shard, 5)).not.toContain(HIT);
});

test('nobody gets a list as a visitor who is another user now', async () => {
  const shard = await ShardHarness.make();
  const channel = { channel: 2, session: 12 };
  const guest = visitor('s-1');
  await shard.open({ user: guest, ...channel });
  await shard.tick(aClick({ by: channel, seq: 1, on: [3] }), ...aLeave(channel));
  shard.built.shard.give(guest, 'ann');
  await shard.tick(aRankFor(guest, 5));
  expect(shard.said).toContainEqual({ op: 'merged', call: 5 });
});
