/**
 * What the gateway may import of the shards, and nothing else: the pool with its words, the model that it serves, the stores
 * that the gateway opens itself, and the judge of models. Each name is explained where it is defined.
 */
export { createShardPool, openDataFolder, type PoolStart, type StartedPool } from './pool/create-pool.js';
export {
  NUMBER_FACTS,
  type NumberFact,
  type PostedSegment,
  type PostedSegments,
  type SegmentRule,
} from './graph/segment-rule.js';
export { SEGMENTS_MAX } from './graph/user-facts.js';
export { TUNE } from './graph/interest-rows.js';
export type { SaidConsent } from './graph/user-consent.js';
export { NODE } from './graph/interest/interest-slabs.js';
export {
  isVisitor,
  named,
  nameOf,
  visitor,
  type NamedKey,
  type UserKey,
  type VisitorKey,
} from './store/user-key.js';
export {
  MergedError,
  OverloadedError,
  SwapInProgressError,
  type ClusterModel,
  type ClusterSeat,
  type SharedNote,
  type FetchBundle,
  type ModelTaker,
  type EventRefusal,
  type EventOutcome,
  type MergedVisitor,
  type OpenedSession,
  type LoopTimes,
  type RankOutcome,
  type RankRefusal,
  type ShardEvents,
  type ShardPool,
} from './pool/shard-pool.js';
export type { JournalEvent } from './store/journal-entry.js';
export type { GraphNode, UserGraph, UserInterest } from './graph/user-graph.js';
export { shardOptions } from './pool/shard-options.js';
export type { ReturnRisk, UserAtRisk } from './graph/return-risk.js';
export type { KeptSnapshot, SegmentMove, SnapshotEntry } from './wire/calls.js';
export { cutInThread } from './communities/cut-in-thread.js';
export { RepeatedTask } from './communities/repeated-task.js';
export type { RunningTask } from './communities/task-in-thread.js';
export { findClusters } from './clusters/find-clusters.js';
export { SAMPLE_ITEMS, type LongTermPage } from './clusters/long-term-sample.js';
export { NO_CLUSTERS, type ClusterTask, type FoundClusters } from './clusters/found-clusters.js';
export {
  NO_MEMBERSHIP,
  type Community,
  type CommunityTree,
  type Membership,
} from './communities/community-tree.js';
export { MarketThread } from './market/market-thread.js';
export { MarketFiles } from './market/market-files.js';
export { MarketColumns, PERIODS, type SharedMarket } from './market/shared-market.js';
export { CAMPAIGNS_MAX } from './market/shared-campaigns.js';
export { campaignId } from './graph/campaign-id.js';
export type { CampaignReport } from './market/campaign-report.js';
export type { Lift } from './market/forecast.js';
export type { Counted, FamilyReport, MarketReport } from './market/market-report.js';
export type { Movement } from './market/movements.js';
export { wilson } from './market/significance.js';
export type { ShopGraphs } from './communities/item-links.js';
export type { SetAsideNote, ShardReport } from './wire/shard-report.js';
export type { ShardEvent } from './wire/shard-event.js';
export {
  neighboursModel,
  postedModelOf,
  returnHeadOf,
  type ModelSource,
  type PostedModel,
} from './wire/posted-model.js';
export {
  PART_KINDS,
  REASON_SOURCES,
  type RelationAsked,
  type CommitTimes,
  type PartRow,
  type RankAnswer,
  type RankRequest,
  type ReasonRow,
  type RoundTimes,
  type ShardList,
  type SlotDefinition,
} from './wire/slot-lists.js';
export { listUs } from './live/job-cost.js';
export { judgeInThread, type Figures, type Judgement } from './learning/judging/judge-thread.js';
export {
  catalogueFolder,
  folderRefused,
  FORMAT_FILE,
  SEEDING_MARKER,
  shardFolder,
  snapshotsFolder,
} from './store/data-folder.js';
export { makeMasterKey } from './store/vault/keys/master-key.js';
export { rotateMasterKey, unlockFolder, unlockForReading } from './store/vault/unlock-folder.js';
export { checkStores } from './store/inspection/check-stores.js';
export { mendKeys } from './store/inspection/mend-keys.js';
export { writeMarks, type StoreMarks } from './store/store-marks.js';
export { LMDB_FILE } from './store/lmdb/commits/lmdb-file.js';
export { userKeyFiles } from './store/vault/unlock-folder.js';
export { StorePlace } from './store/places/store-place.js';
export { openLmdbCatalogueStore } from './store/lmdb/lmdb-catalogue-store.js';
export { storedBytes } from './store/snapshot/store-files.js';
export { restoreFolder } from './store/snapshot/restore-folder.js';
export { Refusal } from './store/snapshot/refusal.js';
export { endRewind, rewindFolder, type Rewound } from './upkeep/rewind-folder.js';
export { verifyPath, type Verified } from './upkeep/verify-path.js';
export { leaveAsFound, replayFolder, type FolderModel } from './upkeep/replay-folder.js';
export { compactFolder } from './upkeep/compact-folder.js';
export { UserFolder } from './upkeep/user-folder.js';
export type { StoredUser } from './upkeep/stored-user.js';
export { checkDataFolder } from './store/data-folder.js';
export { readLmdbCatalogue } from './store/lmdb/lmdb-catalogue-store.js';
export {
  findSnapshots,
  hiddenSnapshot,
  nextSnapshotNumber,
  pruneSnapshots,
  publishSnapshot,
  removeLeftovers,
  sealSnapshot,
} from './store/snapshot/whole-snapshot.js';
