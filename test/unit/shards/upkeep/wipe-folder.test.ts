import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import { decodeRecord } from '../../../../shards/store/journal-record.js';
import { named, visitor } from '../../../../shards/store/user-key.js';
import { wipeFolder } from '../../../../shards/upkeep/wipe-folder.js';
import { tinyModel } from '../../../support/model/tiny-models.js';
import { DurableShards } from '../../../support/shards/durable-shards.js';
import { anEvent } from '../../../support/shards/shard-calls.js';
import { sharedCatalogue } from '../../../support/shards/shard-harness.js';
import { filesWith } from '../../../support/store/bytes-search.js';
import { temporaryFolder } from '../../../support/store/store-kinds.js';

const ANN = named('ann-of-green-gables');
const GUEST = visitor('session-of-a-guest-of-ann');
const BOB = named('bob-the-builder-of-things');
const SECRETS = ['ann-of-green-gables', 'session-of-a-guest', 'red rubber boots'];

/** Two shards on which ann, a guest of hers and bob have clicked; `folder` has a copy of one as that of a shard that is gone, and a snapshot. */
async function shopping(folder: string): Promise<DurableShards> {
  const model = tinyModel({ name: 'narrow', tag: 11, width: 4 });
  const shards = new DurableShards(folder, (await sharedCatalogue()).shared, model(64), 32);
  await shards.start(2);
  for (let seq = 1; seq <= 20; seq++) {
    for (const user of [ANN, BOB]) shards.event(user, 'a-session', anEvent({ seq, on: [seq] }));
    shards.event(GUEST, 'session-of-a-guest-of-ann', anEvent({ seq, on: [seq + 20] }));
    shards.tick();
    if (seq === 10) shards.sweep();
  }
  const search = { kind: EVENT_KIND.search, query: 'red rubber boots', hits: Int32Array.of(3) };
  shards.event(ANN, 'a-session', anEvent({ seq: 21, on: [], ...search }));
  shards.tick();
  await shards.merge(GUEST, ANN, 3);
  await shards.restart();
  for (const place of ['retired', 'snapshots/one', 'snapshots/.half.partial']) {
    mkdirSync(join(folder, place), { recursive: true });
    for (const shard of [0, 1])
      cpSync(join(folder, `shard-${shard}`), join(folder, place, `shard-${shard}`), { recursive: true });
  }
  return shards;
}

const eventsOf = (shards: DurableShards, user: string) =>
  [0, 1]
    .flatMap((shard) => [...shards.store(shard).journal.from(0)])
    .flatMap(({ bytes }) => decodeRecord(bytes))
    .filter((entry) => entry.entry === undefined && entry.user === user).length;

test('no byte of whoever was erased is left in a folder, and others, places and what came after stay', async () => {
  const folder = temporaryFolder();
  let shards = await shopping(folder);
  for (const user of [GUEST, ANN]) await shards.erase(user);
  const bob = [...shards.store(0).users(), ...shards.store(1).users()].map(({ bytes }) => Buffer.from(bytes));
  const ends = [0, 1].map((shard) => shards.store(shard).journal.end);
  await shards.close();
  expect(filesWith(folder, SECRETS)).not.toEqual([]);
  const { users, entries, snapshots } = await wipeFolder(folder, 2);
  expect([users, entries > 41, snapshots]).toEqual([2, true, ['one']]);
  expect(filesWith(folder, SECRETS)).toEqual([]);
  expect(filesWith(join(folder, 'retired'), ['bob-the-builder'])).not.toEqual([]);
  expect(readdirSync(join(folder, 'snapshots'))).toEqual([]);
  const model = tinyModel({ name: 'narrow', tag: 11, width: 4 });
  shards = new DurableShards(folder, (await sharedCatalogue()).shared, model(64), 32);
  await shards.start(2);
  expect([0, 1].map((shard) => shards.store(shard).journal.end)).toEqual(ends);
  expect(
    [...shards.store(0).users(), ...shards.store(1).users()].map(({ bytes }) => Buffer.from(bytes)),
  ).toEqual(bob);
  expect([eventsOf(shards, ANN), eventsOf(shards, BOB)]).toEqual([0, 20]);
  // Whoever comes with the name is somebody new, whom a second time leaves alone.
  shards.event(ANN, 'a-session', anEvent({ seq: 1, on: [7] }));
  shards.tick();
  expect((await shards.check()).flatMap(({ differences }) => differences)).toEqual([]);
  await shards.close();
  expect(await wipeFolder(folder, 2)).toEqual({ users: 0, entries: 0, snapshots: [] });
  expect(filesWith(folder, ['ann-of-green-gables'])).not.toEqual([]);
}, 60_000);
