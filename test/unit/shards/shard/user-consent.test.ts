import { STATE_VERSION } from '../../../../shards/graph/interest/state/state-header.js';
import { expect, test } from 'vitest';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import type { Consent, SaidConsent } from '../../../../shards/graph/user-consent.js';
import { SOURCE } from '../../../../shards/ranking/reasons/reason-codes.js';
import { decodeRecord, encodeRecord } from '../../../../shards/store/journal-record.js';
import { named, visitor } from '../../../../shards/store/user-key.js';
import type { ShardCall } from '../../../../shards/wire/calls.js';
import type { UserGraph } from '../../../../shards/graph/user-graph.js';
import { tinyModel } from '../../../support/model/tiny-models.js';
import { DurableShards } from '../../../support/shards/durable-shards.js';
import { aClick, anEvent, anEventCall, openAs, slotOf } from '../../../support/shards/shard-calls.js';
import { sharedCatalogue, ShardHarness, type Said } from '../../../support/shards/shard-harness.js';
import { temporaryFolder } from '../../../support/store/store-kinds.js';

const ann = { user: 'ann', channel: 1, session: 11 };
const CLICKED = [0, 12, 24, 1, 13, 25];

function say(said: SaidConsent, call = 70): ShardCall {
  return { op: 'consent', call, user: 'ann', said };
}

function consentIn({ said }: ShardHarness, call: number): Consent {
  const told = said.find((reply) => reply.op === 'consent' && reply.call === call);
  if (told?.op !== 'consent') throw new Error(`call ${call} was not answered`);
  return told.consent;
}

async function graphOf(shard: ShardHarness, call: number): Promise<UserGraph> {
  await shard.tick({ op: 'graph', call, user: 'ann' });
  const told = shard.said.find((reply) => reply.op === 'graph' && reply.call === call);
  if (told?.op !== 'graph') throw new Error(`call ${call} was not answered`);
  return told.graph;
}

function entriesOf({ store }: ShardHarness, from: number) {
  return [...store.journal.from(from)].flatMap(({ bytes }) => decodeRecord(bytes));
}

const count = (shard: ShardHarness, op: Said['op']) => shard.said.filter((said) => said.op === op).length;

/** Ann has clicked on six items, and sees a list that must not change much. */
async function shopping(): Promise<ShardHarness> {
  const shard = await ShardHarness.make();
  await shard.open(ann);
  for (const [i, item] of CLICKED.entries()) await shard.tick(aClick({ by: ann, seq: i + 1, on: [item] }));
  await shard.tick({ op: 'subscribe', channel: 1, slots: [slotOf({ k: 20, maxMoves: 1, explain: true })] });
  return shard;
}

const newest = (shard: ShardHarness, channel = 1) => shard.lists(channel).at(-1)!;

test('without learn a click leaves its number and nothing else: no node, no teaching, no item in the journal', async () => {
  const shard = await shopping();
  await shard.tick(say({ learn: false }));
  expect(consentIn(shard, 70)).toEqual({ personalise: true, learn: false });
  const before = await graphOf(shard, 80);
  const { end } = shard.store.journal;
  const [taught, lists] = [count(shard, 'learn'), shard.lists(1).length];
  const search = { seq: 8, kind: EVENT_KIND.search, query: 'a secret', hits: Int32Array.of(3) };
  await shard.tick(aClick({ by: ann, seq: 7, on: [33] }), anEventCall({ by: ann, on: [], ...search }));
  expect(entriesOf(shard, end)).toEqual(
    [7, 8].map((seq) => ({ entry: 'session', user: 'ann', session: 'ann', seq })),
  );
  const after = await graphOf(shard, 81);
  expect(after.nodes.map(({ key, lastMs }) => [key, lastMs])).toEqual(
    before.nodes.map(({ key, lastMs }) => [key, lastMs]),
  );
  expect(count(shard, 'learn')).toBe(taught);
  // [R1] The page waits for a list all the same.
  expect(shard.lists(1).length).toBeGreaterThan(lists);
});

test('[D2] [D3] [D4] numbers of what is not kept go on, over a restart too: a repeat is one, a gap is a gap', async () => {
  const shard = await shopping();
  await shard.tick(say({ learn: false }));
  await shard.tick(aClick({ by: ann, seq: 7, on: [33] }));
  await shard.tick(aClick({ by: ann, seq: 9, on: [34] }), aClick({ by: ann, seq: 7, on: [33] }));
  expect(shard.said).toContainEqual({ op: 'refused', session: 11, seq: 9, expected: 8 });
  expect(shard.said).toContainEqual(expect.objectContaining({ op: 'durable', session: 11, seq: 7 }));
  const { nodes } = await graphOf(shard, 82);
  for (const keepsStates of [false, true]) {
    if (keepsStates) await shard.checkpoint();
    const again = await ShardHarness.recovered({ store: shard.store, clock: shard.clock });
    expect(await again.open(ann)).toBe(7);
    const { end } = again.store.journal;
    await again.tick(aClick({ by: ann, seq: 7, on: [33] }), aClick({ by: ann, seq: 9, on: [34] }));
    expect(again.said).toContainEqual({ op: 'durable', session: 11, seq: 7 });
    expect(again.said).toContainEqual({ op: 'refused', session: 11, seq: 9, expected: 8 });
    expect(again.store.journal.end).toBe(end);
    expect(await graphOf(again, 83)).toMatchObject({ nodes, consent: { personalise: true, learn: false } });
  }
  // Sent again after it is allowed, it is the event of then still; another one has a number of its own.
  await shard.tick(say({ learn: true }, 71), aClick({ by: ann, seq: 7, on: [33] }));
  await shard.tick(aClick({ by: ann, seq: 7, on: [35] }));
  expect(shard.said).toContainEqual({ op: 'refused', session: 11, seq: 7, expected: 8 });
  expect((await graphOf(shard, 85)).nodes.map(({ key }) => key)).toEqual(nodes.map(({ key }) => key));
  await shard.tick(aClick({ by: ann, seq: 8, on: [33] }));
  expect((await graphOf(shard, 86)).nodes.some(({ key }) => key === 33)).toBe(true);
});

