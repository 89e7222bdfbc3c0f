import type { DiskSpace } from '../../../metrics/process/disk-space.js';
import type { DamageListener } from '../damage.js';
import type { FileJournal, WrittenJournal } from '../journal-file/file-journal.js';
import { type JournalMarks, openJournal } from '../journal-file/open-journal.js';
import type { GapListener } from '../journal-file/segments/segment-scan.js';
import { nameKey } from '../keys.js';
import type { ShardStore } from '../store.js';
import type { StoreIdentity } from '../store-marks.js';
import { installedRing } from '../vault/keys/installed-ring.js';
import { openVault, readVault, refuseWithoutKeys, type Sealing } from '../vault/open-vault.js';
import { LmdbEnvironment, unreadable } from './commits/lmdb-environment.js';
import { Stalls } from './commits/stalls.js';
import { settleIdentity } from './identity-row.js';
import { JournaledRows, type StoreParts } from './journaled-rows.js';
import { LmdbJournal } from './lmdb-journal.js';
import { float64, numberOf } from './rows/meta-numbers.js';
import { SealedTable } from './rows/sealed-table.js';
import { META } from './rows/store-tables.js';
import { settleSchema } from './store-schema.js';

/**
 * Version of the tables inside a shard's store. 2: user states in two generations, of which schema 1 had the first alone.
 * 3: values have checksums, those written before stay as they are; damaged records are kept in a table of their own.
 * 5: records of the journal are in files beside the tables (`journal-file/`); those written before stay in their table.
 * 4: records of the journal have a checksum and entries that are no events, which earlier versions would set aside.
 */
export const STORE_SCHEMA = 5;

export interface LmdbStoreOptions {
  /** Made when it is missing. One thread of one process opens it at a time. */
  readonly folder: string;
  /** Address space reserved for the file, bytes; default 64 GiB, of which nothing is allocated. */
  readonly mapBytes?: number;
  /** Of the disk of `folder`; default its own. */
  readonly space?: DiskSpace;
  /** Which store it is from now on; without one it says what it said. */
  readonly identity?: StoreIdentity;
  /** Called when the disk begins not to take commits, with the reason, and with undefined when it does again. */
  readonly onWait?: (reason: Error | undefined) => void;
  /** Hears of each damaged row that is read, also while the store is being opened. */
  readonly damaged?: DamageListener;
  /** Of a file of the journal: what is dropped at a time. Default 8 MiB. */
  readonly segmentBytes?: number;
  /**
   * Where the journal is kept elsewhere as well: brings the files, which are a copy of its front, up to its end, and gives out what is
   * written in their place. That writes to the files what it has kept, and closes them. Rows wait for the files, acknowledgements for
   * what this says. When it rejects, so does the opening. What the files get by another way than a commit has no rows before `explain`
   * is called, which can be once the store is open. `damaged` hears of what is kept elsewhere and cannot be read.
   */
  readonly replicate?: (
    files: FileJournal,
    explain: () => void,
    damaged: DamageListener,
  ) => Promise<WrittenJournal>;
}

