import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { nameKey } from '../../../shards/store/keys.js';
import { isEvent, type JournalEvent } from '../../../shards/store/journal-entry.js';
import { readLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import { installedRing } from '../../../shards/store/vault/keys/installed-ring.js';
import { unlockForReading } from '../../../shards/store/vault/unlock-folder.js';
import { UserKeys } from '../../../shards/store/vault/keys/user-keys.js';
import { openedBytes } from '../../../shards/store/vault/opened-journal.js';
import { LmdbEnvironment } from '../../../shards/store/lmdb/commits/lmdb-environment.js';
import { LmdbSessions } from '../../../shards/store/lmdb/rows/lmdb-sessions.js';
import { LmdbStates } from '../../../shards/store/lmdb/rows/lmdb-states.js';
import { LmdbJournal } from '../../../shards/store/lmdb/lmdb-journal.js';
import { SplitJournal } from '../../../shards/store/lmdb/split-journal.js';
import { storedSegments } from '../../../shards/store/journal-file/journal-folder.js';
import { SealedTable } from '../../../shards/store/lmdb/rows/sealed-table.js';
import { decodeRecord } from '../../../shards/store/journal-record.js';
import type { SessionRow, UserRow } from '../../../shards/store/shard-states.js';

/** What the store of a shard holds, read while a gateway may have it open. */
export interface StoredShard {
  /** Folder within the data folder. */
  readonly name: string;
  readonly journalStart: number;
  readonly journalEnd: number;
  /** Position behind the last record that holds an event. */
  readonly eventsEnd: number;
  readonly checkpoint: number;
  readonly events: readonly JournalEvent[];
  /** Of each event. */
  readonly positions: readonly number[];
  /** Users who were erased, and where the journal says so for the last time. */
  readonly erased: ReadonlyMap<string, number>;
  /** Users of whom the journal says that they were taken away and not erased: visitors who were forgotten are among them. */
  readonly removed: ReadonlySet<string>;
  readonly sessions: readonly SessionRow[];
  readonly states: readonly UserRow[];
  /** Values whose checksum does not fit. */
  readonly damaged: readonly string[];
}

/** All stores of a data folder, those of removed shards included, of which only the journal counts. */
export async function readShards(dataDir: string): Promise<StoredShard[]> {
  unlockForReading(dataDir, {
    masterKeyFile: process.env['AFTERCLICK_MASTER_KEY_FILE'] ?? '',
    masterKeyCommand: process.env['AFTERCLICK_MASTER_KEY_COMMAND'] ?? '',
  });
  const shards: StoredShard[] = [];
  for (const name of foldersOf(dataDir)) shards.push(await unsealed(dataDir, await readShard(dataDir, name)));
  return shards;
}

/** True when the stored states contain all events. */
export function areStatesWritten(shards: readonly StoredShard[]): boolean {
  return shards.filter(isServing).every(({ eventsEnd, checkpoint }) => checkpoint >= eventsEnd);
}

/** True for the store of a shard that serves. */
export function isServing({ name }: StoredShard): boolean {
  return !name.startsWith('retired');
}

function foldersOf(dataDir: string): string[] {
  const retired = join(dataDir, 'retired');
  const serving = readdirSync(dataDir).filter((name) => /^shard-\d+$/.test(name));
  const all = [
    ...serving,
    ...(existsSync(retired) ? readdirSync(retired).map((name) => `retired/${name}`) : []),
  ];
  return all.filter((name) => existsSync(join(dataDir, name, 'data.mdb'))).sort();
}

async function readShard(dataDir: string, name: string): Promise<StoredShard> {
  const environment = await LmdbEnvironment.open({ folder: join(dataDir, name) });
  const damaged: string[] = [];
  const ring = installedRing();
  const keys = ring && UserKeys.read(ring, name);
  const table = (of: string) =>
    new SealedTable(environment, of, ({ kind, names }) =>
      damaged.push(`${name}: ${kind} ${names.join(' ')}`),
    );
  try {
    const journal = readJournal(join(dataDir, name), new LmdbJournal(table('journal')), damaged, keys);
    return {
      name,
      ...journal,
      checkpoint: checkpointOf(environment),
      sessions: [...new LmdbSessions(table('sessions')).entries()],
      states: [...new LmdbStates(table, table('meta')).entries()].map(({ userId, bytes }) => ({
        userId,
        bytes: new Uint8Array(bytes),
      })),
      damaged,
    };
  } finally {
    await keys?.close();
    await environment.close();
  }
}

/** As the shard's own store says them, of one that is encrypted. */
async function unsealed(dataDir: string, shard: StoredShard): Promise<StoredShard> {
  if (installedRing() === undefined) return shard;
  const store = await readLmdbStore(join(dataDir, shard.name));
  try {
    const states = Array.from(store.users(), ({ userId, bytes }) => ({
      userId,
      bytes: new Uint8Array(bytes),
    }));
    return { ...shard, sessions: [...store.sessions()], states };
  } finally {
    await store.close();
  }
}

type StoredJournal = Pick<
  StoredShard,
  'journalStart' | 'journalEnd' | 'eventsEnd' | 'events' | 'positions' | 'erased' | 'removed'
>;

/** What a gateway drops of it meanwhile makes it begin anew. */
function readJournal(
  folder: string,
  older: LmdbJournal,
  damaged: string[],
  keys: UserKeys | undefined,
): StoredJournal {
  for (;;) {
    const gaps: string[] = [];
    const files = storedSegments(folder, (from, to) => gaps.push(`${folder}: entries from ${from} to ${to}`));
    const journal = new SplitJournal(older, files);
    const found = {
      events: [] as JournalEvent[],
      positions: [] as number[],
      erased: new Map<string, number>(),
      removed: new Set<string>(),
      eventsEnd: 0,
    };
    for (const { position, count, bytes } of journal.from(0)) {
      for (const [i, entry] of decodeRecord(
        keys === undefined ? bytes : openedBytes(bytes, keys),
      ).entries()) {
        if (entry.entry === 'removed')
          if (entry.isErased === true) found.erased.set(entry.user, position + i);
          else found.removed.add(entry.user);
        if (!isEvent(entry)) continue;
        found.eventsEnd = position + count;
        found.events.push(entry);
        found.positions.push(position + i);
      }
    }
    if (storedSegments(folder).start !== files.start) continue;
    damaged.push(...gaps);
    return { ...found, journalStart: journal.start, journalEnd: journal.end };
  }
}

function checkpointOf(environment: LmdbEnvironment): number {
  return new SealedTable(environment, 'meta').get(nameKey('checkpoint'))?.readDoubleLE(0) ?? 0;
}
