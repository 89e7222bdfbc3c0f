import { SILENT_SINK } from '../wire/silent-sink.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { SharedCatalogue } from '../../model/catalogue/shared-catalogue.js';
import { createSharedInteractions } from '../graph/interactions/interaction-buffers.js';
import type { Quarantine } from '../quarantine/quarantine.js';
import { buildShard, type BuiltShard } from '../shard/build-shard.js';
import type { TaggedScorer } from '../shard/served-model.js';
import { openMemoryStore } from '../store/memory/memory-store.js';
import type { ShardStore } from '../store/store.js';
import type { ShardTuning } from '../wire/worker-data.js';

/** Users in memory at once. */
const USERS_HOT = 1_024;

/** With what a journal is replayed. */
export interface ReplayPlan {
  /** As it is now: an item that has changed its category since it was clicked makes a difference. */
  readonly catalogue: SharedCatalogue;
  /** The model that made the states which serve; the caller closes it. */
  readonly model: TaggedScorer;
  readonly tuning: Pick<ShardTuning, 'sessionGapMs' | 'interestHalfLifeMs'>;
}

/** Nothing that a replay makes depends on the time. */
export const TIMELESS: Clock = { nowMs: () => 0, nowUs: () => 0 };

/** A shard in this thread that replays entries, and learns and tells nobody anything. `store` is where it reads states from. */
export function buildEmptyShard(
  plan: ReplayPlan,
  stats: ThreadStats,
  quarantine: Quarantine,
  store: ShardStore = openMemoryStore(),
): BuiltShard {
  const { catalogue, model, tuning } = plan;
  const { tag, scorer, vectors } = model;
  return buildShard({
    shard: 0,
    shards: 1,
    tuning: { ...tuning, usersHot: USERS_HOT, transitionHalfLifeMs: 1, trendHalfLifeMs: 1 },
    store,
    tag,
    scorer,
    catalogue,
    // Nothing is learned.
    interactions: createSharedInteractions({
      items: catalogue.itemMax,
      neighbours: 1,
      sessions: 64,
      sessionsPerItem: 1,
      sessionLength: 1,
    }),
    vectors,
    stats,
    clock: TIMELESS,
    sink: SILENT_SINK,
    fail: (error) => {
      throw error;
    },
    quarantine,
  });
}
