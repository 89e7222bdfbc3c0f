import type { SharedCatalogue } from '../../model/catalogue/shared-catalogue.js';
import type { SharedInteractions } from '../graph/interactions/interaction-buffers.js';
import type { SharedMarket } from '../market/shared-market.js';
import type { PostedModel } from './posted-model.js';
import type { KeyRing } from '../store/vault/keys/key-ring.js';
import type { ThreadReport } from './shard-report.js';
import type { ThreadBatch } from './thread-batch.js';

/** What a shard's thread is started with. Shared buffers are the pool's. */
export interface WorkerData {
  readonly shard: number;
  readonly shards: number;
  readonly tuning: ShardTuning;
  /** Folder of the shard's store. */
  readonly folder: string;
  /** Keys of what is encrypted at rest; absent where nothing is. */
  readonly ring?: KeyRing;
  /** Id of the data folder, which the store takes on. */
  readonly folderId: string;
  readonly model: PostedModel;
  readonly catalogue: SharedCatalogue;
  readonly interactions: SharedInteractions;
  /** What the market does, which all shards count in. */
  readonly market: SharedMarket;
  /** Buffer of the `OpenGate` that opens when the interactions are warm; absent where nothing is to be waited for. */
  readonly warmed?: SharedArrayBuffer;
  /** Buffer of the thread's `ThreadStats`. */
  readonly stats: SharedArrayBuffer;
  /** Buffer of the run's `Unread`. */
  readonly unread: SharedArrayBuffer;
  /** Buffer of the pool's `HaltFlag`. */
  readonly halt: SharedArrayBuffer;
  /** Buffer of the shard's `InHand`. */
  readonly inHand: SharedArrayBuffer;
  /** Size of the files of the journal. */
  readonly journalSegmentBytes: number;
  readonly checkpointMs: number;
  readonly interactionCheckpointMs: number;
  readonly retention: RetentionBounds & {
    /** Folder with the snapshots of the data folder. */
    readonly snapshots: string;
  };
  /** True when the shared interaction graph outlived a crash of this thread. */
  readonly keepsInteractions: boolean;
  /**
   * Set where the store does not keep pages of the interaction graph, which several shards of a thread learn into: the journal position
   * from which on clicks are learned again.
   */
  readonly learnsFrom?: number;
}

/** What a run of a thread is started with; the rest is the run's own. */
export type RunData = Omit<WorkerData, 'unread'>;

/** What the thread posts: once that it is ready, or why it cannot start; then batches. */
export type WorkerMessage =
  | { readonly type: 'ready'; readonly recovery: Recovery }
  /** Now and then; the first comes before `ready`. */
  | { readonly type: 'report'; readonly report: ThreadReport }
  | { readonly type: 'refused'; readonly code: string; readonly problems: readonly string[] }
  /** `taken`: batches of calls taken in since the last message. */
  | ({ readonly type: 'batch'; readonly taken: number } & PostedBatch);

/** A batch on its way to the other thread; `sentUs` is when it was posted, by the clock that both share. */
export interface PostedBatch {
  readonly batch: ThreadBatch;
  readonly sentUs: number;
}

/** What a recovery did, for the log. */
export interface Recovery {
  readonly replayedEvents: number;
  /** Users whose records were damaged, made anew from the whole journal. */
  readonly rebuiltUsers: number;
  readonly pagesLoaded: number;
  readonly pagesUnfit: number;
}

/** How much of what is old a shard keeps; 0 bounds nothing. */
export interface RetentionBounds {
  /** Records of the journal of this age, ms, and older ones go. */
  readonly journalKeptMs: number;
  /** What the journal takes in the store's file; beyond it the oldest records go. */
  readonly journalKeptBytes: number;
  /** Visitors whose last event is of this age, ms, and older ones go. */
  readonly visitorsKeptMs: number;
  /** The same for named users. */
  readonly usersKeptMs: number;
}

/** Values of the shard options that the graphs are built with. */
export interface ShardTuning {
  readonly usersHot: number;
  readonly sessionGapMs: number;
  readonly interestHalfLifeMs: number;
  readonly transitionHalfLifeMs: number;
  readonly trendHalfLifeMs: number;
  /** Names of slots, comma separated, whose clicks are counted by themselves; absent where nobody looks. */
  readonly slotsCounted?: string;
  /** Shoppers that it takes for what they did to be shown to all, 1 … 16; absent: one. */
  readonly smallestGroup?: number;
}
