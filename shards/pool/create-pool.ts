import { InteractionGraph } from '../graph/interactions/interaction-graph.js';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { OptionValues } from '../../metrics/process/options.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import type { SharedCatalogue } from '../../model/catalogue/shared-catalogue.js';
import type { ShardPool } from './shard-pool.js';
import { interactionTimes } from '../shard/build-shard.js';
import {
  createSharedInteractions,
  INTERACTION_DEFAULTS,
  type SharedInteractions,
} from '../graph/interactions/interaction-buffers.js';
import { warmInteractions } from '../graph/interactions/warm-interactions.js';
import type { shardOptions } from './shard-options.js';
import { createSharedMarket, type SharedMarket } from '../market/shared-market.js';
import { placeUsers } from '../reshard/reshard.js';
import { shardFoldersOf } from '../reshard/shard-folders.js';
import { upgradeFolder } from '../reshard/upgrade-folder.js';
import type { PostedModel } from '../wire/posted-model.js';
import { writeFileDurably } from '../../metrics/process/durable-files.js';
import {
  checkDataFolder,
  createDataFolder,
  shardFolder,
  snapshotsFolder,
  WARM_MARKER,
} from '../store/data-folder.js';
import { installedRing } from '../store/vault/keys/installed-ring.js';
import { OpenGate } from '../wire/open-gate.js';
import { WorkerPool, type PoolPlan } from './worker-pool.js';

export type ShardConfig = OptionValues<typeof shardOptions>;

/** Rows of one commit while users move, or get their names of the present format; a state has about 3 kB. */
const MOVED_ROWS_MAX = 500;

/** What the pool is started with. Shared buffers stay the caller's; shards only read catalogue and vectors. */
export interface PoolStart {
  readonly config: ShardConfig;
  readonly dataDir: string;
  /** Id of the data folder; its stores take it on. */
  readonly folderId: string;
  readonly catalogue: SharedCatalogue;
  readonly model: PostedModel;
  /** What the interaction graph of a new data folder is warmed with: `history.u32` of a bundle, and the item of each row. */
  readonly history?: { readonly sessions: Uint32Array; readonly indexOfRow: Int32Array };
  readonly stats: ThreadStats;
  readonly clock: Clock;
  readonly log: Log;
  /** What the calling thread does while those of the shards start. Does not reject. */
  readonly beside?: () => Promise<void>;
  /** Aborted when the start is to be given up. */
  readonly signal?: AbortSignal;
}

/** A running pool, and the stats of its threads for the registry. */
export interface StartedPool extends ShardPool {
  stats(): readonly { readonly thread: string; readonly stats: ThreadStats }[];
  /** What is clicked with what, which the shards write. */
  readonly interactions: SharedInteractions;
  /** What they count of the market. */
  readonly market: SharedMarket;
}

/**
 * Makes `dataDir` a data folder for so many shards, or checks that it is one; `createShardPool` moves its users when it
 * was made for another number. To be called before anything else opens it. Rejects with `StartupError`.
 */
export async function openDataFolder(dataDir: string, shards: number, clock: Clock): Promise<void> {
  if (checkDataFolder(dataDir) !== undefined) return;
  await createDataFolder(dataDir, shards, new Date(clock.nowMs()).toISOString());
}

/**
 * Brings the data folder to the present format, moves the users when the number of shards has changed, warms the interaction graph of a new data folder with the
 * bundle's history, and starts the shards. Rejects with `StartupError`.
 */
export async function createShardPool(start: PoolStart): Promise<StartedPool> {
  const { config, dataDir, clock, log } = start;
  const folders = shardFoldersOf(dataDir, () => new Date(clock.nowMs()));
  await upgradeFolder(folders, MOVED_ROWS_MAX, log, start.signal);
  await placeUsers({
    folders,
    shards: config.shards,
    rowsMax: MOVED_ROWS_MAX,
    sessions: INTERACTION_DEFAULTS.sessions,
    recover: (shards) => recoverShards(start, shards),
    clock,
    log,
    signal: start.signal,
  });
  start.signal?.throwIfAborted();
  return startShards(start, config.shards, start.beside);
}

