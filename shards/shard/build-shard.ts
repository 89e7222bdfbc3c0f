import { CatalogueView } from '../../model/catalogue/catalogue-view.js';
import type { SharedCatalogue } from '../../model/catalogue/shared-catalogue.js';
import type { Scorer } from '../../model/scorer/scorer.js';
import type { SharedVectors } from '../../model/kernel/shared-vectors.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { ShardSink } from '../wire/calls.js';
import type { EventApplier, LearnSink } from './event-applier.js';
import type { SharedInteractions } from '../graph/interactions/interaction-buffers.js';
import { InteractionGraph, type InteractionTimes } from '../graph/interactions/interaction-graph.js';
import type { InterestGraph } from '../graph/interest/interest-graph.js';
import { TopItems } from '../graph/interactions/top-items.js';
import { Trends } from '../graph/interactions/trends.js';
import type { ScoredWatch } from './list-service.js';
import { makeServedModel, type ModelSurroundings, type ServedModel } from './served-model.js';
import { Shard } from './shard.js';
import type { ShardParts } from './shard-parts.js';
import type { StepBatch } from '../step/step-batch.js';
import type { ShardStore } from '../store/store.js';
import type { UserTable } from './user-table.js';
import type { ShardTuning } from '../wire/worker-data.js';

/** Popular items kept in order, and trends. */
const POPULAR = 512;
const TRENDS = 256;
const POPULAR_HALF_LIFE_MS = 180 * 86_400_000;

export interface ShardInputs {
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
  readonly stats: ThreadStats;
  readonly clock: Clock;
  readonly sink: ShardSink;
  readonly fail: (error: unknown) => void;
  /** For those who look on: the offline path and tests. */
  readonly watch?: ScoredWatch;
}

/** A shard and those of its parts that recovery and housekeeping work on. Those of the model change with a swap. */
export interface BuiltShard {
  readonly shard: Shard;
  readonly interactions: InteractionGraph;
  readonly trends: TopItems;
  readonly popular: TopItems;
  /** For making a second model beside the one that serves. */
  readonly around: ModelSurroundings;
  readonly catalogue: CatalogueView;
  readonly model: ServedModel;
  readonly graph: InterestGraph;
  readonly applier: EventApplier;
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
export function buildShard(inputs: ShardInputs): BuiltShard {
  const { tuning, store, scorer, vectors, stats, clock, sink } = inputs;
  const catalogue = new CatalogueView(inputs.catalogue);
  const interactions = new InteractionGraph(
    inputs.interactions,
    interactionTimes(tuning),
    inputs.shard,
    inputs.shards,
  );
  const trends = new Trends(TRENDS, tuning.trendHalfLifeMs, catalogue);
  const popular = new TopItems(POPULAR, POPULAR_HALF_LIFE_MS);
  // Only others have to be told of a click; alone, a shard owns every row.
  const tell: LearnSink =
    inputs.shards === 1
      ? () => {}
      : (click) => sink.learn(click.item, click.atMs, click.session, click.before, click.beforeCount);
  const around = {
    ...tuning,
    catalogue,
    interactions,
    trends,
    popular,
    tell,
    clock,
    sink,
    watch: inputs.watch,
  };
  const model = makeServedModel(around, { tag: inputs.tag ?? 0, scorer, vectors }, store, stats);
  const parts: ShardParts = { store, model, stats, clock, sink, fail: inputs.fail };
  return partsOf(new Shard(parts), parts, around);
}

function partsOf(shard: Shard, parts: ShardParts, around: ModelSurroundings): BuiltShard {
  const { interactions, trends, popular, catalogue } = around;
  return {
    shard,
    interactions,
    trends,
    popular,
    around,
    catalogue,
    get model() {
      return parts.model;
    },
    get graph() {
      return parts.model.graph;
    },
    get applier() {
      return parts.model.applier;
    },
    get users() {
      return parts.model.users;
    },
    get step() {
      return parts.model.step;
    },
  };
}
