import { expect, test } from 'vitest';
import { VisitorRemoval } from '../../../../shards/retention/visitor-removal.js';
import { isEvent } from '../../../../shards/store/journal-entry.js';
import { decodeRecord } from '../../../../shards/store/journal-record.js';
import { named, visitor } from '../../../../shards/store/user-key.js';
import { aLeave, anEventCall, openAs } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';
import { RecordingStore } from '../../../support/store/recording-store.js';
import { openEncrypted, ringOf, temporaryFolder } from '../../../support/store/store-kinds.js';
import { KeyFile } from '../../../../shards/store/vault/keys/user-key-file.js';
import { keyFileOf } from '../../../../shards/store/vault/keys/user-keys.js';

const YEAR_MS = 365 * 86_400_000;
const GONE = visitor('gone');
const ANN = named('ann');

/** Opens the session `s-…` of somebody (a visitor's is named as they are), views items, and leaves. Returns the `seq` it began with. */
async function visit(shard: ShardHarness, user: string, number: number, ...items: number[]): Promise<number> {
  const by = openAs(number);
  const sessionId = user.startsWith('\u0001') ? user.slice(1) : `s-${user}`;
  // What was committed before is on the disk: an opening waits for it.
  await shard.built.shard.commits.idle();
  const seq = await shard.open({ user, sessionId, ...by });
  for (const [i, item] of items.entries())
    await shard.tick(anEventCall({ by, seq: seq + 1 + i, on: [item], tsMs: shard.clock.nowMs() }));
  await shard.tick(...aLeave(by));
  return seq;
}

/** One walk, for which everything before `beforeMs` is long ago. */
async function walk(
  shard: ShardHarness,
  beforeMs = shard.clock.nowMs(),
  position = shard.store.checkpoint,
): Promise<number> {
  const removal = new VisitorRemoval(shard.built);
  while (removal.step({ beforeMs, position }));
  await shard.built.shard.commits.idle();
  return removal.take();
}

/** One visitor of a year ago, one and a named user of now; all is written out. */
async function aYearLater(
  store = new RecordingStore(),
): Promise<{ readonly shard: ShardHarness; readonly nowMs: number }> {
  const shard = await ShardHarness.make({ store });
  await visit(shard, GONE, 1, 1, 2);
  await visit(shard, ANN, 2, 4);
  shard.clock.advanceMs(YEAR_MS);
  const nowMs = shard.clock.nowMs();
  await visit(shard, visitor('here'), 3, 3);
  await shard.checkpoint();
  return { shard, nowMs };
}

function rowsOf({ store }: ShardHarness): string[] {
  return [
    ...Array.from(store.users(), ({ userId }) => `state ${userId}`),
    ...Array.from(store.sessions(), ({ userId, seq }) => `seq ${seq} of ${userId}`),
  ].sort();
}

test('a visitor of long ago is removed: state, session, and what is in memory; nobody else is', async () => {
  const { shard, nowMs } = await aYearLater();
  expect(await walk(shard, nowMs)).toBe(1);
  const here = visitor('here');
  expect(rowsOf(shard)).toEqual([`seq 1 of ${here}`, 'seq 1 of ann', `state ${here}`, 'state ann']);
  expect(shard.built.users.rowOf(GONE)).toBe(-1);
  expect(await walk(shard, nowMs)).toBe(0);
});

test('where things are encrypted their key goes with them, and its slot is free; who comes back has another one', async () => {
  const folder = temporaryFolder();
  const { shard, nowMs } = await aYearLater(new RecordingStore(await openEncrypted(folder)));
  const keys = () => KeyFile.read(keyFileOf(ringOf(folder), folder), ringOf(folder).wrapping)?.count;
  expect(keys()).toBe(3);
  const entries = () =>
    [...shard.store.journal.from(0)].flatMap(({ bytes }) => decodeRecord(bytes)).filter(isEvent);
  expect(entries().map(({ user }) => user)).toContain(GONE);
  expect(await walk(shard, nowMs)).toBe(1);
  expect(keys()).toBe(2);
  expect(entries().map(({ user }) => user)).not.toContain(GONE);
  expect(rowsOf(shard).some((row) => row.includes(GONE))).toBe(false);
  expect(await visit(shard, GONE, 4, 9)).toBe(0);
  await shard.built.shard.commits.idle();
  expect(keys()).toBe(3);
  expect(shard.failures).toEqual([]);
  await shard.store.close();
});