/** Runs so many shards until they have recovered, and stops them; at once when the start is given up. */
async function recoverShards(start: PoolStart, shards: number): Promise<void> {
  const { signal } = start;
  signal?.throwIfAborted();
  const pool = await startShards(start, shards);
  const halt = () => pool.halt();
  signal?.addEventListener('abort', halt);
  if (signal?.aborted === true) halt();
  await pool.stop();
  signal?.removeEventListener('abort', halt);
}

async function startShards(start: PoolStart, shards: number, beside = noWork): Promise<WorkerPool> {
  const { config, dataDir } = start;
  const interactions = interactionsFor(start);
  const marker = join(dataDir, WARM_MARKER);
  const warmed = existsSync(marker) ? undefined : new OpenGate();
  const starting = WorkerPool.start({
    shards,
    bounds: config,
    worker: {
      ...sharedWorkerData(start, interactions),
      ...(warmed !== undefined && { warmed: warmed.buffer }),
    },
    folderOf: (shard) => shardFolder(dataDir, shard),
    stats: start.stats,
    log: start.log,
    ...(start.signal !== undefined && { signal: start.signal }),
  });
  // Beside the threads, which load their code and their model meanwhile.
  if (warmed !== undefined) await openOnce(warmed, starting, () => warmWithHistory(start, interactions));
  const [pool] = await Promise.all([starting, beside()]);
  if (warmed !== undefined) await writeFileDurably(marker, '');
  return pool;
}

function noWork(): Promise<void> {
  return Promise.resolve();
}

/** Opens the gate that a pool waits for when `work` is done. What it throws ends the pool first. */
async function openOnce(gate: OpenGate, starting: Promise<WorkerPool>, work: () => void): Promise<void> {
  try {
    work();
  } catch (error) {
    gate.open();
    await starting.then((pool) => pool.stop());
    throw error;
  }
  gate.open();
}

/** An empty interaction graph for all items that there may be. */
export function interactionsFor({ catalogue }: Pick<PoolStart, 'catalogue'>): SharedInteractions {
  return createSharedInteractions({ ...INTERACTION_DEFAULTS, items: catalogue.itemMax }, catalogue.records);
}

/** What every shard is started with, whatever runs it. */
export function sharedWorkerData(start: PoolStart, interactions: SharedInteractions): PoolPlan['worker'] {
  const { config, dataDir, catalogue, model, folderId } = start;
  const ring = installedRing();
  return {
    tuning: config,
    model,
    catalogue,
    interactions,
    market: createSharedMarket(catalogue.itemMax, config.marketPeriodMs, config.shards),
    folderId,
    ...(ring !== undefined && { ring }),
    journalSegmentBytes: segmentBytesOf(config),
    checkpointMs: config.checkpointMs,
    interactionCheckpointMs: config.interactionCheckpointMs,
    retention: {
      journalKeptMs: config.journalKeptMs,
      journalKeptBytes: config.journalKeptBytes,
      visitorsKeptMs: config.visitorsKeptMs,
      usersKeptMs: config.usersKeptMs,
      snapshots: snapshotsFolder(dataDir),
    },
  };
}

/** Teaches an interaction graph the history of the bundle, where there is one. */
export function warmWithHistory(
  { history, config, clock }: PoolStart,
  interactions: SharedInteractions,
): void {
  if (history === undefined) return;
  const { sessions, indexOfRow } = history;
  warmInteractions(
    new InteractionGraph(interactions, interactionTimes(config), 0, 1),
    sessions,
    indexOfRow,
    clock.nowMs(),
  );
}

/** What of a journal is dropped at a time is a small part of what is kept. */
const KEPT_PARTS = 8;
const SEGMENT_BYTES_MIN = 4_096;

function segmentBytesOf({
  journalSegmentBytes,
  journalKeptBytes,
}: Record<'journalSegmentBytes' | 'journalKeptBytes', number>): number {
  if (journalKeptBytes === 0) return journalSegmentBytes;
  return Math.min(
    journalSegmentBytes,
    Math.max(SEGMENT_BYTES_MIN, Math.floor(journalKeptBytes / KEPT_PARTS)),
  );
}
