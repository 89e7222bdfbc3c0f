import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import type { KeyRing } from '../../../shards/store/vault/keys/key-ring.js';
import { installRing } from '../../../shards/store/vault/keys/installed-ring.js';
import { openMemoryStore } from '../../../shards/store/memory/memory-store.js';
import type { ShardStore } from '../../../shards/store/store.js';

/** Of a file of a journal: small, so that tests of many records have many of them. */
const SEGMENT_BYTES = 4_096;

/** Keys of stores that are encrypted: a folder in each store. */
export function ringOf(folder: string): KeyRing {
  const key = (fill: number) => new Uint8Array(32).fill(fill);
  return { folder: join(folder, 'keys'), id: 'ring', wrapping: key(1), pseudonyms: key(2) };
}

/** A store that is encrypted with `ringOf(folder)`. */
export function openEncrypted(folder: string): Promise<ShardStore> {
  installRing(ringOf(folder));
  try {
    // Which ring it is the store asks at once.
    return openLmdbStore({ folder, segmentBytes: SEGMENT_BYTES });
  } finally {
    installRing(undefined);
  }
}

/** Every implementation of the store, for suites that run on each. */
export const STORE_KINDS: readonly StoreKind[] = [
  { name: 'lmdb', isOnDisk: true, open: (folder) => openLmdbStore({ folder, segmentBytes: SEGMENT_BYTES }) },
  {
    name: 'encrypted',
    isOnDisk: true,
    open: openEncrypted,
    keysOf: (folder) => ringOf(folder).folder,
  },
  { name: 'memory', isOnDisk: false, open: () => Promise.resolve(openMemoryStore()) },
];

export interface StoreKind {
  readonly name: string;
  readonly isOnDisk: boolean;
  open(folder: string): Promise<ShardStore>;
  /** Folder of the keys of the store in `folder`. */
  keysOf?(folder: string): string;
}

/** A new folder that is removed when the running test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'afterclick-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store of the given kind that is closed when the running test ends. */
export async function openForTest(kind: StoreKind, folder = temporaryFolder()): Promise<ShardStore> {
  const store = await kind.open(folder);
  onTestFinished(() => store.close());
  return store;
}

/** Everything a store holds, in a comparable form; `names` are the ids to ask single reads for. */
export function contentOf(store: ShardStore, names: StoreNames) {
  return {
    journalStart: store.journal.start,
    journalEnd: store.journal.end,
    checkpoint: store.checkpoint,
    journal: [...store.journal.from(0)].map(({ position, count, bytes }) => [position, count, hex(bytes)]),
    users: sorted([...store.users()].map(({ userId, bytes }) => [userId, hex(bytes)])),
    generations: [
      store.statesModel,
      store.hasRetired,
      names.users.map((id) => [hex(store.rebuilt(id)), store.isRetired(id)]),
    ],
    blobs: sorted([...store.blobs('')].map(({ key, bytes }) => [key, hex(bytes)])),
    singles: names.users.map((userId) => [userId, hex(store.user(userId)), store.alias(userId)]),
    blobSingles: names.blobs.map((key) => [key, hex(store.blob(key))]),
    allSessions: texts([...store.sessions()].map((row) => [row.userId, row.sessionId, row.seq, row.atMs])),
    allEventIds: texts([...store.eventIds()].map((row) => [row.userId, row.eventId, row.atMs])),
    allAliases: texts([...store.aliases()].map((row) => [row.userId, row.to])),
    sessions: pairs(names.users, names.sessions).map(([user, session]) => store.sessionSeq(user, session)),
    eventIds: pairs(names.users, names.eventIds).map(([user, eventId]) => store.hasEventId(user, eventId)),
  };
}

export interface StoreNames {
  readonly users: readonly string[];
  readonly sessions: readonly string[];
  readonly eventIds: readonly string[];
  readonly blobs: readonly string[];
}

function pairs(first: readonly string[], second: readonly string[]): [string, string][] {
  return first.flatMap((a) => second.map((b): [string, string] => [a, b]));
}

function sorted(rows: (string | undefined)[][]): unknown {
  return rows.sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
}

function texts(rows: readonly unknown[][]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString('hex');
}
