import { cpSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLmdbStore } from '../../../../../shards/store/lmdb/lmdb-store.js';
import { intentWrite } from '../../../../../shards/store/entries/intent-rows.js';
import type { JournalEvent } from '../../../../../shards/store/journal-entry.js';
import { decodeRecord, encodeRecord } from '../../../../../shards/store/journal-record.js';
import type { ShardStore } from '../../../../../shards/store/store.js';
import { named, visitor } from '../../../../../shards/store/user-key.js';
import { filesWith } from '../../../../support/store/bytes-search.js';
import { contentOf, openEncrypted, temporaryFolder } from '../../../../support/store/store-kinds.js';

const ANN = named('ann-of-green-gables');
const GUEST = visitor('session-of-a-guest-0123456789');
const SECRETS = [
  'ann-of-green-gables',
  'session-of-a-guest',
  'one-of-her-sessions',
  'order-4711-of-hers',
  'red rubber boots',
];
const NAMES = {
  users: [ANN, GUEST, named('nobody')],
  sessions: ['one-of-her-sessions', 'session-of-a-guest-0123456789'],
  eventIds: ['order-4711-of-hers'],
  blobs: ['merge/' + GUEST, 'page/1'],
};

function event(user: string, seq: number): JournalEvent {
  return {
    user,
    session: 'one-of-her-sessions',
    seq,
    kind: 1,
    tsMs: 1_000,
    items: [3],
    value: 1,
    quantity: 1,
    query: 'red rubber boots',
    hits: [],
    eventId: 'order-4711-of-hers',
  };
}

/** Something of every kind of row. */
async function fill(store: ShardStore): Promise<void> {
  const atMs = 1_700_000_000_000;
  const entries = [event(ANN, 1), event(GUEST, 1), { entry: 'rev', rev: 5 } as const, event(ANN, 2)];
  await store.commit({
    journal: { count: entries.length, bytes: store.record(entries, atMs) },
    users: [
      { userId: ANN, bytes: Buffer.from('state of ann-of-green-gables') },
      { userId: GUEST, bytes: Buffer.from('state of session-of-a-guest') },
    ],
    sessions: [
      { userId: ANN, sessionId: 'one-of-her-sessions', seq: 2, atMs },
      { userId: GUEST, sessionId: 'session-of-a-guest-0123456789', seq: 1, atMs },
    ],
    eventIds: [{ userId: ANN, eventId: 'order-4711-of-hers', atMs }],
    aliases: [{ userId: GUEST, to: ANN }],
    blobs: [intentWrite(GUEST, ANN), { key: 'page/1', bytes: Uint8Array.of(1, 2) }],
    setAside: [
      {
        kind: 'user',
        names: [ANN],
        reason: 'why',
        atMs,
        isOwed: true,
        bytes: Buffer.from('ann-of-green-gables'),
      },
    ],
  });
}

/** What a store says, and what was set aside of it. */
function said(store: ShardStore): unknown {
  return {
    content: contentOf(store, NAMES),
    setAside: [...store.setAside()],
    visitors: store.visitorsOf(ANN),
  };
}

