import { expect, onTestFinished, test } from 'vitest';
import { isPartialState } from '../../../../shards/graph/interest/state/state-header.js';
import { encodeRecord } from '../../../../shards/store/journal-record.js';
import { named, visitor } from '../../../../shards/store/user-key.js';
import { tinyModel } from '../../../support/model/tiny-models.js';
import { anEvent } from '../../../support/shards/shard-calls.js';
import { DurableShards } from '../../../support/shards/durable-shards.js';
import { sharedCatalogue } from '../../../support/shards/shard-harness.js';
import { temporaryFolder } from '../../../support/store/store-kinds.js';

const MODEL = tinyModel({ name: 'narrow', tag: 11, width: 4 });
const OTHER = tinyModel({ name: 'wide', tag: 12, width: 8 });
const ANN = named('ann');
const GONE = visitor('gone');
const NEW = visitor('new');

async function started(): Promise<DurableShards> {
  const shards = new DurableShards(temporaryFolder(), (await sharedCatalogue()).shared, MODEL(64), 8);
  await shards.start(1);
  onTestFinished(() => shards.close());
  return shards;
}

function views(shards: DurableShards, user: string, from: number, to: number): void {
  for (let seq = from; seq <= to; seq++) {
    shards.event(user, user === ANN ? 'a' : user.slice(1), anEvent({ seq, on: [(seq * 7) % 50] }));
    shards.tick();
  }
}

/** A visitor who was removed and has come again, with a click right behind the removal. */
async function cameAgain(): Promise<DurableShards> {
  const shards = await started();
  views(shards, ANN, 1, 3);
  views(shards, GONE, 1, 6);
  shards.leave(GONE, 'gone');
  shards.tick();
  shards.sweep();
  shards.remove(GONE);
  views(shards, GONE, 1, 2);
  shards.sweep();
  return shards;
}

test('a visitor who was removed and comes again is who they are since: a replay comes to the same', async () => {
  const shards = await cameAgain();
  expect(await shards.check()).toMatchObject([{ users: 2, unchecked: 0, differing: 0, differences: [] }]);
  expect(shards.store(0).sessionSeq(GONE, 'gone')).toBe(2);
});

test('so is what another model makes of them, whole', async () => {
  const shards = await cameAgain();
  await shards.swap(OTHER(64));
  expect(await shards.check()).toMatchObject([{ users: 2, unchecked: 0, differing: 0, differences: [] }]);
  expect(isPartialState(shards.store(0).user(GONE)!)).toBe(false);
});

test('who is owed a recovery is made anew of what came after the removal, and so is the seq of their session', async () => {
  const shards = await cameAgain();
  const owed = { kind: 'session', reason: '', bytes: new Uint8Array(0), atMs: 1, isOwed: true } as const;
  await shards.store(0).commit({ setAside: [{ ...owed, names: [GONE, 'gone'] }] });
  await shards.restart();
  expect(shards.store(0).sessionSeq(GONE, 'gone')).toBe(2);
  views(shards, GONE, 3, 4);
  shards.sweep();
  expect(await shards.check()).toMatchObject([{ differing: 0, differences: [] }]);
});

test('of a journal whose beginning was dropped nothing is said of those it may not hold whole', async () => {
  const shards = await started();
  views(shards, ANN, 1, 5);
  // What comes after a start is in a file of its own, and files are dropped.
  await shards.restart();
  views(shards, GONE, 1, 5);
  shards.sweep();
  await shards.store(0).commit({ dropBefore: 7 });
  expect(shards.store(0).journal.start).toBe(5);
  views(shards, ANN, 6, 8);
  views(shards, NEW, 1, 2);
  shards.sweep();
  expect(await shards.check()).toMatchObject([{ users: 0, unchecked: 3, differing: 0, differences: [] }]);
  const entries = [{ entry: 'replaced', user: ANN, state: undefined }] as const;
  await shards.store(0).commit({ journal: { count: 1, bytes: encodeRecord(entries, 1) } });
  const [{ users, differences }] = await shards.check();
  expect([users, differences.map(({ userId }) => userId)]).toEqual([1, [ANN]]);
});

test('a model that comes after the drop makes new visitors anew, whole; the others keep their graph and begin again from vectors', async () => {
  const shards = await started();
  views(shards, ANN, 1, 3);
  shards.sweep();
  await shards.restart();
  views(shards, ANN, 4, 5);
  shards.sweep();
  await shards.store(0).commit({ dropBefore: 3 });
  expect(shards.store(0).journal.start).toBe(3);
  views(shards, NEW, 1, 5);
  views(shards, ANN, 6, 8);
  await shards.swap(OTHER(64));
  shards.sweep();
  const store = shards.store(0);
  expect([isPartialState(store.user(NEW)!), isPartialState(store.user(ANN)!)]).toEqual([false, true]);
  expect([store.sessionSeq(NEW, 'new'), store.sessionSeq(ANN, 'a')]).toEqual([5, 8]);
});
