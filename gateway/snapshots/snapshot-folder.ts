import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../metrics/process/clock.js';
import type { CatalogueStore } from '../../model/catalogue/catalogue-journal.js';
import {
  type ShardPool,
  readSnapshotManifest,
  pruneSnapshots,
  type SnapshotEntry,
} from '../../shards/api.js';

/** Snapshots as the gateway offers them. */
export interface Snapshots {
  take(): Promise<readonly SnapshotEntry[]>;
  /** Those on disk, newest first. */
  list(): Promise<readonly object[]>;
}

/** What a snapshot is made of. */
export interface SnapshotSources {
  readonly pool: ShardPool;
  readonly catalogue: CatalogueStore;
}

/**
 * Snapshots of all shards and the catalogue, each in a folder named after its time (`2026-01-31T12-00-00-000Z`).
 * One is made at a time, and whoever asks meanwhile gets the same one. The oldest are removed when there are more than `kept`.
 */
export class SnapshotFolder implements Snapshots {
  readonly #folder: string;
  readonly #kept: number;
  readonly #sources: SnapshotSources;
  readonly #clock: Clock;
  #underWay: Promise<readonly SnapshotEntry[]> | undefined;

  /** @param folder made when the first snapshot is. */
  constructor(folder: string, kept: number, sources: SnapshotSources, clock: Clock) {
    this.#folder = folder;
    this.#kept = kept;
    this.#sources = sources;
    this.#clock = clock;
  }

  take(): Promise<readonly SnapshotEntry[]> {
    this.#underWay ??= this.#make().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  async list(): Promise<readonly object[]> {
    const snapshots: { name: string; shards: object[] }[] = [];
    for (const name of await foldersIn(this.#folder)) {
      const shards = await this.#manifestsIn(join(this.#folder, name));
      if (shards.length > 0) snapshots.push({ name, shards });
    }
    return snapshots.sort((a, b) => (a.name < b.name ? 1 : -1));
  }

  async #make(): Promise<readonly SnapshotEntry[]> {
    const { catalogue, pool } = this.#sources;
    const name = new Date(this.#clock.nowMs()).toISOString().replace(/[:.]/g, '-');
    const target = join(this.#folder, name);
    const entries = await pool.snapshot(target);
    // After the shards, so that every item that their states name is in the copy.
    await catalogue.copyTo(join(target, 'catalogue'));
    await pruneSnapshots(this.#folder, this.#kept);
    return entries;
  }

  async #manifestsIn(folder: string): Promise<object[]> {
    const manifests = (await foldersIn(folder)).map((name) => readSnapshotManifest(join(folder, name)));
    return manifests.filter((manifest) => typeof manifest !== 'string');
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.endsWith('.partial'))
      .map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