describe('an encrypted store', () => {
  test('says what one that is not encrypted says, and no byte on the disk does', async () => {
    const [plainFolder, folder] = [temporaryFolder(), temporaryFolder()];
    const plain = await openLmdbStore({ folder: plainFolder });
    await fill(plain);
    const store = await openEncrypted(folder);
    await fill(store);
    expect(said(store)).toEqual(said(plain));
    // '' is before all sessions of a user.
    const [first] = store.sessionsAfter({ userId: ANN, sessionId: '' });
    expect(first).toMatchObject({ userId: ANN, sessionId: 'one-of-her-sessions' });
    await store.close();
    await plain.close();
    expect(filesWith(plainFolder, SECRETS)).not.toEqual([]);
    expect(filesWith(folder, SECRETS)).toEqual([]);
    const again = await openEncrypted(folder);
    const plainAgain = await openLmdbStore({ folder: plainFolder });
    expect(said(again)).toEqual(said(plainAgain));
    await again.close();
    await plainAgain.close();
  });

  test('makes the rows again that a crash has cost', async () => {
    const folder = temporaryFolder();
    const store = await openEncrypted(folder);
    await store.commit({});
    await store.commit({
      journal: { count: 1, bytes: store.record([event(ANN, 7)], 5) },
      sessions: [{ userId: ANN, sessionId: 'one-of-her-sessions', seq: 7, atMs: 5 }],
      rowsFollow: true,
    });
    const crashed = temporaryFolder();
    cpSync(folder, crashed, { recursive: true });
    await store.close();
    const again = await openEncrypted(crashed);
    expect(again.sessionSeq(ANN, 'one-of-her-sessions')).toBe(7);
    expect(again.hasEventId(ANN, 'order-4711-of-hers')).toBe(true);
    expect([...again.sessions()].map(({ userId }) => userId)).toEqual([ANN]);
    await again.close();
  });

  test('has nothing of somebody who was erased, nor has an older copy of it, and others lose nothing', async () => {
    const folder = temporaryFolder();
    const store = await openEncrypted(folder);
    await fill(store);
    const copy = temporaryFolder();
    await store.copyTo(copy + '/copy');
    await store.erase([ANN]);
    expect(store.user(ANN)).toBeUndefined();
    expect([...store.users()].map(({ userId }) => userId)).toEqual([GUEST]);
    expect([...store.sessions()].map(({ userId }) => userId)).toEqual([GUEST]);
    expect([...store.eventIds(), ...store.setAside()]).toEqual([]);
    const [record] = store.journal.from(0);
    expect(decodeRecord(record.bytes).map((entry) => entry.entry)).toEqual([
      'erased',
      undefined,
      'rev',
      'erased',
    ]);
    // Somebody of the same name who comes after them is somebody else.
    await store.commit({ users: [{ userId: ANN, bytes: Buffer.from('anew') }] });
    await store.close();
    cpSync(`${folder}/keys`, `${copy}/copy/keys`, { recursive: true });
    const restored = await openEncrypted(`${copy}/copy`);
    expect(restored.user(ANN)).toBeUndefined();
    expect(restored.sessionSeq(ANN, 'one-of-her-sessions')).toBeUndefined();
    expect(Buffer.from(restored.user(GUEST) ?? []).toString()).toBe('state of session-of-a-guest');
    await restored.close();
  });

  test('is not opened without its keys', async () => {
    const folder = temporaryFolder();
    await (await openEncrypted(folder)).close();
    await expect(openLmdbStore({ folder })).rejects.toThrow('AFTERCLICK_MASTER_KEY_FILE');
  });

  test('acknowledges nothing while the keys of its users are not in their place, and goes on when they are back', async () => {
    const folder = temporaryFolder();
    const keys = join(folder, 'keys');
    const store = await openEncrypted(folder);
    onTestFinished(() => store.close());
    await fill(store);
    renameSync(keys, `${keys}.away`);
    const atMs = 1_700_000_000_000;
    let rev = 5;
    const commit = () =>
      store.commit({ journal: { count: 1, bytes: store.record([{ entry: 'rev', rev: ++rev }], atMs) } });
    await expect.poll(() => commit().then(() => 'acknowledged', String)).toContain('.keys was moved');
    renameSync(`${keys}.away`, keys);
    await expect.poll(() => commit().then(() => 'acknowledged', String)).toBe('acknowledged');
  });

  test('is refused without the keys of its users, again and again, and none are made in their place', async () => {
    const folder = temporaryFolder();
    const store = await openEncrypted(folder);
    await fill(store);
    await store.close();
    const [file] = readdirSync(join(folder, 'keys'));
    const keys = join(folder, 'keys', file);
    renameSync(keys, `${keys}.away`);
    for (let start = 0; start < 2; start++)
      await expect(openEncrypted(folder)).rejects.toThrow(`keys of its users are not there (${keys})`);
    renameSync(`${keys}.away`, keys);
    const again = await openEncrypted(folder);
    expect(again.user(ANN)).toBeDefined();
    await again.close();
  });

  test('takes a store over that was not encrypted, and goes on where that was cut short', async () => {
    const [plainFolder, folder] = [temporaryFolder(), temporaryFolder()];
    const plain = await openLmdbStore({ folder });
    await fill(plain);
    await plain.commit({ journal: { count: 1, bytes: encodeRecord([{ entry: 'rev', rev: 9 }]) } });
    const before = said(plain);
    await plain.close();
    const store = await openEncrypted(folder);
    expect(said(store)).toEqual(before);
    await store.close();
    cpSync(folder, plainFolder, { recursive: true });
    const again = await openEncrypted(plainFolder);
    expect(said(again)).toEqual(before);
    await again.close();
  });
});
