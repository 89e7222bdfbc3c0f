import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { isEvent } from '../../shards/store/journal-entry.js';
import { decodeRecord } from '../../shards/store/journal-record.js';
import type { ShardStore } from '../../shards/store/store.js';
import { installRing } from '../../shards/store/vault/keys/installed-ring.js';
import { buildArmedChild } from '../support/store/store-child.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

let program: string;

beforeAll(async () => {
  program = await buildArmedChild('user-eraser');
});
afterAll(() => rmSync(program));

type Sealed = 'yes' | 'no';

/** Runs a step of the program on the store in `folder`; with a point, it has to be killed there. */
function run(folder: string, sealed: Sealed, step: string, point = ''): void {
  const { signal, status, stderr } = spawnSync(process.execPath, [program, folder, sealed, step], {
    encoding: 'utf8',
    env: { ...process.env, FAULT_POINT: point },
  });
  expect([signal, status], stderr).toEqual(point === '' ? [null, 0] : ['SIGKILL', null]);
}

/** What a store has of a user, in rows and in the journal after the last time that they were removed. */
interface Had {
  readonly isThere: boolean;
  readonly seq: number | undefined;
  readonly events: number;
}

function hadOf(store: ShardStore, user: string): Had {
  let events = 0;
  for (const { bytes } of store.journal.from(0))
    for (const entry of decodeRecord(bytes)) {
      if (entry.entry === 'removed' && entry.user === user) events = 0;
      if (isEvent(entry) && entry.user === user) events++;
    }
  return { isThere: store.user(user) !== undefined, seq: store.sessionSeq(user, user), events };
}

async function read(folder: string, sealed: Sealed, keys = `${folder}.keys`): Promise<Record<string, Had>> {
  const key = (fill: number) => new Uint8Array(32).fill(fill);
  installRing(
    sealed === 'yes' ? { folder: keys, id: 'ring', wrapping: key(1), pseudonyms: key(2) } : undefined,
  );
  try {
    const store = await readLmdbStore(folder);
    const had = { ann: hadOf(store, 'ann'), bob: hadOf(store, 'bob') };
    await store.close();
    return had;
  } finally {
    installRing(undefined);
  }
}

const GONE: Had = { isThere: false, seq: undefined, events: 0 };

test.each([
  ['yes', 'erase', 'erase.begun', 'there'],
  ['yes', 'erase', 'erase.keyDestroyed', 'gone'],
  ['yes', 'erase', 'erase.keyGone', 'gone'],
  ['yes', 'erase', 'erase.done', 'gone'],
  ['yes', 'copy', 'erase.keyGone', 'gone'],
  ['no', 'erase', 'erase.keyGone', 'there'],
  ['no', 'erase', 'journal.handedOver', undefined],
  ['no', 'erase', 'journal.written', 'gone'],
  ['no', 'erase', 'erase.done', 'gone'],
] as const)(
  'encrypted: %s, %s: a kill at %s leaves the user %s, another start too, and asked again all of them goes',
  async (sealed, step, point, outcome) => {
    const folder = join(temporaryFolder(), 'shard-0');
    run(folder, sealed, 'shop');
    const before = await read(folder, sealed);
    expect(before['ann']).toEqual({ isThere: true, seq: 4, events: 4 });
    run(folder, sealed, step, point);
    const after = await read(folder, sealed);
    expect([GONE, before['ann']]).toContainEqual(after['ann']);
    if (outcome !== undefined) expect(after['ann']).toEqual(outcome === 'gone' ? GONE : before['ann']);
    expect(after['bob']).toEqual(before['bob']);
    run(folder, sealed, 'erase');
    expect(await read(folder, sealed)).toEqual({ ann: GONE, bob: before['bob'] });
  },
);

test('a copy that was being made while the key went has nothing of them either', async () => {
  const folder = join(temporaryFolder(), 'shard-0');
  run(folder, 'yes', 'shop');
  run(folder, 'yes', 'copy');
  const copy = join(temporaryFolder(), 'shard-0');
  cpSync(`${folder}.copy`, copy, { recursive: true });
  expect((await read(copy, 'yes', `${folder}.keys`))['ann']).toEqual(GONE);
  expect((await read(copy, 'yes', `${folder}.keys`))['bob']).toMatchObject({ seq: 4, events: 4 });
});