/**
 * A shard's store on disk: one LMDB environment, in which every commit is (part of) one transaction. Commits of one
 * turn of the event loop share a transaction and its sync. The thread never waits for the disk, except in here, at open.
 * What is committed but not yet visible in LMDB is kept in overlays that reads consult first.
 *
 * @throws StartupError `store_unreadable`, `store_schema_newer`, `disk_full`
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<ShardStore> {
  const ring = installedRing();
  if (ring !== undefined)
    return openVault(ring, options, (sealing) => openTables({ ...options, ...sealing }, sealing));
  const store = await openTables(options);
  return refuseWithoutKeys(store, options.folder);
}

async function openTables(options: LmdbStoreOptions, sealing?: Sealing): Promise<JournaledRows> {
  let store: JournaledRows | undefined;
  const stalls = new Stalls(options.onWait);
  const environment = await LmdbEnvironment.open(options, {
    onDurable: (ticket) => store?.settle(ticket),
    onStall: (reason) => stalls.tell('tables', reason),
  });
  try {
    await settleSchema(environment, STORE_SCHEMA);
    if (options.identity) await settleIdentity(environment, options.identity);
    const parts = partsOf(environment, options.damaged);
    const files = await openJournal(options.folder, marksOf(environment, parts), {
      onDurable: (position) => store?.journalDurable(position),
      onStall: (reason) => stalls.tell('journal', reason),
      onFailure: (error) => store?.fail(error),
      onGap: gapListener(options.damaged),
      ...(options.segmentBytes !== undefined && { segmentBytes: options.segmentBytes }),
    });
    const journal = await replicated(files, options, () => store?.takeIn());
    store = new JournaledRows(environment, parts, { writing: { files: journal, stalls }, sealing });
    await store.catchUp().catch(async (error: unknown) => {
      await journal.close();
      throw error;
    });
    return store;
  } catch (error) {
    await environment.close();
    throw unreadable(options.folder, error);
  }
}

async function replicated(
  files: FileJournal,
  { replicate, damaged = () => undefined }: LmdbStoreOptions,
  explain: () => void,
): Promise<WrittenJournal> {
  if (replicate === undefined) return files;
  try {
    return await replicate(files, explain, damaged);
  } catch (error) {
    await files.close();
    throw error;
  }
}

/**
 * Opens a shard's store for reading only: commits are refused, nothing is changed. Rows that its journal explains and its tables do
 * not have yet are read as if they had them. Nothing else may have it open. The caller closes it.
 *
 * @throws StartupError `store_unreadable`, also for a store of an earlier schema, which lacks tables
 */
export async function readLmdbStore(folder: string, damaged?: DamageListener): Promise<ShardStore> {
  const ring = installedRing();
  if (ring !== undefined)
    return readVault(ring, { folder, damaged }, (sealing) => readTables(folder, sealing.damaged, sealing));
  return refuseWithoutKeys(await readTables(folder, damaged), folder);
}

async function readTables(
  folder: string,
  damaged?: DamageListener,
  sealing?: Sealing,
): Promise<JournaledRows> {
  const environment = await LmdbEnvironment.open({ folder });
  try {
    const store = new JournaledRows(environment, partsOf(environment, damaged), {
      sealing,
      onGap: gapListener(damaged),
    });
    store.explain();
    return store;
  } catch (error) {
    await environment.close();
    throw unreadable(folder, error);
  }
}

function partsOf(environment: LmdbEnvironment, damaged: DamageListener | undefined): StoreParts {
  const tables = new Map<string, SealedTable>();
  const table = (name: string) => {
    const known = tables.get(name) ?? new SealedTable(environment, name, damaged);
    tables.set(name, known);
    return known;
  };
  return { table, meta: table('meta'), older: new LmdbJournal(table('journal')) };
}

/** The journal's files begin where the table of earlier versions ends. */
function marksOf(environment: LmdbEnvironment, { meta, older }: StoreParts): JournalMarks {
  return {
    id: meta.get(nameKey(META.journalId)),
    isKnown: meta.has(nameKey(META.journalId)),
    epoch: numberOf(meta, META.journalEpoch) ?? 0,
    first: Math.max(older.end, numberOf(meta, META.rowsTo) ?? 0),
    settle: (id, epoch) =>
      environment.commit(0, () => {
        meta.put(nameKey(META.journalId), Buffer.from(id));
        meta.put(nameKey(META.journalEpoch), float64(epoch));
      }),
  };
}

/** Names entries of the journal that cannot be read as a damaged row is named. */
function gapListener(damaged: DamageListener = () => undefined): GapListener {
  return (from, to) => {
    const reason = `the entries from ${from} to ${to - 1} are damaged`;
    damaged({ kind: 'journal', names: [String(from)], reason, bytes: new Uint8Array(0) });
  };
}
