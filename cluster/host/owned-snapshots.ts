import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { COUNTER } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { KnownItems } from '../journal/known-items.js';
import type { GroupPlace, PartitionStream } from '../journal/partition-stream.js';
import type { OneByOne } from '../snapshots/one-by-one.js';
import type { PartitionSnapshot } from '../snapshots/snapshot-notice.js';
import { isSnapshotDue, type SnapshotPace } from '../snapshots/snapshot-pace.js';
import type { Snapshots } from '../snapshots/snapshots.js';

/** How the owners in a thread make snapshots. */
export interface SnapshotPlan {
  readonly snapshots: Snapshots;
  readonly pace: SnapshotPace;
  /** How often it is looked whether one is due. */
  readonly lookMs: number;
  /** Of all partitions: a copy is read from the disk and written to it. */
  readonly line: OneByOne;
  /** A folder for copies. */
  readonly scratch: string;
  readonly nowMs: () => number;
  /** Hears why a snapshot was not made. */
  readonly trouble: (partition: number, why: string) => void;
}

/** The partition as its owner has it. */
export interface OwnedStore {
  readonly partition: number;
  readonly epoch: number;
  readonly stream: () => Promise<PartitionStream>;
  /** Journal position after the last entry. */
  readonly end: () => number;
  /** The last commit; undefined where none is known. */
  readonly group: () => GroupPlace | undefined;
  readonly items: KnownItems;
  /** See `ShardStore.copyTo`. */
  readonly copyTo: (folder: string, signal: AbortSignal) => Promise<number>;
  readonly stats: ThreadStats;
}

/** Looks that are left out after a snapshot that was not made. */
const LEFT_OUT = 15;

/** Makes snapshots of a partition while this node owns it. */
export class OwnedSnapshots {
  readonly #plan: SnapshotPlan;
  readonly #store: OwnedStore;
  readonly #timer: NodeJS.Timeout;
  readonly #stopping = new AbortController();
  readonly #sinceMs: number;
  #newest: PartitionSnapshot | undefined;
  #isAsked = false;
  #isBusy = false;
  #leftOut = 0;

  constructor(plan: SnapshotPlan, store: OwnedStore) {
    this.#plan = plan;
    this.#store = store;
    this.#sinceMs = plan.nowMs();
    this.#timer = setInterval(() => void this.look(), plan.lookMs);
  }

  /** None is begun any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#stopping.abort(new Error('the partition is this node’s no more'));
  }

  /** Makes one when it is due. Does not reject. */
  async look(): Promise<void> {
    if (this.#isBusy || --this.#leftOut > 0) return;
    this.#isBusy = true;
    try {
      if (await this.#isDue()) await this.#plan.line.run(() => this.#make());
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#failed(error as Error);
    } finally {
      this.#isBusy = false;
    }
  }

  /**
   * Makes one now, behind those that are being made; of a partition of which nothing was written since the newest, that one. Rejects with
   * why there is none.
   */
  take(): Promise<PartitionSnapshot> {
    return this.#plan.line.run(async () => {
      const newest = await this.#known();
      if (newest !== undefined && this.#store.end() <= newest.end) return newest;
      const made = await this.#make();
      if (made === undefined) throw this.#stopping.signal.reason;
      return made;
    });
  }

  async #known(): Promise<PartitionSnapshot | undefined> {
    if (!this.#isAsked) this.#newest = await this.#plan.snapshots.newest(this.#store.partition);
    this.#isAsked = true;
    return this.#newest;
  }

  async #isDue(): Promise<boolean> {
    const { pace, nowMs } = this.#plan;
    const { stream, end } = this.#store;
    const newest = await this.#known();
    const bounds = await (await stream()).bounds();
    const now = { bounds, end: end(), newest, sinceMs: this.#sinceMs };
    return isSnapshotDue(now, pace, nowMs());
  }

  /** Undefined when it is over. */
  async #make(): Promise<PartitionSnapshot | undefined> {
    const { signal } = this.#stopping;
    if (signal.aborted) return undefined;
    const { snapshots, scratch } = this.#plan;
    const { partition, epoch, copyTo, items, stats } = this.#store;
    const group = this.#store.group();
    const folder = join(scratch, `copy-${partition}-${epoch}`);
    await mkdir(scratch, { recursive: true });
    await rm(folder, { recursive: true, force: true });
    try {
      const end = await copyTo(folder, signal);
      const isIn = group !== undefined && group.position < end;
      const order = { partition, epoch, folder, end, items: items.indexCount };
      this.#newest = await snapshots.make({ ...order, ...(isIn && { from: group.sequence }) });
      stats.count(COUNTER.partitionSnapshots);
      return this.#newest;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  #failed(error: Error): void {
    this.#leftOut = LEFT_OUT;
    // What counts may be another one than this node knows.
    this.#isAsked = false;
    this.#store.stats.count(COUNTER.partitionSnapshotFailures);
    this.#plan.trouble(this.#store.partition, error.message);
  }
}
