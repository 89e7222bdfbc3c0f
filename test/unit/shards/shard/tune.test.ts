import { expect, test } from 'vitest';
import { decodeRecord, encodeRecord } from '../../../../shards/store/journal-record.js';
import { named, visitor } from '../../../../shards/store/user-key.js';
import type { ShardCall } from '../../../../shards/wire/calls.js';
import type { UserGraph } from '../../../../shards/graph/user-graph.js';
import { NODE } from '../../../../shards/graph/interest/interest-slabs.js';
import { TUNE } from '../../../../shards/graph/interest-rows.js';
import { tinyModel } from '../../../support/model/tiny-models.js';
import { aClick, anEvent, slotOf } from '../../../support/shards/shard-calls.js';
import { DurableShards } from '../../../support/shards/durable-shards.js';
import { sharedCatalogue, ShardHarness } from '../../../support/shards/shard-harness.js';
import { temporaryFolder } from '../../../support/store/store-kinds.js';

const ann = { user: 'ann', channel: 1, session: 11 };
/** Items 0, 12, 24 … are of the category of item 0. */
const isOfFirst = (item: number) => item % 4 !== 3 && item % 3 === 0;

function tune(interest: number, value: number, call = 90): ShardCall {
  return { op: 'tune', call, user: 'ann', interest, value };
}

function graphIn({ said }: ShardHarness, call: number): UserGraph {
  const told = said.find((reply) => reply.op === 'graph' && reply.call === call);
  if (told?.op !== 'graph') throw new Error(`call ${call} was not answered`);
  return told.graph;
}

function interestOfCategory({ nodes }: UserGraph, key: number): number {
  return nodes.find((node) => node.kind === NODE.category && node.key === key)?.interest ?? 0;
}

/** Ann has looked at items of two categories, and sees lists of all. */
async function shopping(): Promise<{ shard: ShardHarness; first: number }> {
  const shard = await ShardHarness.make();
  await shard.open(ann);
  for (const [i, item] of [0, 12, 24, 1, 13, 25].entries())
    await shard.tick(aClick({ by: ann, seq: i + 1, on: [item] }));
  await shard.tick({ op: 'subscribe', channel: 1, slots: [slotOf({ k: 40 })] });
  await shard.tick({ op: 'graph', call: 80, user: 'ann' });
  return { shard, first: interestOfCategory(graphIn(shard, 80), 0) };
}

const newest = (shard: ShardHarness) => shard.lists(1).at(-1)!;

test('never: the next list holds nothing of the interest, until it is taken back', async () => {
  const { shard, first } = await shopping();
  expect(first).toBeGreaterThan(0);
  expect(newest(shard).items.some(isOfFirst)).toBe(true);
  const lists = shard.lists(1).length;
  await shard.tick(tune(first, TUNE.never));
  expect(shard.lists(1)).toHaveLength(lists + 1);
  expect(newest(shard).items.some(isOfFirst)).toBe(false);
  expect(newest(shard).items.length).toBeGreaterThan(10);
  expect(graphIn(shard, 90).interests.find(({ id }) => id === first)?.tune).toBe(TUNE.never);
  await shard.tick(tune(first, TUNE.normal, 91));
  expect(newest(shard).items.some(isOfFirst)).toBe(true);
});

test('more moves items of the interest up, less moves them down, and the parts of a reason add up still', async () => {
  const { shard, first } = await shopping();
  await shard.tick({ op: 'subscribe', channel: 1, slots: [slotOf({ k: 40, explain: true })] });
  const place = () => {
    const { items } = newest(shard);
    const places = items.flatMap((item, i) => (isOfFirst(item) ? [i] : []));
    return places.reduce((sum, at) => sum + at, 0) / places.length;
  };
  const normal = place();
  await shard.tick(tune(first, TUNE.more));
  expect(place()).toBeLessThan(normal);
  const { scores, why } = newest(shard);
  for (const [i, { parts = [] }] of (why ?? []).entries())
    expect(parts.reduce((sum, part) => sum + part.score, 0)).toBeCloseTo(scores[i], 3);
  await shard.tick(tune(first, TUNE.less, 91));
  expect(place()).toBeGreaterThan(normal);
});

test('an interest that they do not have: nothing is kept', async () => {
  const { shard } = await shopping();
  const { end } = shard.store.journal;
  await shard.tick(tune(77, TUNE.never));
  expect(shard.store.journal.end).toBe(end);
  expect(graphIn(shard, 90).interests.some(({ id }) => id === 77)).toBe(false);
});

test('a restart remembers what was said and the ids of interests, from states and from the journal alone', async () => {
  const { shard, first } = await shopping();
  await shard.tick(tune(first, TUNE.never));
  const before = graphIn(shard, 90);
  const again = await ShardHarness.recovered({ store: shard.store, clock: shard.clock });
  await again.tick({ op: 'graph', call: 81, user: 'ann' });
  expect(graphIn(again, 81).interests).toEqual(before.interests);
  await shard.checkpoint();
  const third = await ShardHarness.recovered({ store: shard.store, clock: shard.clock });
  await third.open(ann);
  await third.tick({ op: 'subscribe', channel: 1, slots: [slotOf({ k: 40 })] });
  expect(newest(third).items.some(isOfFirst)).toBe(false);
});

test('an entry of the journal comes back as it was written', () => {
  const entry = { entry: 'tuned', user: 'ann', interest: 3, value: -2, nodes: [2, 7, 1, 40] } as const;
  expect(decodeRecord(encodeRecord([entry], 5))).toEqual([entry]);
});

test('a journal with it makes of an empty shard what the rows say, also after a merge', async () => {
  const model = tinyModel({ name: 'narrow', tag: 11, width: 4 });
  const shards = new DurableShards(temporaryFolder(), (await sharedCatalogue()).shared, model(64), 8);
  await shards.start(1);
  const [host, guest] = [named('ann'), visitor('v')];
  for (let seq = 1; seq <= 6; seq++) {
    shards.event(host, 'a', anEvent({ seq, on: [seq] }));
    shards.event(guest, 'v', anEvent({ seq, on: [seq * 4] }));
    shards.tick();
  }
  for (const [user, interest] of [
    [host, 1],
    [guest, 1],
  ] as const)
    shards.tune(user, interest, TUNE.never);
  shards.tick();
  await shards.merge(guest, host, 3);
  shards.event(host, 'a', anEvent({ seq: 7, on: [9] }));
  shards.tick();
  shards.sweep();
  const [report] = await shards.check();
  await shards.close();
  expect(report.differences).toEqual([]);
  expect(report.otherEntries).toBeGreaterThan(4);
});
