import { CatalogueView } from '../../model/catalogue/catalogue-view.js';
import type { SharedCatalogue } from '../../model/catalogue/shared-catalogue.js';
import type { ReturnHead } from '../../model/intent/return-head.js';
import type { Scorer } from '../../model/scorer/scorer.js';
import type { SharedVectors } from '../../model/kernel/shared-vectors.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { ShardSink } from '../wire/calls.js';
import { ClickPlaces } from '../live/click-places.js';
import { ClickLearner } from '../graph/interactions/click-learner.js';
import type { LearnSink } from './event-applier.js';
import type { SharedInteractions } from '../graph/interactions/interaction-buffers.js';
import { InteractionGraph, type InteractionTimes } from '../graph/interactions/interaction-graph.js';
import type { InterestGraph } from '../graph/interest/interest-graph.js';
import { TopItems } from '../graph/interactions/top-items.js';
import { Trends } from '../graph/interactions/trends.js';
import type { ScoredWatch } from './lists/list-service.js';
import { makeServedModel, type ModelContext, type ServedModel } from './served-model.js';
import { Shard } from './shard.js';
import type { ShardContext } from './shard-context.js';
import { MarketCounter } from '../market/market-counter.js';
import type { SharedMarket } from '../market/shared-market.js';
import { InHand } from '../wire/in-hand.js';
import { Shedding } from '../overload/shedding.js';
import { Quarantine } from '../quarantine/quarantine.js';
import type { StepBatch } from '../step/step-batch.js';
import type { ShardStore } from '../store/store.js';
import type { UserTable } from './user-table.js';
import type { ShardTuning } from '../wire/worker-data.js';

/** Popular items kept in order, and trends. */
const POPULAR = 512;
const TRENDS = 256;
const POPULAR_HALF_LIFE_MS = 180 * 86_400_000;

/** All that a shard is built of. */
export interface ShardPlan {
  readonly shard: number;
  readonly shards: number;
  readonly tuning: ShardTuning;
  readonly store: ShardStore;
  /** Tag under which the model's states are stored; 0 where they are not kept. */
  readonly tag?: number;
  readonly scorer: Scorer;
  readonly catalogue: SharedCatalogue;
  readonly interactions: SharedInteractions;
  readonly vectors: SharedVectors;
  /** Says who does not come back; absent: the model does not know. */
  readonly returns?: ReturnHead | undefined;
  readonly stats: ThreadStats;
  readonly clock: Clock;
  readonly sink: ShardSink;
  readonly fail: (error: unknown) => void;
  /** Made here when absent; the store may tell it of damage before the shard is built. */
  readonly quarantine?: Quarantine;
  /** That of the pool; absent where nobody looks. */
  readonly inHand?: InHand;
  /** What all shards of a thread learn into; the shard's own when absent. */
  readonly learning?: SharedLearning;
  /** Counts what the market does; absent where nobody looks. */
  readonly market?: SharedMarket;
  /** Looks on: evaluation and tests. */
  readonly watch?: ScoredWatch;
  /** See `ModelContext`. */
  readonly rooms?: number;
}

/** What is learned of clicks on a thread. One at a time works on it. */
export interface SharedLearning {
  readonly catalogue: CatalogueView;
  readonly interactions: InteractionGraph;
  readonly trends: Trends;
  readonly popular: TopItems;
}

/** What shard `shard` of `shards` learns into. */
export function makeLearning(
  plan: Pick<ShardPlan, 'catalogue' | 'interactions' | 'tuning' | 'shard' | 'shards'>,
): SharedLearning {
  const { tuning, shard, shards } = plan;
  const catalogue = new CatalogueView(plan.catalogue);
  return {
    catalogue,
    interactions: new InteractionGraph(plan.interactions, interactionTimes(tuning), shard, shards),
    trends: new Trends(TRENDS, tuning.trendHalfLifeMs, catalogue),
    popular: new TopItems(POPULAR, POPULAR_HALF_LIFE_MS),
  };
}

/** A shard, and what recovery and housekeeping work on. What is of the model changes with a swap. */
export interface BuiltShard {
  readonly shard: Shard;
  readonly interactions: InteractionGraph;
  readonly trends: TopItems;
  readonly popular: TopItems;
  readonly learner: ClickLearner;
  readonly context: ShardContext;
  /** For making a second model beside the one that serves. */
  readonly modelContext: ModelContext;
  readonly catalogue: CatalogueView;
  readonly model: ServedModel;
  readonly graph: InterestGraph;
  readonly users: UserTable;
  readonly step: StepBatch;
}

/** Half-lives of the interaction graph. */
export function interactionTimes(
  tuning: Pick<ShardTuning, 'transitionHalfLifeMs' | 'trendHalfLifeMs'>,
): InteractionTimes {
  return {
    transitionHalfLifeMs: tuning.transitionHalfLifeMs,
    popularHalfLifeMs: POPULAR_HALF_LIFE_MS,
    recentHalfLifeMs: tuning.trendHalfLifeMs,
  };
}

/** Puts a shard together. Nothing here knows threads: worker, evaluator and tests build the same. */
export function buildShard(plan: ShardPlan): BuiltShard {
  const { tuning, store, scorer, vectors, returns, stats, clock, sink } = plan;
  const { catalogue, interactions, trends, popular } = plan.learning ?? makeLearning(plan);
  // Only others have to be told of a click; alone, or with those who learn into the same, a shard owns every row.
  const isAlone = plan.shards === 1 || plan.learning !== undefined;
  const tell: LearnSink = isAlone ? () => {} : (click) => sink.learn(click);
  const quarantine = plan.quarantine ?? new Quarantine(stats, clock);
  quarantine.keepIn(store, plan.fail);
  const shedding = new Shedding();
  const modelContext: ModelContext = {
    ...tuning,
    catalogue,
    interactions,
    learner: new ClickLearner(interactions, trends, popular),
    trends,
    popular,
    tell,
    quarantine,
    shedding,
    clock,
    sink,
    watch: plan.watch,
    rooms: plan.rooms,
  };
  const model = makeServedModel(modelContext, { tag: plan.tag ?? 0, scorer, vectors, returns }, store, stats);
  const { fail, inHand = new InHand() } = plan;
  const places = new ClickPlaces(stats, tuning.slotsCounted);
  const context: ShardContext = {
    store,
    model,
    stats,
    places,
    quarantine,
    inHand,
    shedding,
    clock,
    sink,
    fail,
    market: plan.market && new MarketCounter(plan.market, plan.shard),
  };
  return builtShard(new Shard(context), context, modelContext);
}

function builtShard(shard: Shard, context: ShardContext, modelContext: ModelContext): BuiltShard {
  const { interactions, trends, popular, learner, catalogue } = modelContext;
  return {
    shard,
    interactions,
    trends,
    popular,
    learner,
    context,
    modelContext,
    catalogue,
    get model() {
      return context.model;
    },
    get graph() {
      return context.model.graph;
    },
    get users() {
      return context.model.users;
    },
    get step() {
      return context.model.step;
    },
  };
}
