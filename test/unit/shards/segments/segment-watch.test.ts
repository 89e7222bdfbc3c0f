import { expect, test } from 'vitest';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import { NODE } from '../../../../shards/graph/interest/interest-slabs.js';
import type { PostedSegment, SegmentRule } from '../../../../shards/graph/segment-rule.js';
import { eraseUser } from '../../../../shards/retention/erase-user.js';
import { decodeRecord, encodeRecord } from '../../../../shards/store/journal-record.js';
import { visitor } from '../../../../shards/store/user-key.js';
import { aClick, anEventCall, openAs, slotOf } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';

const ANN = { user: 'ann', channel: 1, session: 11 };
const DAY_MS = 86_400_000;

const SPENDERS: PostedSegment = { number: 7, rule: { is: 'number', of: 'spend', range: { gte: 50 } } };

/** All checks that are due. */
function checkAll({ built }: ShardHarness): void {
  while (built.shard.segments.step());
}

async function define(shard: ShardHarness, ...segments: PostedSegment[]): Promise<void> {
  await new Promise<void>((begun) => shard.built.shard.segments.define({ revision: 1, segments }, begun));
  checkAll(shard);
}

function buy(value: number, seq: number, by: { channel: number; session: number } = ANN) {
  return anEventCall({ by, on: [seq], seq, kind: EVENT_KIND.purchase, value });
}

const moves = ({ said }: ShardHarness) =>
  said.flatMap((told) => (told.op === 'moved' ? [[told.user, told.entered, told.left]] : []));
const members = ({ built }: ShardHarness, segment: number) => [...built.shard.segments.named(segment)];

async function shopping(): Promise<ShardHarness> {
  const shard = await ShardHarness.make();
  await shard.open(ANN);
  return shard;
}

test('whoever changes is checked when the list has left, and each move is told once', async () => {
  const shard = await shopping();
  await define(shard, SPENDERS);
  await shard.tick(buy(30, 1));
  checkAll(shard);
  expect(moves(shard)).toEqual([]);
  await shard.tick(buy(30, 2));
  expect(moves(shard)).toEqual([]);
  expect(shard.built.shard.segments.hasWork).toBe(true);
  checkAll(shard);
  await shard.tick(aClick({ by: ANN, seq: 3, on: [3] }));
  checkAll(shard);
  expect(moves(shard)).toEqual([['ann', [7], []]]);
  expect(shard.built.shard.segments.counts()).toEqual([{ segment: 7, users: 1, visitors: 0 }]);
  expect(members(shard, 7)).toEqual(['ann']);
  await shard.tick(anEventCall({ by: ANN, on: [2], seq: 4, kind: EVENT_KIND.refund, value: 30 }));
  checkAll(shard);
  expect(moves(shard).at(-1)).toEqual(['ann', [], [7]]);
  expect(members(shard, 7)).toEqual([]);
});

test('a slot for a segment is empty for others, says which segment, and gets a list when somebody comes in', async () => {
  const shard = await shopping();
  await define(shard, SPENDERS);
  await shard.tick({ op: 'subscribe', channel: 1, slots: [slotOf({ k: 5, segments: [3, 7] })] });
  const newest = () => shard.lists(1).at(-1)!;
  await shard.tick(aClick({ by: ANN, seq: 1, on: [1] }));
  expect([newest().items.length, newest().segment]).toEqual([0, 0]);
  await shard.tick(buy(60, 2));
  expect(newest().items).toEqual([]);
  checkAll(shard);
  await shard.tick();
  expect([newest().items.length, newest().segment]).toEqual([5, 7]);
  const slot = { k: 5, segments: [7] };
  expect(await shard.rank({ by: ANN, slot })).toMatchObject({ segment: 7 });
  expect((await shard.rank({ by: ANN, slot: { k: 5, segments: [3] } })).items.length).toBe(0);
});

test('a new segment finds those who were there before, in memory or not; a start tells nobody again', async () => {
  const shard = await shopping();
  await shard.tick(buy(80, 1));
  await shard.checkpoint();
  await define(shard, SPENDERS);
  expect(moves(shard)).toEqual([['ann', [7], []]]);
  await shard.checkpoint();
  const again = await ShardHarness.recovered({ store: shard.store, clock: shard.clock });
  expect(again.built.shard.segments.isComplete).toBe(false);
  await define(again, SPENDERS);
  expect(again.built.shard.segments.isComplete).toBe(true);
  expect(members(again, 7)).toEqual(['ann']);
  expect(moves(again)).toEqual([]);
  await define(again, { ...SPENDERS, rule: { is: 'number', of: 'spend', range: { gte: 500 } } });
  expect(moves(again)).toEqual([['ann', [], [7]]]);
  expect(again.built.users.rowOf('ann')).toBeGreaterThanOrEqual(0);
});

test('a journal makes of an empty shard who is in which segment, and each move is an entry of it', async () => {
  const shard = await shopping();
  await define(shard, SPENDERS);
  await shard.tick(buy(80, 1));
  checkAll(shard);
  await shard.tick();
  const { end } = shard.store.journal;
  await shard.tick(aClick({ by: ANN, seq: 2, on: [2] }));
  checkAll(shard);
  await shard.tick();
  expect(shard.store.journal.end).toBe(end + 1);
  const again = await ShardHarness.recovered({ store: shard.store, clock: shard.clock });
  const row = again.built.users.rowOf('ann');
  expect(again.built.context.model.graph.slabs.facts.segmentsOf(row)).toEqual([7]);
  await define(again, SPENDERS);
  expect(moves(again)).toEqual([]);
  expect(members(again, 7)).toEqual(['ann']);
});

