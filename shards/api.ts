/**
 * What the gateway may import of the shards, and nothing else: the pool with its words, the model that it serves, the stores
 * that the gateway opens itself, and the judge of models. Each name is explained where it is defined.
 */
export { createShardPool, openDataFolder, type StartedPool } from './pool/create-pool.js';
export {
  OverloadedError,
  type EventOutcome,
  type OpenedSession,
  type ShardEvents,
  type ShardPool,
} from './pool/shard-pool.js';
export { shardOptions } from './pool/shard-options.js';
export type { SnapshotEntry } from './wire/calls.js';
export type { ShardEvent } from './wire/shard-event.js';
export { neighboursModel, postedModelOf, type PostedModel } from './wire/posted-model.js';
export {
  PART_KINDS,
  REASON_SOURCES,
  type PartRow,
  type RankAnswer,
  type RankRequest,
  type ReasonRow,
  type ShardList,
  type SlotDefinition,
} from './wire/slot-lists.js';
export { judgeInThread, type Figures, type Judgement } from './learning/judging/judge-thread.js';
export { catalogueFolder, snapshotsFolder } from './store/data-folder.js';
export { openLmdbCatalogueStore } from './store/lmdb/lmdb-catalogue-store.js';
export { readManifest as readSnapshotManifest } from './store/snapshot/snapshot-manifest.js';
export { pruneSnapshots } from './store/snapshot/snapshot.js';
