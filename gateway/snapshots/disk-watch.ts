import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type DiskSpace, isDiskFull } from '../../metrics/process/disk-space.js';
import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';
import { systemProblem } from '../../metrics/process/system-problem.js';
import {
  catalogueFolder,
  FORMAT_FILE,
  LMDB_FILE,
  shardFolder,
  StorePlace,
  userKeyFiles,
} from '../../shards/api.js';

/** Why calls that write are refused for now. */
export interface DiskProblem {
  readonly code: 'disk_full' | 'disk_failing';
  /** Names the disk, and says what to do. */
  readonly detail: string;
}

/** A call that writes was refused, or given up, because the disk takes nothing. It may be made again, with the same ids. */
export class DiskRefusal extends Error {
  readonly problem: DiskProblem;

  constructor(problem: DiskProblem) {
    super(problem.detail);
    this.name = 'DiskRefusal';
    this.problem = problem;
  }
}

/** How the shards are. */
export interface WatchedShards {
  readonly count: number;
  /** True while the disk takes no commits of one of them. */
  readonly wait: () => boolean;
  /** Why, as far as a shard has said. */
  readonly reason: () => string | undefined;
  /** True while one of them does not serve. */
  readonly isDown: () => boolean;
}

/** Pause between two looks at the shards; they say by themselves when their disk takes no commits. */
const LOOK_EVERY_MS = 100;
/** How old a trial of the disk may be. */
const TRY_EVERY_MS = 1_000;

/**
 * Whether the disk takes what the gateway has to write, and keeps it: the catalogue's store tells, the shards and the places of all
 * stores are looked at. While it does not, calls that write are refused, and those under way are given up: what becomes of them is
 * only known when the disk takes it. Both are noticed, logged and ended without anybody's help.
 */
export class DiskWatch implements Service {
  readonly #space: DiskSpace;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  readonly #guarded = new Set<(refusal: DiskRefusal) => void>();
  #shards: WatchedShards | undefined;
  #places: readonly StorePlace[] = [];
  #triedMs = -Infinity;
  #trial: string | undefined;
  /** Why the catalogue's store takes nothing. */
  #catalogue: Error | undefined;
  #problem: DiskProblem | undefined;

  /** @param space of the data folder's disk */
  constructor(space: DiskSpace, log: Log) {
    this.#space = space;
    this.#log = log;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** The reason for refusing; undefined while the disk takes everything. */
  get problem(): DiskProblem | undefined {
    return this.#problem;
  }

  /** Free bytes of the data folder's disk; a quarter of a second old at most. */
  get freeBytes(): number {
    return this.#space.free;
  }

  /** What the catalogue's store says; undefined when its disk takes puts again. */
  readonly catalogueStalled = (reason: Error | undefined): void => {
    this.#catalogue = reason;
    this.#look();
  };

  /** Looks at these from now on, and at the places of all stores and of their users' keys, which are open. */
  watchShards(shards: WatchedShards): void {
    const { folder } = this.#space;
    const folders = Array.from({ length: shards.count }, (_, shard) => shardFolder(folder, shard));
    const tables = [catalogueFolder(folder), ...folders].map((store) => join(store, LMDB_FILE));
    this.#places = [...tables, ...userKeyFiles(folder)].map((path) => new StorePlace(path));
    this.#shards = shards;
  }

  /** Carries `work` out unless the disk takes nothing. Rejects with `DiskRefusal`, also when that happens meanwhile. */
  async guard<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#problem !== undefined) throw new DiskRefusal(this.#problem);
    let giveUp: ((refusal: DiskRefusal) => void) | undefined;
    const refused = new Promise<never>((_, reject) => {
      giveUp = reject;
      this.#guarded.add(reject);
    });
    try {
      return await Promise.race([work(), refused]);
    } finally {
      if (giveUp !== undefined) this.#guarded.delete(giveUp);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const before = this.#problem;
    this.#problem = this.#find();
    if (this.#problem === undefined) {
      if (before !== undefined) this.#log.info('the disk takes what is written again');
      return;
    }
    const problem = this.#problem;
    if (before?.code !== problem.code) this.#log.error({ ...problem }, 'the disk takes nothing');
    for (const giveUp of this.#guarded) giveUp(new DiskRefusal(problem));
    this.#guarded.clear();
  }

  #find(): DiskProblem | undefined {
    for (const place of this.#places) {
      const moved = place.problem();
      if (moved !== undefined) return { code: 'disk_failing', detail: moved.message };
    }
    const reason = this.#catalogue;
    const waits = this.#shards?.wait() === true;
    const trial = waits || this.#shards?.isDown() === true ? this.#try() : undefined;
    if (trial !== undefined)
      return { code: 'disk_failing', detail: `${trial}; the gateway tries again by itself` };
    if (reason !== undefined && !isDiskFull(reason))
      return {
        code: 'disk_failing',
        detail: `${reason.message}; the gateway tries again by itself. Look at the disk of ${this.#space.folder}`,
      };
    if (reason === undefined && !waits && this.#space.hasRoomFor(0)) return undefined;
    // Until a shard has noticed that there is room again, what it waits for is what it was.
    if (waits && this.#problem?.code !== 'disk_full' && !this.#space.isFull)
      return { code: 'disk_failing', detail: this.#refusesWithRoom() };
    return { code: 'disk_full', detail: (reason ?? this.#space.fullError()).message };
  }

  #refusesWithRoom(): string {
    const why =
      this.#shards?.reason() ?? 'a fault, a quota or a limit of file sizes; dmesg and SMART say more';
    return (
      `the disk of ${this.#space.folder} has room and yet does not take what the shards write: ${why}. ` +
      'Nothing acknowledged is lost; the gateway tries again by itself'
    );
  }

  /** Whether the disk takes anything: `format.json`, which nothing reads the times of, gets others. Says what the system says; undefined for "full". */
  #try(): string | undefined {
    const nowMs = performance.now();
    if (nowMs - this.#triedMs < TRY_EVERY_MS) return this.#trial;
    this.#triedMs = nowMs;
    this.#trial = undefined;
    try {
      const now = new Date();
      utimesSync(join(this.#space.folder, FORMAT_FILE), now, now);
    } catch (error) {
      const isOthers = (error as NodeJS.ErrnoException).code === 'EPERM';
      if (!isOthers && !isDiskFull(error)) this.#trial = systemProblem(error);
    }
    return this.#trial;
  }
}