test('an entry of the journal comes back as it was written', () => {
  const entry = { entry: 'segments', user: 'ann', segments: [7, 65_535] } as const;
  expect(decodeRecord(encodeRecord([entry], 5))).toEqual([entry]);
});

test('a walk sees states that were on their way to the disk when it was to begin', async () => {
  const shard = await shopping();
  await shard.tick(buy(80, 1));
  const { built } = shard;
  // They are given out to be written, and no row before that is durable.
  built.shard.beginSweep();
  while (built.shard.sweepStep());
  expect([...built.users.changed()]).toEqual([]);
  let isWritten = false;
  built.shard.commits.whenDurable(() => (isWritten = true));
  const names = shard.store.userNames.bind(shard.store);
  shard.store.userNames = (after) => (isWritten ? names(after) : []);
  const defined = define(shard, SPENDERS);
  expect(built.shard.segments.isComplete).toBe(false);
  await defined;
  expect(members(shard, 7)).toEqual(['ann']);
  expect(built.shard.segments.isComplete).toBe(true);
});

test('erased users leave at once, and whoever does not want to be known is in no segment', async () => {
  const shard = await shopping();
  const bob = { user: 'bob', ...openAs(2) };
  await shard.open(bob);
  await define(shard, SPENDERS);
  await shard.tick(buy(80, 1), buy(80, 1, bob));
  checkAll(shard);
  expect(members(shard, 7)).toEqual(['ann', 'bob']);
  await shard.tick({ op: 'consent', call: 5, user: 'bob', said: { personalise: false } });
  checkAll(shard);
  expect(members(shard, 7)).toEqual(['ann']);
  await eraseUser(shard.built, 'ann');
  expect(members(shard, 7)).toEqual([]);
  expect(moves(shard).slice(2)).toEqual([
    ['bob', [], [7]],
    ['ann', [], [7]],
  ]);
});

test('visitors are counted, and never named: their key is a secret', async () => {
  const shard = await shopping();
  const guest = { user: visitor('a'.repeat(22)), ...openAs(3) };
  await shard.open(guest);
  await define(shard, SPENDERS);
  await shard.tick(buy(80, 1, guest));
  checkAll(shard);
  expect(shard.built.shard.segments.counts()).toEqual([{ segment: 7, users: 0, visitors: 1 }]);
  expect(members(shard, 7)).toEqual([]);
});

test('time alone brings somebody in, at the next look', async () => {
  const shard = await shopping();
  await define(shard, { number: 9, rule: { is: 'number', of: 'recencyDays', range: { gte: 30 } } });
  await shard.tick(aClick({ by: ANN, seq: 1, on: [1] }));
  checkAll(shard);
  await shard.checkpoint();
  shard.clock.advanceMs(31 * DAY_MS);
  shard.built.shard.segments.recheck();
  checkAll(shard);
  expect(moves(shard)).toEqual([['ann', [9], []]]);
});

test.each<[string, SegmentRule, boolean]>([
  ['a category that most clicks are in', interest({ gte: 0.5 }), true],
  ['a share that it does not reach', interest({ gte: 0.99 }), false],
  ['what is not so', { is: 'not', of: interest({ gte: 0.5 }) }, false],
  ['an attribute', { is: 'attribute', name: 'country', test: ['DE', 'AT'] }, true],
  ['another value', { is: 'attribute', name: 'country', test: 'FR' }, false],
  ['a number among attributes', { is: 'attribute', name: 'age', test: { gt: 40 } }, true],
  ['what nobody said', { is: 'attribute', name: 'plan', test: 'gold' }, false],
  [
    'one of two',
    { is: 'any', of: [interest({ gte: 2 }), { is: 'number', of: 'visits', range: { lt: 2 } }] },
    true,
  ],
  ['both', { is: 'all', of: [interest({}), { is: 'number', of: 'visits', range: { gt: 1 } }] }, false],
  ['a trend', { ...interest({}), trends: ['new'] }, true],
])('rules: %s', async (_, rule, isIn) => {
  const shard = await shopping();
  const attributes = JSON.stringify({ country: 'AT', age: 41 });
  await shard.tick({ op: 'attributes', call: 8, user: 'ann', attributes });
  for (const [i, item] of [0, 12, 24, 0, 1].entries())
    await shard.tick(aClick({ by: ANN, seq: i + 1, on: [item] }));
  await define(shard, { number: 1, rule });
  expect(members(shard, 1)).toEqual(isIn ? ['ann'] : []);
});

test('what a client says is kept over a crash, and nothing is written for the same again', async () => {
  const shard = await shopping();
  const attributes = JSON.stringify({ country: 'DE' });
  await shard.tick({ op: 'attributes', call: 8, user: 'ann', attributes });
  const { end } = shard.store.journal;
  await shard.tick({ op: 'attributes', call: 9, user: 'ann', attributes });
  expect(shard.store.journal.end).toBe(end);
  const again = await ShardHarness.recovered({ store: shard.store, clock: shard.clock });
  await define(again, { number: 1, rule: { is: 'attribute', name: 'country', test: 'DE' } });
  expect(members(again, 1)).toEqual(['ann']);
});

/** The interest with `category-0`, of which items 0, 12 and 24 are. */
function interest(share: { gte?: number }): SegmentRule & { is: 'interest' } {
  return { is: 'interest', kind: NODE.category, key: 0, share };
}
