import { existsSync, readFileSync } from 'node:fs';
import { copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { bundleFile } from '../../model/bundle/bundle-file.js';
import { readManifest } from '../../model/bundle/bundle.js';
import { systemProblem } from '../../metrics/process/system-problem.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { bundleFingerprint } from '../../model/bundle/model-tag.js';
import {
  makeFolderDurably,
  renameDurably,
  syncFile,
  syncFolder,
  writeFileDurably,
} from '../../metrics/process/durable-files.js';

const RECORD_FILE = 'served.json';
/** Characters of a fingerprint that name a copy's folder. */
const NAME_LENGTH = 16;

const recordSchema = z.object({
  /** Value of the `bundle` option at the last start, resolved. */
  option: z.string(),
  /** Fingerprint of the bundle in that folder that was last taken or refused; null: no bundle. */
  seen: z.string().nullable(),
  /** Fingerprints of the bundle that serves and of the one before; null: neighbours. `previous` is absent before the first swap. */
  serving: z.string().nullable(),
  previous: z.string().nullable().optional(),
});

/** What a data folder remembers of its model. */
export type ServedRecord = z.infer<typeof recordSchema>;

/**
 * The data folder's own copies of the bundle that serves and of the one before, and the record of which is which. They are
 * needed because the folder that a bundle came from may hold another one when it has to be loaded again.
 *
 * Copies and records are made one after the other, in the order asked for: two at once would write one file, and the older
 * record would remove the copy of the newer one. As many wait as are asked for; a swap asks for one of each.
 */
export class BundleShelf {
  readonly #folder: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'models');
  }

  /**
   * Undefined when the data folder has no record yet or a damaged one: the `bundle` option decides then. Throws the error of
   * the system when that keeps this process from it.
   */
  read(): ServedRecord | undefined {
    const path = join(this.#folder, RECORD_FILE);
    if (!existsSync(path)) return undefined;
    try {
      return recordSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
    } catch (error) {
      if (systemProblem(error) !== undefined) throw error;
      return undefined;
    }
  }

  /** Resolves when the record is on the disk; copies that it does not name are removed. */
  write(record: ServedRecord): Promise<void> {
    return this.#inTurn(async () => {
      await makeFolderDurably(this.#folder);
      await writeFileDurably(join(this.#folder, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`);
      await this.keepOnly([record.serving, record.previous ?? null]);
    });
  }

  /** Folder of the copy with this fingerprint, whether it is there or not. */
  folderOf(fingerprint: string): string {
    return join(this.#folder, fingerprint.slice(0, NAME_LENGTH));
  }

  /**
   * Copies a bundle's files here, unless there is a copy already, and resolves with the copy's folder. Only the manifest is
   * checked. Rejects with `StartupError` (`bundle_unreadable`, `bundle_invalid`).
   */
  keep(bundleFolder: string): Promise<string> {
    return this.#inTurn(() => this.#copy(bundleFolder));
  }

  /**
   * As `keep`, of a bundle of this fingerprint that `write` writes to a folder. Nothing is checked: whoever loads it does that.
   * Rejects as `write` does.
   */
  fill(fingerprint: string, write: (folder: string) => Promise<void>): Promise<string> {
    return this.#inTurn(() => this.#make(fingerprint, write));
  }

  /** Removes a copy, if there is one. */
  remove(fingerprint: string): Promise<void> {
    return this.#inTurn(() => rm(this.folderOf(fingerprint), { recursive: true, force: true }));
  }

  async #copy(bundleFolder: string): Promise<string> {
    const manifest = await readManifest(bundleFolder);
    return this.#make(bundleFingerprint(manifest), async (folder) => {
      for (const name of [...Object.keys(manifest.files), 'manifest.json'])
        await copyInto(folder, bundleFolder, name);
    });
  }

  async #make(fingerprint: string, write: (folder: string) => Promise<void>): Promise<string> {
    const target = this.folderOf(fingerprint);
    if (existsSync(target)) return target;
    const partial = `${target}.partial`;
    await rm(partial, { recursive: true, force: true });
    try {
      await makeFolderDurably(partial);
      await write(partial);
      await syncFolder(partial);
      await renameDurably(partial, target);
    } catch (error) {
      await rm(partial, { recursive: true, force: true }); // a full disk gets its room back
      throw error;
    }
    return target;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Removes all copies except those of these fingerprints. */
  async keepOnly(fingerprints: readonly (string | null)[]): Promise<void> {
    const kept = new Set(fingerprints.map((fingerprint) => fingerprint?.slice(0, NAME_LENGTH)));
    for (const entry of await readdir(this.#folder, { withFileTypes: true }))
      if (entry.isDirectory() && !kept.has(entry.name))
        await rm(join(this.#folder, entry.name), { recursive: true, force: true });
  }
}

async function copyInto(folder: string, from: string, name: string): Promise<void> {
  const path = join(from, name);
  if (!/^[\w-][\w.-]*$/.test(name))
    throw new StartupError(
      'bundle_invalid',
      `${from}: the manifest names "${name}", which is no file of a bundle`,
    );
  try {
    await copyFile(await bundleFile(from, name), join(folder, name));
    await syncFile(join(folder, name));
  } catch (cause) {
    throw new StartupError('bundle_unreadable', `${path} cannot be copied: ${(cause as Error).message}`, {
      cause,
    });
  }
}
