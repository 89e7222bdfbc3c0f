import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { shardFolder } from '../../shards/store/data-folder.js';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { named, visitor, type NamedKey } from '../../shards/store/user-key.js';
import { BuiltPool } from '../support/shards/built-pool.js';
import { anEvent } from '../support/shards/shard-calls.js';

const SHARDS = 2;

async function start(dataDir: string, shards = SHARDS): Promise<BuiltPool> {
  const built = await BuiltPool.start(dataDir, { shards });
  onTestFinished(() => built.pool.stop());
  return built;
}

/** The rows of format 1 are those of today's named users: a visitor was a user of the name of their session. */
async function fill(dataDir: string): Promise<void> {
  const built = await BuiltPool.start(dataDir, { shards: SHARDS });
  const click = async (user: NamedKey, session: string, items: readonly number[]) => {
    const opened = await built.pool.open(user, session);
    for (const [i, item] of items.entries()) await built.send(opened, anEvent({ seq: i + 1, on: [item] }));
  };
  for (const name of ['S', 'T', 'U']) await click(named(name), name, [1, 2]);
  await click(named('ann'), 'phone', [5]);
  await built.pool.eventsFor(named('S'), [anEvent({ on: [3], eventId: 'key' })]);
  await built.pool.stop();
  for (let shard = 0; shard < SHARDS; shard++) {
    const store = await openLmdbStore({ folder: shardFolder(dataDir, shard) });
    await store.commit({ blobs: [{ key: 'names', bytes: undefined }] });
    await store.close();
  }
  const path = join(dataDir, 'format.json');
  // That version wrote no checksum.
  const facts = { ...(JSON.parse(readFileSync(path, 'utf8')) as object), format: 1, check: undefined };
  writeFileSync(path, JSON.stringify(facts));
}

test.each([SHARDS, 3])(
  '[D1][D2][D4] a folder of format 1, started with %i shards: graphs, seqs and keys of visitors and users are there',
  async (shards) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'afterclick-upgrade-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
    await fill(dataDir);
    const built = await start(dataDir, shards);
    expect(JSON.parse(readFileSync(join(dataDir, 'format.json'), 'utf8'))).toMatchObject({
      format: 2,
      shards,
    });
    const unseen = { excludeSeen: 2 } as const;
    const opened = await built.openVisitor('S');
    expect(opened.seq).toBe(2);
    expect(await built.rank({ by: opened, of: [1, 2, 3, 9], slot: unseen })).toEqual([9]);
    expect(await built.pool.eventsFor(visitor('S'), [anEvent({ on: [3], eventId: 'key' })])).toEqual([
      'duplicate',
    ]);
    const stranger = await built.openUser('S');
    expect(await built.rank({ by: stranger, of: [1], slot: unseen })).toEqual([1]);
    const ann = await built.pool.open(named('ann'), 'phone', visitor('T'));
    expect(ann.seq).toBe(1);
    expect(await built.rank({ by: ann, of: [1, 2, 5, 9], slot: unseen })).toEqual([9]);
    expect((await built.pool.open(named('ann'), 'T')).seq).toBe(2);
  },
);
