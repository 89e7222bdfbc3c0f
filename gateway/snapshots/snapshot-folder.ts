import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { faultPoint } from '../../metrics/process/fault-point.js';
import type { Clock } from '../../metrics/process/clock.js';
import { DiskSpace, isDiskFull } from '../../metrics/process/disk-space.js';
import type { Log } from '../../metrics/process/log.js';
import { COUNTER, GAUGE } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { CatalogueStore } from '../../model/catalogue/catalogue-journal.js';
import {
  findSnapshots,
  hiddenSnapshot,
  nextSnapshotNumber,
  pruneSnapshots,
  publishSnapshot,
  removeLeftovers,
  sealSnapshot,
  storedBytes,
  type ShardPool,
  type SnapshotEntry,
} from '../../shards/api.js';
import type { FileReserve } from '../admission/file-reserve.js';

/** Snapshots as the gateway offers them. */
export interface Snapshots {
  /** Resolves with one entry a shard when all of it is there. */
  take(): Promise<readonly object[]>;
  /** The whole ones that are kept, newest first. */
  list(): Promise<readonly object[]>;
}

/** What a snapshot is made of. */
export interface SnapshotSources {
  readonly pool: Pick<ShardPool, 'snapshot'>;
  readonly catalogue: Pick<CatalogueStore, 'copyTo'>;
  /** Folder of the stores. */
  readonly dataDir: string;
}

/** Steps of a snapshot, in order. */
export type SnapshotStep = 'shards' | 'catalogue' | 'sealed' | 'published' | 'pruned';

/** Where snapshots are kept, how many and how long, and who hears of them. */
export interface SnapshotPlan {
  /** Made when the first snapshot is. */
  readonly folder: string;
  readonly kept: number;
  /** Older ones are removed as well, ms; 0: however old they are. */
  readonly keptMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly stats: ThreadStats;
  /** What keeps connections from taking the files that a snapshot needs. */
  readonly files: Pick<FileReserve, 'sparing'>;
  /** Called after each step. */
  readonly reached?: (step: SnapshotStep) => void;
}

/**
 * Snapshots of all shards and the catalogue, each in a folder named after its time (`2026-01-31T12-00-00-000Z`), which it gets
 * when all of it is on the disk and was read back. One is made at a time, and whoever asks meanwhile gets the same one. The oldest
 * are removed when there are more than `kept`, which is told by their numbers, not by a clock, and those that are too old by their
 * own time; after the new one stands, which stays in any case. What a crash left is removed at the start and before
 * the next one.
 */
export class SnapshotFolder implements Snapshots {
  readonly #plan: SnapshotPlan;
  readonly #sources: SnapshotSources;
  #underWay: Promise<readonly SnapshotEntry[]> | undefined;

  private constructor(plan: SnapshotPlan, sources: SnapshotSources) {
    this.#plan = plan;
    this.#sources = sources;
  }

  /** Tidies the folder up, and logs what has the name of a snapshot and is none. */
  static async open(plan: SnapshotPlan, sources: SnapshotSources): Promise<SnapshotFolder> {
    await removeLeftovers(plan.folder);
    const found = findSnapshots(plan.folder);
    const newest = found.whole.at(-1);
    plan.stats.gauge(GAUGE.snapshotTime, newest === undefined ? 0 : Date.parse(newest.createdAt) / 1_000);
    for (const problem of found.broken)
      plan.log.warn(
        { problem },
        'a snapshot is not whole: it is not listed, and not removed; delete it yourself',
      );
    return new SnapshotFolder(plan, sources);
  }

  /** Rejects with `DiskFullError` when there is no room for one. */
  take(): Promise<readonly SnapshotEntry[]> {
    this.#underWay ??= this.#plan.files
      .sparing(() => this.#make())
      .catch((error: unknown) => {
        this.#plan.stats.count(COUNTER.snapshotFailures);
        throw error;
      })
      .finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  async list(): Promise<readonly object[]> {
    return findSnapshots(this.#plan.folder)
      .whole.map(({ name, shards }) => ({ name, shards }))
      .reverse();
  }

  async #make(): Promise<readonly SnapshotEntry[]> {
    const { folder, kept, keptMs, clock, log, stats, reached } = this.#plan;
    await removeLeftovers(folder);
    const space = new DiskSpace(folder);
    const neededBytes = storedBytes(this.#sources.dataDir);
    if (!space.hasRoomFor(neededBytes)) throw space.fullError({ neededBytes });
    const createdAt = new Date(clock.nowMs()).toISOString();
    const number = nextSnapshotNumber(folder);
    const name = unusedName(folder, createdAt.replace(/[:.]/g, '-'));
    const hidden = hiddenSnapshot(folder, name);
    let entries: readonly SnapshotEntry[];
    try {
      entries = await this.#write(hidden, { createdAt, number });
    } catch (error) {
      await rm(hidden, { recursive: true, force: true });
      // Half-way: the others have written as well.
      throw isDiskFull(error) ? space.fullError({ neededBytes, cause: error }) : error;
    }
    faultPoint('snapshot.beforePublish');
    await publishSnapshot(folder, name);
    reached?.('published');
    stats.gauge(GAUGE.snapshotTime, Date.parse(createdAt) / 1_000);
    const sinceMs = keptMs === 0 ? -Infinity : clock.nowMs() - keptMs;
    const removed = await pruneSnapshots(folder, { count: kept, sinceMs }, name);
    reached?.('pruned');
    log.info({ name, removed }, 'snapshot');
    return entries.map((entry) => ({ ...entry, folder: join(folder, name, `shard-${entry.shard}`) }));
  }

  async #write(
    hidden: string,
    facts: { readonly createdAt: string; readonly number: number },
  ): Promise<readonly SnapshotEntry[]> {
    const { catalogue, pool } = this.#sources;
    const { reached } = this.#plan;
    const entries = await pool.snapshot(hidden);
    reached?.('shards');
    faultPoint('snapshot.shards');
    // After the shards, so that every item that their states name is in the copy.
    await catalogue.copyTo(join(hidden, 'catalogue'));
    reached?.('catalogue');
    await sealSnapshot(hidden, facts);
    reached?.('sealed');
    return entries;
  }
}

/** A clock that was put back may give a name twice. */
function unusedName(folder: string, name: string): string {
  let unused = name;
  for (let i = 2; existsSync(join(folder, unused)); i++) unused = `${name}-${i}`;
  return unused;
}
