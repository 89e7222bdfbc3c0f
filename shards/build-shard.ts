import { CatalogueView } from '../model/catalogue-view.js';
import type { SharedCatalogue } from '../model/catalogue.js';
import type { Scorer } from '../model/scorer.js';
import { SLOW_HALF_LIFE_MS } from '../model/train/slow-interest.js';
import { VectorView, type SharedVectors } from '../model/shared-vectors.js';
import type { Clock } from '../metrics/clock.js';
import type { ThreadStats } from '../metrics/thread-stats.js';
import type { ShardSink } from './calls.js';
import { EventApplier, type LearnSink } from './event-applier.js';
import type { SharedInteractions } from './graph/interaction-buffers.js';
import { InteractionGraph, type InteractionTimes } from './graph/interaction-graph.js';
import { InterestCodec } from './graph/interest-codec.js';
import { InterestGraph } from './graph/interest-graph.js';
import { InterestSlabs } from './graph/interest-slabs.js';
import { TopItems } from './graph/top-items.js';
import { ListService } from './list-service.js';
import { ListMaker } from './ranking/list-maker.js';
import { SessionNeighbours } from './ranking/session-neighbours.js';
import { Shard } from './shard.js';
import { StepBatch } from './step-batch.js';
import type { ShardStore } from './store/store.js';
import { UserTable } from './user-table.js';

/** Bounds of one user's graph; `docs/decisions` says why these. */
const GRAPH_BOUNDS = { nodes: 32, edges: 64, clicks: 24, seen: 128 } as const;
/** Popular items kept in order, and trends. */
const POPULAR = 512;
const TRENDS = 256;
/** Longest list. */
export const K_MAX = 1_000;
const POPULAR_HALF_LIFE_MS = 180 * 86_400_000;

/** Values of the shard options that the graphs are built with. */
export interface ShardTuning {
  readonly usersHot: number;
  readonly sessionGapMs: number;
  readonly interestHalfLifeMs: number;
  readonly transitionHalfLifeMs: number;
  readonly trendHalfLifeMs: number;
}

export interface ShardInputs {
  readonly shard: number;
  readonly shards: number;
  readonly tuning: ShardTuning;
  readonly store: ShardStore;
  readonly scorer: Scorer;
  readonly catalogue: SharedCatalogue;
  readonly interactions: SharedInteractions;
  readonly vectors: SharedVectors;
  readonly stats: ThreadStats;
  readonly clock: Clock;
  readonly sink: ShardSink;
  readonly fail: (error: unknown) => void;
}

/** A shard and those of its parts that recovery and housekeeping work on. */
export interface BuiltShard {
  readonly shard: Shard;
  readonly graph: InterestGraph;
  readonly interactions: InteractionGraph;
  readonly applier: EventApplier;
  readonly users: UserTable;
  readonly step: StepBatch;
  readonly trends: TopItems;
  readonly popular: TopItems;
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
export function buildShard(inputs: ShardInputs): BuiltShard {
  const { tuning, store, scorer, stats, clock, sink } = inputs;
  const catalogue = new CatalogueView(inputs.catalogue);
  const { vectors, similar, similarCount } = new VectorView(inputs.vectors);
  const interactions = new InteractionGraph(
    inputs.interactions,
    interactionTimes(tuning),
    inputs.shard,
    inputs.shards,
  );
  const slabs = new InterestSlabs({ ...GRAPH_BOUNDS, users: tuning.usersHot + 1, width: scorer.shape.width });
  const graph = new InterestGraph(
    slabs,
    {
      nodeHalfLifeMs: tuning.interestHalfLifeMs,
      edgeHalfLifeMs: tuning.interestHalfLifeMs,
      sessionGapMs: tuning.sessionGapMs,
      slowHalfLifeMs: SLOW_HALF_LIFE_MS,
    },
    vectors,
    catalogue.category,
  );
  const trends = new TopItems(TRENDS, tuning.trendHalfLifeMs);
  const popular = new TopItems(POPULAR, POPULAR_HALF_LIFE_MS);
  // Only others have to be told of a click; alone, a shard owns every row.
  const tell: LearnSink =
    inputs.shards === 1
      ? () => {}
      : (click) => sink.learn(click.item, click.atMs, click.session, click.before, click.beforeCount);
  const applier = new EventApplier(graph, interactions, catalogue, trends, popular, tell);
  const step = new StepBatch(scorer, graph, interactions, catalogue, vectors);
  const codec = new InterestCodec(graph);
  const users = new UserTable(graph, codec, store, stats);
  const lists = new ListService({
    sources: {
      interactions,
      neighbours: new SessionNeighbours(interactions),
      trends,
      similar,
      similarCount,
      isRecommendable: (item) => catalogue.isRecommendable(item),
    },
    maker: new ListMaker(catalogue, trends, popular, K_MAX),
    step,
    slabs,
    vectors,
    catalogue,
    clock,
    sink,
    model: scorer.name,
  });
  const shard = new Shard({
    store,
    graph,
    codec,
    users,
    applier,
    step,
    lists,
    stats,
    clock,
    sink,
    fail: inputs.fail,
  });
  return { shard, graph, interactions, applier, users, step, trends, popular };
}
