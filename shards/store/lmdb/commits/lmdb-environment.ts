import { open, type Database, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';
import { statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskSpace, isDiskFull } from '../../../../metrics/process/disk-space.js';
import { diskFull, StartupError } from '../../../../metrics/process/startup-error.js';
import { systemProblemIn } from '../../../../metrics/process/system-problem.js';
import {
  makeFolderDurably,
  renameDurably,
  syncFile,
  syncFolder,
} from '../../../../metrics/process/durable-files.js';
import { copyApart } from './copy-apart.js';
import { CommitRefusedError, realCause } from './commit-error.js';
import { CommitChain } from './commit-chain.js';
import { CommitQueue, type CommitQueueContext, type WhenFull } from './commit-queue.js';
import { bytesOfCommit, FileRoom } from './file-room.js';
import { LMDB_FILE, LMDB_LOCK_FILE, checkLmdbFolder } from './lmdb-file.js';
import { LmdbTable, type TableWrite } from './lmdb-table.js';
import { StorePlace } from '../../places/store-place.js';

/**
 * One LMDB environment: a folder with a few named tables, written by one thread.
 *
 * A commit's writes go to a queue that lmdb-js carries out on a thread of libuv's pool, as (part of) one transaction:
 * commits that arrive within a turn of the event loop, or while an earlier transaction is being synced, share the next
 * one. Plain LMDB durability (`overlappingSync: false`): data pages are synced before the root that names them, and the
 * promise settles after both. The overlapping mode of lmdb-js is no faster for commits that are awaited, and reports a
 * failed sync on the console only.
 *
 * One thread opens an environment; when a second one does, commits of the first are refused from then on. With commits
 * on their way a thread ends by itself, by throwing or returning: `Worker.terminate()` within a native call aborts the
 * process.
 */
export class LmdbEnvironment {
  readonly folder: string;
  readonly #root: RootDatabase<Uint8Array, Uint8Array>;
  readonly #space: DiskSpace;
  /** Undefined for reading only. */
  #room: FileRoom | undefined;
  #queue: CommitQueue | undefined;
  /** What the commit being made writes. */
  #writes: TableWrite[] = [];
  /** What other threads read of it: copies, and what is read ahead. */
  readonly #reading = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;
  /** Ends copies that are made apart. */
  readonly #copies = new AbortController();

  private constructor(folder: string, root: RootDatabase<Uint8Array, Uint8Array>, space: DiskSpace) {
    this.folder = folder;
    this.#root = root;
    this.#space = space;
  }

  /**
   * Opens or makes the environment in `folder`.
   * @param listener hears of commits; without one the environment is for reading only
   * @throws StartupError `store_unreadable`, `data_folder_unreadable`, `disk_full`
   */
  static async open(options: EnvironmentOptions, listener?: CommitListener): Promise<LmdbEnvironment> {
    const { folder, space = new DiskSpace(folder) } = options;
    const readOnly = listener === undefined;
    try {
      if (!space.hasRoomFor(0) && !readOnly) throw space.fullError();
      if (!readOnly) await makeFolderDurably(folder);
      checkLmdbFolder(folder, readOnly);
      if (!readOnly) await settleFile(options);
      const root = open<Uint8Array, Uint8Array>(lmdbOptions(options, readOnly));
      const environment = new LmdbEnvironment(folder, root, space);
      try {
        if (listener !== undefined) await environment.#take(listener, options.whenFull ?? 'wait');
        await syncFolder(folder); // the name of a new file: LMDB syncs only what is in it
        return environment;
      } catch (error) {
        const cause = await realCause(error);
        await environment.#room?.close();
        await root.close();
        throw cause;
      }
    } catch (cause) {
      throw unreadable(folder, cause);
    }
  }

  /** Makes the environment this thread's own. A disk that fails is met before LMDB writes: it may end the process over it. */
  async #take(listener: CommitListener, whenFull: WhenFull): Promise<void> {
    const room = (this.#room = await FileRoom.open(this.folder));
    const bytes = bytesOfCommit([]);
    await room.grow(bytes, 0);
    await room.tryWrite(bytes);
    const chain = new CommitChain(this.#database('commits', true));
    const { onDurable, onRefused = ignore, onStall = ignore, onFailure = ignore } = listener;
    const first = await chain.start();
    const space = this.#space;
    const place = new StorePlace(join(this.folder, LMDB_FILE));
    this.#queue = new CommitQueue(
      { chain, space, room, place, whenFull, onDurable, onRefused, onStall, onFailure },
      first,
    );
  }

  /** True while the disk takes no commits. */
  get isStalled(): boolean {
    return this.#queue?.isStalled ?? false;
  }

  /** The table called `name`; made when it is missing, unless the environment is read-only. */
  table(name: string): LmdbTable {
    return new LmdbTable(this.#database(name), (write) => this.#writes.push(write));
  }

  /** Whether there is a table called `name`, in an environment that was opened for reading. */
  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  #database(name: string, useVersions = false): Database<Uint8Array, Uint8Array> {
    const database = this.#find(name, useVersions);
    if (!database) throw unreadable(this.folder, new Error(`table "${name}" is missing`));
    return database;
  }

  /** With a missing name in a read-only environment lmdb-js returns undefined, which its types do not say. */
  #find(name: string, useVersions = false): Database<Uint8Array, Uint8Array> | undefined {
    const options = { name, encoding: 'binary', keyEncoding: 'binary', useVersions } as const;
    return this.#root.openDB<Uint8Array, Uint8Array>(options);
  }

  /** Throws after `close` was called. */
  checkOpen(): void {
    if (this.#closing) throw new Error(`the store in ${this.folder} is closed`);
  }

  /**
   * One commit: what `write` does to the tables of this environment, all of it or nothing. It is called at once and must
   * not throw; it cannot be taken back half way.
   * @param ticket goes up with every call
   * @returns resolves when this and all earlier commits are durable; what happens when the disk does not take it is said in
   *   `commit-queue.ts`
   */
  commit(ticket: number, write: () => void): Promise<void> {
    return this.submit(ticket, this.collect(write));
  }

  /** What `write` does to the tables, to be given to `submit`. It is called at once. */
  collect(write: () => void): TableWrite[] {
    this.checkOpen();
    this.#writes = [];
    write();
    return this.#writes;
  }

  /** As `commit`, for what was collected. */
  submit(ticket: number, writes: readonly TableWrite[]): Promise<void> {
    if (this.#queue === undefined) throw new Error(`the store in ${this.folder} was opened for reading`);
    return this.#queue.add(ticket, writes);
  }

  /**
   * A compacted, consistent copy in `folder`, made while writes go on: on another thread, or of a large file in another process, so
   * that `close` can end it. Resolves when it is synced; rejects when it was ended.
   */
  copyTo(folder: string): Promise<void> {
    this.checkOpen();
    return this.reading(this.#copy(folder));
  }

  /** The environment is not closed before `read`, in which another thread reads of it, has ended. Resolves as that. */
  reading(read: Promise<void>): Promise<void> {
    const tracked = read.finally(() => this.#reading.delete(tracked));
    this.#reading.add(tracked);
    return tracked;
  }

  async #copy(folder: string): Promise<void> {
    const neededBytes = this.#usedBytes();
    if (!this.#space.hasRoomFor(neededBytes)) throw this.#space.fullError({ neededBytes });
    await makeFolderDurably(folder);
    if (this.#queue === undefined || neededBytes <= COPIED_HERE_BYTES) await this.#root.backup(folder, true);
    else if (!(await copyApart(this.folder, folder, this.#copies.signal)))
      throw this.#space.fullError({ neededBytes });
    await syncFile(join(folder, LMDB_FILE));
    await syncFolder(folder);
  }

  /** Bytes of the file, of which a copy leaves out the free pages. */
  #usedBytes(): number {
    return statSync(join(this.folder, LMDB_FILE)).size;
  }

  /** Ends copies of large files, waits for writes and reads on their way, then closes the files. Commits that a full disk does not take now are dropped. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#copies.abort(new Error(`the store in ${this.folder} was closed`));
    await Promise.allSettled(this.#reading);
    // After a failed write lmdb-js may never settle what was queued behind it; the files are released with the thread.
    const isDrained = (await this.#queue?.drain()) ?? true;
    await this.#room?.close();
    if (isDrained) await this.#root.close();
  }
}

/** Files up to this are copied by this process, bytes: that takes a second or two, and a stop waits for it. */
const COPIED_HERE_BYTES = 64 * 2 ** 20;

/** Where a new file is made, in the folder of the environment. */
const NEW_FOLDER = 'new';

/**
 * Makes the file of a new environment under another name, and gives it its own when it is on the disk. LMDB writes the first pages of a
 * file without a sync: after a power cut the file could be there without them, and nothing would open it any more.
 */
async function settleFile(options: EnvironmentOptions): Promise<void> {
  const path = join(options.folder, LMDB_FILE);
  const folder = join(options.folder, NEW_FOLDER);
  await rm(folder, { recursive: true, force: true });
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0) return;
  await mkdir(folder);
  await open(lmdbOptions({ ...options, folder }, false)).close();
  await syncFile(join(folder, LMDB_FILE));
  await renameDurably(join(folder, LMDB_FILE), path);
  await rm(folder, { recursive: true });
}

/** Removes the lock file that opening a copy left; nothing may have it open. */
export function removeLockFile(folder: string): Promise<void> {
  return rm(join(folder, LMDB_LOCK_FILE), { force: true });
}

/** Who hears of the commits of an environment; see `CommitQueueContext`. */
export type CommitListener = Pick<CommitQueueContext, 'onDurable'> &
  Partial<Pick<CommitQueueContext, 'onRefused' | 'onStall' | 'onFailure'>>;

function ignore(): void {}

export interface EnvironmentOptions {
  readonly folder: string;
  /** What becomes of commits that a full disk does not take; default `wait`. */
  readonly whenFull?: WhenFull;
  /** Of the disk of `folder`; default its own. */
  readonly space?: DiskSpace;
  /**
   * Address space reserved for the file, bytes; nothing is allocated. Beyond it LMDB maps the file anew and keeps the
   * old maps, so their pages count twice in resident memory.
   */
  readonly mapBytes?: number;
}

const MAP_BYTES = 64 * 2 ** 30;
const TABLE_COUNT_MAX = 16;

/** Of the options, the one that lmdb-js describes in its README and leaves out of its types. */
type LmdbOptions = RootDatabaseOptionsWithPath & { readonly txnStartThreshold: number };

function lmdbOptions({ folder, mapBytes = MAP_BYTES }: EnvironmentOptions, readOnly: boolean): LmdbOptions {
  return {
    path: folder,
    noSubdir: false, // else a folder with a dot in its name would be taken for a file
    encoding: 'binary',
    keyEncoding: 'binary',
    maxDbs: TABLE_COUNT_MAX,
    mapSize: mapBytes,
    overlappingSync: false,
    // Commits are explicit batches; with this on, lmdb-js makes one more for each turn, whose rejection nobody can catch.
    eventTurnBatching: false,
    txnStartThreshold: Number.MAX_SAFE_INTEGER, // else a transaction starts after 5 writes, in the middle of a turn
    readOnly,
  };
}

/** What to say of a store that could not be opened. A `StartupError` says it already. */
export function unreadable(folder: string, cause: unknown): StartupError {
  if (cause instanceof StartupError) return cause;
  if (isDiskFull(cause)) return diskFull(folder, cause);
  const refusal = systemProblemIn(folder, cause);
  if (refusal !== undefined) {
    const text = `The store in ${folder} cannot be opened: ${refusal}. Nothing says that it is damaged.`;
    return new StartupError('data_folder_unreadable', text, { cause });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof CommitRefusedError || (cause instanceof Error && 'commitError' in cause)) {
    const text =
      `The store in ${folder} cannot be opened: the disk does not take what is to be written (${why}). ` +
      'Look at dmesg and SMART. Nothing says that the store is damaged: mend the disk and start again, or copy the data folder to another one.';
    return new StartupError('data_folder_unreadable', text, { cause });
  }
  return new StartupError(
    'store_unreadable',
    `The store in ${folder} cannot be opened: ${why}. It is damaged: restore that folder from a snapshot.`,
    { cause },
  );
}
