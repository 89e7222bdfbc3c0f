import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { type BigIntStats, stat as look } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { makeFolderDurably } from '../../../metrics/process/durable-files.js';
import { StoreMovedError } from './store-moved-error.js';

/** File of a journal's folder that whoever opens the journal puts in the place of the last one. */
export const OWNER_NAME = 'owner';
const EXACT = { bigint: true } as const;

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
 */
export class JournalOwner {
  readonly folder: string;
  readonly #path: string;
  /** Open, so that no other file gets its number. */
  readonly #files: readonly FileHandle[];
  readonly #own: BigIntStats;
  readonly #place: BigIntStats;

  private constructor(path: string, files: readonly FileHandle[], [own, place]: readonly BigIntStats[]) {
    this.folder = dirname(path);
    this.#path = path;
    this.#files = files;
    this.#own = own;
    this.#place = place;
  }

  /** Takes the journal in `folder` over from whoever has it; makes the folder when it is missing. Rejects with the error of the file system. */
  static async claim(folder: string): Promise<JournalOwner> {
    await makeFolderDurably(folder);
    const path = join(folder, OWNER_NAME);
    const own = `${path}-${randomBytes(8).toString('hex')}`;
    const files: FileHandle[] = [];
    try {
      files.push(await open(own, 'wx'), await open(folder, 'r'));
      const stats = await Promise.all(files.map((file) => file.stat(EXACT)));
      await rename(own, path);
      return new JournalOwner(path, files, stats);
    } catch (error) {
      await Promise.all(files.map((file) => file.close()));
      await rm(own, { force: true });
      throw error;
    }
  }

  /** Looks, on another thread: `done` hears nothing from the owner of a journal that is in its place. */
  check(done: (problem?: Error) => void): void {
    look(this.#path, EXACT, (error, found) => {
      if (error === null && isSame(found, this.#own)) done();
      else void this.#problem(error).then(done);
    });
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

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}
