import { expect, onTestFinished, test } from 'vitest';
import { encodeRecord } from '../../../../shards/store/journal-record.js';
import { named, visitor } from '../../../../shards/store/user-key.js';
import { asMovedState, statePosition } from '../../../../shards/graph/interest/state/state-header.js';
import { tinyModel } from '../../../support/model/tiny-models.js';
import { anEvent } from '../../../support/shards/shard-calls.js';
import { sharedCatalogue } from '../../../support/shards/shard-harness.js';
import { DurableShards } from '../../../support/shards/durable-shards.js';
import { temporaryFolder } from '../../../support/store/store-kinds.js';

const MODEL = tinyModel({ name: 'narrow', tag: 11, width: 4 });
/** Byte of a state that says which model made it. */
const TAG_AT = 16;
const ANN = named('ann');
const BOB = named('bob');

/** One shard with ten events each of two users and a visitor, written out. */
async function filled(): Promise<DurableShards> {
  const shards = new DurableShards(temporaryFolder(), (await sharedCatalogue()).shared, MODEL(64), 8);
  await shards.start(1);
  onTestFinished(() => shards.close());
  for (let seq = 1; seq <= 10; seq++) {
    shards.event(ANN, 'a', anEvent({ seq, on: [seq] }));
    shards.event(BOB, 'b', anEvent({ seq, on: [seq * 3] }));
    shards.event(visitor('v'), 'v', anEvent({ seq, on: [seq * 5] }));
    shards.tick();
  }
  shards.sweep();
  return shards;
}

async function differences(shards: DurableShards): Promise<Record<string, readonly string[]>> {
  const [report] = await shards.check();
  expect(report.differing).toBe(report.differences.length);
  return Object.fromEntries(report.differences.map(({ userId, differences: found }) => [userId, found]));
}

test('a store whose rows follow from its journal: everybody was compared', async () => {
  const shards = await filled();
  await shards.merge(visitor('v'), ANN, 3);
  expect(await shards.check()).toEqual([
    {
      events: 30,
      otherEntries: 3,
      users: 3,
      isRebuilding: false,
      unchecked: 0,
      unreadable: 0,
      differing: 0,
      differences: [],
    },
  ]);
});

test('a state that is not what the journal makes of it', async () => {
  const shards = await filled();
  const store = shards.store(0);
  const bobs = new Uint8Array(store.user(BOB)!);
  await store.commit({
    users: [{ userId: ANN, bytes: asMovedState(bobs, statePosition(store.user(ANN)!)) }],
  });
  expect(await differences(shards)).toEqual({ ann: ['nodes', 'edges'] });
});

test('a state that is older than recovery would look back', async () => {
  const shards = await filled();
  const store = shards.store(0);
  const old = new Uint8Array(store.user(ANN)!);
  shards.event(ANN, 'a', anEvent({ seq: 11, on: [20] }));
  shards.tick();
  shards.sweep();
  expect(await differences(shards)).toEqual({});
  await store.commit({ users: [{ userId: ANN, bytes: old }] });
  expect(await differences(shards)).toEqual({
    ann: ['the stored state contains entries before 28, recovery begins at 31, and 30 is between'],
  });
  await store.commit({
    users: [{ userId: ANN, bytes: undefined }],
    sessions: [{ userId: ANN, sessionId: 'a', seq: 11, atMs: 0 }],
  });
  expect(await differences(shards)).toEqual({
    ann: ['the stored state contains entries before 0, recovery begins at 31, and 30 is between'],
  });
});

test('a session that is not where the journal left it, and one of which the journal knows nothing', async () => {
  const shards = await filled();
  await shards.store(0).commit({
    sessions: [
      { userId: ANN, sessionId: 'a', seq: 9, atMs: 0 },
      { userId: BOB, sessionId: 'other', seq: 4, atMs: 0 },
    ],
  });
  expect(await differences(shards)).toEqual({
    ann: ['session "a" has seq 9, the journal says 10'],
    bob: ['session "other" has seq 4, the journal says 0'],
  });
});

test('an event that the journal has twice, and one that it has not', async () => {
  const shards = await filled();
  const store = shards.store(0);
  const event = { ...anEvent({ seq: 10, on: [4] }), user: BOB, session: 'b', hits: [], eventId: '' };
  await store.commit({
    journal: { count: 2, bytes: encodeRecord([event, { ...event, seq: 12 }]) },
    sessions: [{ userId: BOB, sessionId: 'b', seq: 12, atMs: 0 }],
  });
  expect(await differences(shards)).toEqual({
    bob: [
      'event 10 of session "b" follows event 10, at 30',
      'event 12 of session "b" follows event 10, at 31',
    ],
  });
});

test('a merge whose alias is lost', async () => {
  const shards = await filled();
  await shards.merge(visitor('v'), ANN, 3);
  await shards.store(0).commit({ aliases: [{ userId: visitor('v'), to: undefined }] });
  expect((await differences(shards))[visitor('v')]).toContain("they are nobody's, the journal says ann's");
});

test('a record that cannot be read is counted, and who cannot be judged is not', async () => {
  const shards = await filled();
  const store = shards.store(0);
  await store.commit({ journal: { count: 1, bytes: Buffer.from('?') } });
  const partial = new Uint8Array(store.user(ANN)!);
  partial[20] = 1;
  partial[30] ^= 1;
  await store.commit({ users: [{ userId: ANN, bytes: partial }] });
  expect(await shards.check()).toMatchObject([{ users: 2, unchecked: 1, unreadable: 1, differing: 0 }]);
});

test('states of no one model are compared but for what a model makes of events', async () => {
  const shards = await filled();
  const store = shards.store(0);
  const state = new Uint8Array(store.user(ANN)!);
  // Of another model, so it begins from vectors.
  state[TAG_AT] ^= 1;
  await store.commit({ users: [{ userId: ANN, bytes: state }] });
  expect((await differences(shards))[ANN]).toContain('states of nodes');
  await store.commit({ states: { op: 'name', model: 0 } });
  expect(await shards.check()).toMatchObject([{ isRebuilding: true, users: 3, differing: 0 }]);
  const bobs = asMovedState(state, statePosition(store.user(BOB)!));
  await store.commit({ users: [{ userId: BOB, bytes: bobs }] });
  expect(await differences(shards)).toEqual({ bob: ['nodes', 'edges'] });
});

test('a state of somebody whom the journal took away', async () => {
  const shards = await filled();
  const store = shards.store(0);
  const state = new Uint8Array(store.user(visitor('v'))!);
  await shards.merge(visitor('v'), ANN, 3);
  await store.commit({ users: [{ userId: visitor('v'), bytes: state }] });
  expect(await differences(shards)).toEqual({
    [visitor('v')]: ['there is a state of somebody whom the journal does not know, or whom it took away'],
  });
});

test('states of another model are not compared', async () => {
  const shards = await filled();
  await shards.store(0).commit({ states: { op: 'name', model: 99 } });
  await expect(shards.check()).rejects.toThrow('check them with the model that made them');
});