test('[D4] who comes back is a new visitor: seq 0, an empty graph, and every event counts', async () => {
  const { shard, nowMs } = await aYearLater();
  await walk(shard, nowMs);
  expect(await visit(shard, GONE, 4, 9)).toBe(0);
  const { graph, users } = shard.built;
  expect(graph.slabs.seenCount[users.load(GONE)]).toBe(1);
  expect(shard.store.sessionSeq(GONE, 'gone')).toBe(1);
  expect(shard.said.filter(({ op }) => op === 'refused')).toEqual([]);
});

test('the journal says it: a recovery that has to read the removal comes to the same', async () => {
  const { shard, nowMs } = await aYearLater();
  await walk(shard, nowMs);
  await visit(shard, GONE, 4, 9);
  const again = await ShardHarness.recovered({
    store: await shard.store.afterCrash(shard.store.batches.length),
    clock: shard.clock,
  });
  expect(again.stateOf(GONE)).toBe(shard.stateOf(GONE));
  expect(await visit(again, GONE, 1)).toBe(1);
  expect(await visit(again, visitor('here'), 2)).toBe(1);
});

test('one who is open stays, and one whose state is still to be written', async () => {
  const { shard, nowMs } = await aYearLater();
  await shard.open({ user: GONE, sessionId: 'gone', ...openAs(4) });
  expect(await walk(shard, nowMs)).toBe(0);
  await shard.tick(...aLeave(openAs(4)));
  shard.built.users.markDirty(GONE, shard.built.users.load(GONE));
  expect(await walk(shard, nowMs)).toBe(0);
  await shard.checkpoint();
  expect(await walk(shard, nowMs)).toBe(1);
});

test('one whose entries the next recovery reads stays until it does not', async () => {
  const { shard, nowMs } = await aYearLater();
  expect(await walk(shard, nowMs, 1)).toBe(0);
  expect(await walk(shard, nowMs, 2)).toBe(1);
});

test('one who was merged stays as they are: whose they are, and the seq of their session', async () => {
  const { shard, nowMs } = await aYearLater();
  const { shard: moves } = shard.built;
  const given = moves.give(GONE, ANN);
  expect(await walk(shard, nowMs)).toBe(0);
  moves.merge(GONE, ANN, given);
  moves.forget(GONE, ANN);
  await shard.settle();
  await shard.checkpoint();
  shard.clock.advanceMs(YEAR_MS);
  expect(await walk(shard)).toBe(1);
  expect(shard.store.alias(GONE)).toBe(ANN);
  expect(shard.store.sessionSeq(GONE, 'gone')).toBe(2);
  expect(shard.store.user(visitor('here'))).toBeUndefined();
});

test('a visitor whose events came over HTTP has no session: their state says when that was', async () => {
  const shard = await ShardHarness.make();
  const by = { channel: 1, session: 0 };
  await shard.open({ user: GONE, sessionId: 'other', channel: 1, session: 9 });
  await shard.tick(anEventCall({ by, call: 7, eventId: 'e', on: [1], tsMs: shard.clock.nowMs() }));
  await shard.tick(...aLeave({ channel: 1, session: 9 }));
  await shard.checkpoint();
  const thenMs = shard.clock.nowMs();
  expect(await walk(shard, thenMs)).toBe(0);
  expect(await walk(shard, thenMs + 1)).toBe(1);
  expect(rowsOf(shard)).toEqual([]);
});

test('a walk is bites: so many rows at most, sessions first, and all are seen', async () => {
  const shard = await ShardHarness.make();
  for (let i = 0; i < 300; i++)
    await shard.store.commit({
      sessions: [{ userId: visitor(`v-${i}`), sessionId: `v-${i}`, seq: 1, atMs: 5 }],
    });
  const removal = new VisitorRemoval(shard.built);
  const counts: number[] = [];
  for (let goesOn = true; goesOn;) {
    goesOn = removal.step({ beforeMs: 6, position: 0 });
    await shard.settle();
    counts.push(removal.take());
  }
  expect(counts).toEqual([128, 128, 44, 0]);
  expect([...shard.store.sessions()]).toEqual([]);
});
