import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cutJournal } from '../../../../shards/store/compaction/cut-journal.js';
import { dropJournal } from '../../../../shards/store/compaction/drop-journal.js';
import { rewriteTables } from '../../../../shards/store/compaction/rewrite-tables.js';
import { journalFolder } from '../../../../shards/store/journal-file/journal-folder.js';
import { named, visitor } from '../../../../shards/store/user-key.js';
import { tinyModel } from '../../../support/model/tiny-models.js';
import { DurableShards } from '../../../support/shards/durable-shards.js';
import { anEvent } from '../../../support/shards/shard-calls.js';
import { sharedCatalogue } from '../../../support/shards/shard-harness.js';
import { filesWith } from '../../../support/store/bytes-search.js';
import { ringOf, temporaryFolder } from '../../../support/store/store-kinds.js';

const USERS = Array.from({ length: 12 }, (_, i) => named(`a-shopper-with-a-name-${i}`));
const GUEST = visitor('a-session-of-a-guest-0');
const GONE = USERS[3];

/** What is stored of users and visitors, by name, wherever they live. */
function statesOf(shards: DurableShards): Map<string, string> {
  const stores = Array.from({ length: shards.count }, (_, shard) => shards.store(shard));
  return new Map(
    stores.flatMap((store) =>
      [...store.users()].map(({ userId, bytes }) => [userId, Buffer.from(bytes).toString('hex')] as const),
    ),
  );
}

async function differencesIn(shards: DurableShards): Promise<unknown[]> {
  return (await shards.check()).flatMap(({ differences }) => differences);
}

test('a folder that is encrypted moves to other numbers of shards and is compacted: all are there, whoever was erased is not, and no byte names anybody', async () => {
  const folder = temporaryFolder();
  const model = tinyModel({ name: 'narrow', tag: 11, width: 4 });
  const { shared } = await sharedCatalogue();
  const shards = new DurableShards(folder, shared, model(64), 32, ringOf(folder));
  await shards.start(2);
  for (let seq = 1; seq <= 30; seq++) {
    for (const [i, user] of USERS.entries())
      shards.event(user, 'a-session-of-hers', anEvent({ seq, on: [(seq + i) % 50] }));
    if (seq === 1) shards.event(GUEST, 'a-session-of-a-guest-0', anEvent({ seq, on: [7] }));
    shards.tick();
  }
  await shards.merge(GUEST, USERS[0], 3);
  for (const to of [3, 1, 2]) {
    await shards.reshard(to);
    expect([...statesOf(shards).keys()].sort()).toEqual([...USERS].sort());
    expect(await differencesIn(shards)).toEqual([]);
  }
  await shards.erase(GONE);
  const before = statesOf(shards);
  expect([...before.keys()].sort()).toEqual(USERS.filter((user) => user !== GONE).sort());
  const starts: number[] = [];
  for (let shard = 0; shard < 2; shard++) {
    const store = shards.store(shard);
    const { before: needless } = await dropJournal(store, { bytes: 1 }, []);
    starts.push(needless);
  }
  await shards.close();
  for (const [shard, start] of starts.entries()) {
    expect(await cutJournal(journalFolder(join(folder, `shard-${shard}`)), start)).toBeGreaterThan(0);
    await rewriteTables(join(folder, `shard-${shard}`));
  }
  expect(filesWith(folder, ['a-shopper-with-a-name', 'a-session-of'])).toEqual([]);
  await shards.start(2);
  expect(statesOf(shards)).toEqual(before);
  shards.event(GONE, 'a-session-of-hers', anEvent({ seq: 1, on: [9] }));
  shards.tick();
  shards.sweep();
  expect(statesOf(shards).size).toBe(USERS.length);
  await shards.close();
}, 60_000);