test('an event without a session that is not kept is known by its key, also by a journal alone', async () => {
  const shard = await shopping();
  await shard.tick(say({ learn: false }));
  const sent = anEventCall({ by: { channel: 1, session: 0 }, on: [33], eventId: 'order-1', call: 60 });
  await shard.tick(sent);
  expect(shard.said).toContainEqual({ op: 'taken', call: 60, outcome: 'not_kept' });
  expect(entriesOf(shard, shard.store.journal.end - 1)).toEqual([
    { entry: 'passed', user: 'ann', eventId: 'order-1' },
  ]);
  const again = await ShardHarness.recovered({ store: shard.store, clock: shard.clock });
  await again.open(ann);
  await again.tick({ ...sent, call: 61 } as ShardCall);
  expect(again.said).toContainEqual({ op: 'taken', call: 61, outcome: 'duplicate' });
});

test('without personalise the next list is that of somebody nobody knows, whatever was shown; allowed again it is theirs', async () => {
  const shard = await shopping();
  const own = newest(shard).items;
  await shard.tick(say({ personalise: false }));
  await shard.open({ user: 'stranger', ...openAs(5) });
  await shard.tick({ op: 'subscribe', channel: 5, slots: [slotOf({ k: 20, maxMoves: 1, explain: true })] });
  const unknown = newest(shard, 5);
  expect(newest(shard).items).toEqual(unknown.items);
  expect(newest(shard).scores).toEqual(unknown.scores);
  expect(unknown.items).not.toEqual(own);
  for (const { because, source } of newest(shard).why ?? []) {
    expect(because).toEqual([]);
    expect([SOURCE.interest, SOURCE.own]).not.toContain(source);
  }
  // A click is learned from still; their list stays that of the unknown.
  await shard.tick(aClick({ by: ann, seq: 7, on: [33] }));
  expect((await graphOf(shard, 80)).nodes.some(({ key }) => key === 33)).toBe(true);
  const asked = await shard.rank({ by: ann, of: own });
  const byNobody = await shard.rank({ by: { channel: 5 }, of: own });
  expect(asked.items).toEqual(byNobody.items);
  await shard.tick(say({ personalise: true }, 71));
  expect(newest(shard).items).not.toEqual(unknown.items);
});

test('saying what is so already, or nothing, writes nothing and makes no list', async () => {
  const shard = await shopping();
  const { end } = shard.store.journal;
  const lists = shard.lists(1).length;
  await shard.tick(say({ personalise: true }), say({}, 71));
  expect(consentIn(shard, 71)).toEqual({ personalise: true, learn: true });
  expect(shard.store.journal.end).toBe(end);
  expect(shard.lists(1)).toHaveLength(lists);
});

test('entries of the journal come back as they were written', () => {
  const entries = [
    { entry: 'consent', user: 'ann', withheld: 3, atMs: 1_760_000_000_000 },
    { entry: 'passed', user: 'ann', eventId: 'order-1' },
  ] as const;
  expect(decodeRecord(encodeRecord(entries, 5))).toEqual(entries);
});

test('what is withheld moves with its user, comes along in a merge, survives a model, and a journal with it makes what the rows say', async () => {
  const model = tinyModel({ name: 'narrow', tag: 11, width: 4 });
  const shards = new DurableShards(temporaryFolder(), (await sharedCatalogue()).shared, model(64), 8);
  await shards.start(1);
  const [host, guest, mute] = [named('ann'), visitor('v'), visitor('mute')];
  for (let seq = 1; seq <= 4; seq++) {
    shards.event(host, 'a', anEvent({ seq, on: [seq] }));
    shards.event(guest, 'v', anEvent({ seq, on: [seq * 4] }));
    shards.tick();
  }
  shards.consent(guest, { learn: false });
  // Somebody who never clicked has a choice as well.
  shards.consent(mute, { personalise: false });
  shards.tick();
  shards.event(guest, 'v', anEvent({ seq: 5, on: [40] }));
  shards.tick();
  await shards.merge(guest, host, 3);
  await shards.merge(mute, host, 3);
  shards.event(host, 'a', anEvent({ seq: 5, on: [44] }));
  shards.tick();
  expect((await shards.check()).flatMap(({ differences }) => differences)).toEqual([]);
  await shards.swap(tinyModel({ name: 'other', tag: 12, width: 4 })(64));
  await shards.reshard(3);
  await shards.restart();
  shards.event(host, 'a', anEvent({ seq: 6, on: [48] }));
  shards.tick();
  shards.sweep();
  expect((await shards.check()).flatMap(({ differences }) => differences)).toEqual([]);
  const states = [0, 1, 2].flatMap((shard) => [...shards.store(shard).users()]);
  const kept = states.filter(({ userId }) => userId === host).map(({ bytes }) => [bytes[0], bytes[23] >> 1]);
  expect(kept).toContainEqual([STATE_VERSION, 3]);
  const journal = [0, 1, 2].flatMap((shard) => [...shards.store(shard).journal.from(0)]);
  const items = journal.flatMap(({ bytes }) =>
    decodeRecord(bytes).flatMap((entry) => (entry.entry === undefined ? entry.items : [])),
  );
  expect(items).not.toContain(40);
  expect(items).not.toContain(44);
  expect(items).not.toContain(48);
  await shards.close();
});
