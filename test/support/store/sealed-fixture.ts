import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JournalEntry } from '../../../shards/store/journal-entry.js';
import { openLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import type { ShardStore } from '../../../shards/store/store.js';
import { named, visitor } from '../../../shards/store/user-key.js';
import { installRing } from '../../../shards/store/vault/keys/installed-ring.js';
import { type KeyRing, readRing } from '../../../shards/store/vault/keys/key-ring.js';
import { intentWrite } from '../../../shards/store/entries/intent-rows.js';
import { temporaryFolder } from './store-kinds.js';

/**
 * Golden bytes of what is encrypted: `keys/` with the ring and the keys of `shard-0`, a journal record, a state, a snapshot. A version to
 * come gets files of its own beside these: `openRing` with the master key, `fillSealed`, `writeSnapshot`, then `erase` of `SEALED.gone`.
 */
export const SEALED_FIXTURES = fileURLToPath(new URL('../../fixtures/sealed/', import.meta.url));

/** The master key of the golden bytes, and of nothing else. */
export const FIXTURE_MASTER_KEY = Buffer.from('a golden master key: 32 letters.', 'latin1');

const AT_MS = 20_000 * 86_400_000;

/** Who is in the golden bytes; `gone` was erased after the snapshot, the record and the state were written. */
export const SEALED = {
  kept: named('käthe'),
  guest: visitor('q1w2e3r4t5y6u7i8o9p0aa'),
  gone: named('somebody-who-is-gone'),
  atMs: AT_MS,
  state: Buffer.from('the state of käthe', 'utf8'),
} as const;

function clickOf(user: string, seq: number): JournalEntry {
  return {
    user,
    session: 'a-session-of-hers',
    seq,
    kind: 1,
    tsMs: AT_MS,
    items: [seq],
    value: 0,
    quantity: 1,
    query: 'rote Lampe',
    hits: [1],
    eventId: 'order-1',
  };
}

/** Entries of those who are kept, of a shard, and of one who is gone. */
export const SEALED_ENTRIES: readonly JournalEntry[] = [
  clickOf(SEALED.kept, 1),
  clickOf(SEALED.gone, 1),
  { entry: 'rev', rev: 5 },
  { entry: 'session', user: SEALED.guest, session: 'q1w2e3r4t5y6u7i8o9p0aa', seq: 2 },
  { entry: 'consent', user: SEALED.kept, withheld: 2, atMs: AT_MS },
];

/** A row of every kind, of each of them. */
export async function fillSealed(store: ShardStore): Promise<void> {
  const users = [SEALED.kept, SEALED.gone, SEALED.guest];
  await store.commit({
    journal: { count: SEALED_ENTRIES.length, bytes: store.record(SEALED_ENTRIES, AT_MS) },
    users: users.map((userId) => ({ userId, bytes: SEALED.state })),
    sessions: users.map((userId, i) => ({ userId, sessionId: 'a-session-of-hers', seq: i + 1, atMs: AT_MS })),
    eventIds: users.map((userId) => ({ userId, eventId: 'order-1', atMs: AT_MS })),
    aliases: [{ userId: SEALED.guest, to: SEALED.kept }],
    blobs: [intentWrite(SEALED.guest, SEALED.kept), { key: 'page/1', bytes: Uint8Array.of(1, 2) }],
    setAside: users.map((userId) => ({
      kind: 'user',
      names: [userId],
      reason: 'why',
      atMs: AT_MS,
      isOwed: false,
      bytes: Buffer.from('not a state'),
    })),
  });
}

/** The golden ring, on a copy of its keys that may be written to. */
export function fixtureRing(): KeyRing {
  const folder = join(temporaryFolder(), 'keys');
  cpSync(join(SEALED_FIXTURES, 'keys'), folder, { recursive: true });
  return readRing(folder, FIXTURE_MASTER_KEY);
}

/** Opens a store that is encrypted with `ring`. */
export function openWithRing(ring: KeyRing, folder: string): Promise<ShardStore> {
  installRing(ring);
  try {
    // Which ring it is the store asks at once.
    return openLmdbStore({ folder, segmentBytes: 4_096 });
  } finally {
    installRing(undefined);
  }
}
