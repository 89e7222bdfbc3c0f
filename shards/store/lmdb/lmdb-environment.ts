import { open, type Database, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '../../../metrics/process/startup-error.js';
import { makeFolderDurably, syncFile, syncFolder } from '../../../metrics/process/durable-files.js';
import { CommitChain } from './commit-chain.js';
import { CommitOutcomes } from './commit-outcomes.js';
import { LMDB_FILE, LMDB_LOCK_FILE, checkLmdbFolder } from './lmdb-file.js';
import { LmdbTable } from './lmdb-table.js';

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
  readonly #chain: CommitChain;
  readonly #outcomes: CommitOutcomes;
  /** The append of the commit being made, which lmdb-js promises apart. */
  #append: Promise<boolean> | undefined;
  readonly #copies = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  private constructor(
    folder: string,
    root: RootDatabase<Uint8Array, Uint8Array>,
    onDurable: (ticket: number) => void,
  ) {
    this.folder = folder;
    this.#root = root;
    this.#chain = new CommitChain(this.#database('commits', true));
    this.#outcomes = new CommitOutcomes(onDurable);
  }

  /**
   * Opens or makes the environment in `folder`.
   * @param onDurable called with the ticket of a commit when that is durable and visible to reads
   * @throws StartupError `store_unreadable`
   */
  static async open(
    options: EnvironmentOptions,
    onDurable: (ticket: number) => void,
  ): Promise<LmdbEnvironment> {
    const { folder, readOnly = false } = options;
    try {
      if (!readOnly) await makeFolderDurably(folder);
      checkLmdbFolder(folder, readOnly);
      const root = open<Uint8Array, Uint8Array>(lmdbOptions(options));
      try {
        const environment = new LmdbEnvironment(folder, root, onDurable);
        if (!readOnly) await environment.#chain.start();
        await syncFolder(folder); // the name of a new file: LMDB syncs only what is in it
        return environment;
      } catch (error) {
        await root.close();
        throw error;
      }
    } catch (cause) {
      throw unreadable(folder, cause);
    }
  }

  /** The table called `name`; made when it is missing, unless the environment is read-only. */
  table(name: string): LmdbTable {
    return new LmdbTable(this.#database(name), (append) => {
      this.#append = append;
    });
  }

  #database(name: string, useVersions = false): Database<Uint8Array, Uint8Array> {
    const options = { name, encoding: 'binary', keyEncoding: 'binary', useVersions } as const;
    // With a missing name in a read-only environment lmdb-js returns undefined, which its types do not say.
    const database = this.#root.openDB<Uint8Array, Uint8Array>(options) as
      | Database<Uint8Array, Uint8Array>
      | undefined;
    if (!database) throw unreadable(this.folder, new Error(`table "${name}" is missing`));
    return database;
  }

  /** Throws after `close` was called. */
  checkOpen(): void {
    if (this.#closing) throw new Error(`the store in ${this.folder} is closed`);
  }

  /**
   * One commit: what `write` does to the tables of this environment, all of it or nothing. It is called at once and must
   * not throw; it cannot be taken back half way.
   * @param ticket goes up with every call
   * @returns resolves when this and all earlier commits are durable; rejects when the disk refused this or an earlier one
   */
  commit(ticket: number, write: () => void): Promise<void> {
    this.checkOpen();
    this.#append = undefined;
    const written = this.#chain.commit(write);
    return this.#outcomes.add([written, this.#append ?? written], ticket);
  }

  /** A compacted, consistent copy in `folder`, made on another thread while writes go on; resolves when it is synced. */
  copyTo(folder: string): Promise<void> {
    this.checkOpen();
    const copy = this.#copy(folder).finally(() => this.#copies.delete(copy));
    this.#copies.add(copy);
    return copy;
  }

  async #copy(folder: string): Promise<void> {
    await makeFolderDurably(folder);
    await this.#root.backup(folder, true);
    await syncFile(join(folder, LMDB_FILE));
    await syncFolder(folder);
  }

  /** Waits for writes and copies on their way, then closes the files. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#copies);
    // After a failed write lmdb-js may never settle what was queued behind it; the files are released with the thread.
    if (await this.#outcomes.drained()) await this.#root.close();
  }
}

/** Removes the lock file that opening a copy left; nothing may have it open. */
export function removeLockFile(folder: string): Promise<void> {
  return rm(join(folder, LMDB_LOCK_FILE), { force: true });
}

export interface EnvironmentOptions {
  readonly folder: string;
  readonly readOnly?: boolean;
  /**
   * Address space reserved for the file, bytes; nothing is allocated. Beyond it LMDB maps the file anew and keeps the
   * old maps, so their pages count twice in resident memory.
   */
  readonly mapBytes?: number;
}

const MAP_BYTES = 64 * 2 ** 30;
const TABLE_COUNT_MAX = 12;

/** Of the options, the one that lmdb-js describes in its README and leaves out of its types. */
type LmdbOptions = RootDatabaseOptionsWithPath & { readonly txnStartThreshold: number };

function lmdbOptions({ folder, readOnly = false, mapBytes = MAP_BYTES }: EnvironmentOptions): LmdbOptions {
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

function unreadable(folder: string, cause: unknown): StartupError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StartupError(
    'store_unreadable',
    `The store in ${folder} cannot be opened: ${why}. Restore the folder from a snapshot, or correct its owner and permissions.`,
    { cause },
  );
}
