import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../metrics/process/log.js';
import { readManifest } from '../../model/bundle/bundle.js';
import { bundleFingerprint } from '../../model/bundle/model-tag.js';
import type { Models } from './models.js';

/** Pause between two looks. A folder is read when two looks found it the same, for then nobody is writing to it. */
const LOOK_EVERY_MS = 1_000;

/**
 * Watches a bundle's folder and asks for a swap when another bundle has been written to it. It looks at
 * the folder again and again, for the file system's notices do not come through network and container mounts. A bundle that
 * was refused is asked for again only after the folder has changed.
 */
export class BundleWatch {
  readonly #folder: string;
  readonly #models: Models;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  /** What the folder looked like at the last look, and when it was read last. */
  #lastLook = '';
  #lastRead = '';
  #isLooking = false;

  constructor(folder: string, models: Models, log: Log) {
    this.#folder = folder;
    this.#models = models;
    this.#log = log;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const now = await appearance(this.#folder);
      const isAtRest = now === this.#lastLook && now !== this.#lastRead;
      this.#lastLook = now;
      if (isAtRest && (await this.#read())) this.#lastRead = now;
    } catch (error) {
      this.#log.error(
        { err: error, folder: this.#folder },
        'the folder of the bundle could not be looked at',
      );
    } finally {
      this.#isLooking = false;
    }
  }

  /** Reads the bundle and asks for a swap to it. True when there is nothing more to do until the folder changes. */
  async #read(): Promise<boolean> {
    const manifest = await readManifest(this.#folder).catch((error: unknown) => error as Error);
    if (manifest instanceof Error) {
      this.#log.warn({ err: manifest }, 'the folder of the bundle holds none that can be read');
      return true;
    }
    const fingerprint = bundleFingerprint(manifest);
    if (fingerprint === this.#models.seen) return true;
    const outcome = await this.#models.swap({ bundle: this.#folder, force: false });
    if (!('code' in outcome)) {
      if (outcome.outcome === 'unchanged') await this.#models.noteSeen(fingerprint);
      return true;
    }
    if (outcome.code === 'swap_in_progress' || outcome.code === 'disk_full') return false;
    // A bundle that is not whole may still be being copied here. Then the folder changes again, and it is read again.
    if (!outcome.code.startsWith('bundle_') || outcome.code === 'bundle_worse')
      await this.#models.noteSeen(fingerprint);
    return true;
  }
}

/** Names, sizes and times of the files in a folder; '' when there is none. */
async function appearance(folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    names.sort().map(async (name) => {
      const { size, mtimeMs } = await stat(join(folder, name)).catch(() => ({ size: -1, mtimeMs: -1 }));
      return `${name} ${size} ${mtimeMs}`;
    }),
  );
  return files.join('\n');
}
