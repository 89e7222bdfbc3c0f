import { type FileHandle, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { type BigIntStats, stat as lookElsewhere, statSync as lookHere } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { makeFolderDurably } from '../../../metrics/process/durable-files.js';
import { StoreMovedError } from '../places/store-moved-error.js';

/** File of a journal's folder that whoever opens the journal puts in the place of the last one. */
export const OWNER_NAME = 'owner';
const EXACT = { bigint: true } as const;
/**
 * `f_type` of file systems that look a path up in memory while the file is open, whatever the disk does: ext4, XFS, Btrfs, tmpfs (Linux,
 * statfs(2)). Others may ask a server.
 */
const LOCAL_TYPES: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994]);

/** Somebody else opened the journal, and owns it from then on. */
export class OwnerLostError extends Error {
  constructor(folder: string) {
    super(`another thread or process has opened the journal in ${folder} since and owns it now`);
    this.name = 'OwnerLostError';
  }
}

/**
 * Who owns a journal: the one whose file has the name `OWNER_NAME` in its folder. A new owner claims the journal first and reads it then;
 * the old one writes first, looks then whether it is still the owner, and acknowledges after that. So what the old one acknowledged
 * was there when the new one read, and nothing that it writes later is acknowledged.
 *
 * The same look finds a folder that was deleted, moved or replaced under whoever has it open, where every write goes well.
 * Limits: both have to see the same folder (one machine, or a file system that shows a new name at once).
 *
 * Where a path is looked up in memory the thread looks itself, in 4 microseconds; another thread would cost 20 of both, for every group
 * of records. Elsewhere a look may wait for a server, and another thread waits.
 */
export class JournalOwner {
  readonly folder: string;
  readonly #path: string;
  /** Open, so that no other file gets its number. */
  readonly #files: readonly FileHandle[];
  readonly #own: BigIntStats;
  readonly #place: BigIntStats;
  readonly #isLocal: boolean;

  private constructor(path: string, files: readonly FileHandle[], found: Found) {
    this.folder = dirname(path);
    this.#path = path;
    this.#files = files;
    [this.#own, this.#place] = found.stats;
    this.#isLocal = found.isLocal;
  }

  /**
   * Takes the journal in `folder` over from whoever has it; makes the folder when it is missing. Rejects with the error of the file
   * system. `isLocal` says whether the folder's paths are looked up in memory.
   */
  static async claim(folder: string, isLocal = isLocalFolder): Promise<JournalOwner> {
    await makeFolderDurably(folder);
    const path = join(folder, OWNER_NAME);
    const own = `${path}-${randomBytes(8).toString('hex')}`;
    const files: FileHandle[] = [];
    try {
      files.push(await open(own, 'wx'), await open(folder, 'r'));
      const stats = await Promise.all(files.map((file) => file.stat(EXACT)));
      const found = { stats, isLocal: await isLocal(folder) };
      await rename(own, path);
      return new JournalOwner(path, files, found);
    } catch (error) {
      await Promise.all(files.map((file) => file.close()));
      await rm(own, { force: true });
      throw error;
    }
  }

  /** Looks: `done` hears nothing from the owner of a journal that is in its place. It may be called before this returns. */
  check(done: (problem?: Error) => void): void {
    if (!this.#isLocal) {
      lookElsewhere(this.#path, EXACT, (error, found) => this.#judge(error, found, done));
      return;
    }
    let found: BigIntStats | undefined;
    let problem: NodeJS.ErrnoException | null = null;
    try {
      found = lookHere(this.#path, EXACT);
    } catch (error) {
      problem = error as NodeJS.ErrnoException;
    }
    this.#judge(problem, found, done);
  }

  #judge(
    error: NodeJS.ErrnoException | null,
    found: BigIntStats | undefined,
    done: (problem?: Error) => void,
  ): void {
    if (error === null && found !== undefined && isSame(found, this.#own)) done();
    else void this.#problem(error).then(done);
  }

  /** Why the file is not there. */
  async #problem(error: NodeJS.ErrnoException | null): Promise<Error> {
    if (error !== null && error.code !== 'ENOENT' && error.code !== 'ENOTDIR')
      return new StoreMovedError(this.folder, `cannot be looked at any more (${error.message})`);
    const place = await stat(this.folder, EXACT).catch(() => undefined);
    if (place === undefined) return new StoreMovedError(this.folder, 'was moved or deleted');
    if (!isSame(place, this.#place))
      return new StoreMovedError(this.folder, 'was replaced by another folder');
    return error === null
      ? new OwnerLostError(this.folder)
      : new StoreMovedError(this.#path, 'was moved or deleted');
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.map((file) => file.close()));
  }
}

interface Found {
  /** Of the owner's file and of the folder. */
  readonly stats: readonly BigIntStats[];
  readonly isLocal: boolean;
}

async function isLocalFolder(folder: string): Promise<boolean> {
  return process.platform === 'linux' && LOCAL_TYPES.has((await statfs(folder)).type);
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}
