import type { CatalogueView } from '../../model/catalogue/catalogue-view.js';
import type { Scorer } from '../../model/scorer/scorer.js';
import { roomsOf } from '../../model/kernel/shared-memory.js';
import { VectorView, type SharedVectors } from '../../model/kernel/shared-vectors.js';
import type { ReturnHead } from '../../model/intent/return-head.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { ShardSink } from '../wire/calls.js';
import { EventApplier, type LearnSink } from './event-applier.js';
import type { ClickLearner } from '../graph/interactions/click-learner.js';
import { InterestKeeper } from '../graph/communities/interest-keeper.js';
import type { InteractionGraph } from '../graph/interactions/interaction-graph.js';
import { InterestCodec } from '../graph/interest/state/interest-codec.js';
import { InterestGraph } from '../graph/interest/interest-graph.js';
import { InterestSlabs } from '../graph/interest/interest-slabs.js';
import type { TopItems } from '../graph/interactions/top-items.js';
import type { Trends } from '../graph/interactions/trends.js';
import { ListReasons } from './lists/list-reasons.js';
import { RelationLists } from '../ranking/relations/relation-lists.js';
import { ListService, type ScoredWatch } from './lists/list-service.js';
import { CandidateScoring } from '../ranking/scoring/candidate-scoring.js';
import { ListNovelty } from '../ranking/lists/list-novelty.js';
import { ListMaker } from '../ranking/lists/list-maker.js';
import { NewItems } from '../ranking/candidates/new-items.js';
import { SessionNeighbours } from '../ranking/candidates/session-neighbours.js';
import { GRAPH_BOUNDS, K_MAX, RANK_MAX, RELATED_MAX } from '../wire/shard-limits.js';
import type { Quarantine } from '../quarantine/quarantine.js';
import type { Shedding } from '../overload/shedding.js';
import { StepBatch } from '../step/step-batch.js';
import { UserTable, type StateSource } from './user-table.js';
import { SLOW_HALF_LIFE_MS } from '../../model/scorer/interest-rules.js';

/** A model loaded in this thread: its scorer, the item vectors that go with it, and the tag of its states. */
export interface TaggedScorer {
  /** Tag under which the states are stored; 0 where they are not kept. */
  readonly tag: number;
  readonly scorer: Scorer;
  readonly vectors: SharedVectors;
  /** Says who does not come back; absent: it does not know. */
  readonly returns?: ReturnHead | undefined;
}

/** What a served model finds in its shard, whichever model it is. */
export interface ModelContext {
  readonly usersHot: number;
  readonly interestHalfLifeMs: number;
  readonly sessionGapMs: number;
  readonly smallestGroup?: number;
  readonly catalogue: CatalogueView;
  readonly interactions: InteractionGraph;
  readonly learner: ClickLearner;
  readonly trends: Trends;
  readonly popular: TopItems;
  readonly tell: LearnSink;
  readonly clock: Clock;
  readonly sink: ShardSink;
  readonly quarantine: Quarantine;
  readonly shedding: Shedding;
  readonly watch?: ScoredWatch | undefined;
  /** Who has the buffers that a model takes of shared memory, in place of the thread: see `roomsOf`. */
  readonly rooms?: number | undefined;
}

/**
 * A model in a shard with all that is of its vector space: the users' graphs, what changes them, and what makes lists of
 * them. A shard serves one; a second one is made beside it while a swap is under way.
 */
export interface ServedModel {
  readonly tag: number;
  readonly scorer: Scorer;
  /** Its item vectors, as they were posted. */
  readonly shared: SharedVectors;
  /** Says who does not come back; undefined: it does not know. */
  readonly returns: ReturnHead | undefined;
  readonly graph: InterestGraph;
  readonly codec: InterestCodec;
  readonly interests: InterestKeeper;
  readonly users: UserTable;
  readonly applier: EventApplier;
  readonly step: StepBatch;
  readonly lists: ListService;
  readonly reasons: ListReasons;
  readonly catalogue: CatalogueView;
  /** Lists of nearest items. */
  readonly nearest: VectorView;
}

/** Puts a model's parts together; users come from `states` and are counted in `stats`. */
export function makeServedModel(
  context: ModelContext,
  model: TaggedScorer,
  states: StateSource,
  stats: ThreadStats,
): ServedModel {
  const make = (): ServedModel => putTogether(context, model, states, stats);
  return context.rooms === undefined ? make() : roomsOf(context.rooms, make);
}

function putTogether(
  context: ModelContext,
  { tag, scorer, vectors: shared, returns }: TaggedScorer,
  states: StateSource,
  stats: ThreadStats,
): ServedModel {
  const { catalogue, interactions, trends, popular, shedding, clock, sink } = context;
  const view = new VectorView(shared);
  const { similar, similarCount, vectors } = view;
  const slabs = new InterestSlabs({
    ...GRAPH_BOUNDS,
    users: context.usersHot + 1,
    width: scorer.shape.width,
  });
  const times = {
    nodeHalfLifeMs: context.interestHalfLifeMs,
    edgeHalfLifeMs: context.interestHalfLifeMs,
    sessionGapMs: context.sessionGapMs,
    slowHalfLifeMs: SLOW_HALF_LIFE_MS,
  };
  const graph = new InterestGraph(slabs, times, vectors, catalogue.category);
  const codec = new InterestCodec(graph, tag, catalogue.itemMax);
  const step = new StepBatch(scorer, graph, catalogue, vectors);
  const sources = {
    interactions,
    neighbours: scorer.wantsNeighbours ? new SessionNeighbours(interactions) : null,
    trends,
    newItems: new NewItems(shared),
    similar,
    similarCount,
    isRecommendable: (item: number) => catalogue.isRecommendable(item),
  };
  const reasons = new ListReasons({ scorer, sources, step, graph, vectors, columns: catalogue, clock });
  const lists = new ListService({
    sources,
    maker: new ListMaker(catalogue, trends, popular, K_MAX),
    novelty: new ListNovelty(popular, stats),
    scoring: new CandidateScoring(
      { scorer, interactions, graph, columns: catalogue, vectors: shared },
      RANK_MAX,
    ),
    reasons,
    relations: new RelationLists(
      {
        catalogue,
        interactions,
        nearest: view,
        trends,
        popular,
        clock,
        smallestGroup: context.smallestGroup ?? 1,
      },
      RELATED_MAX,
    ),
    graph,
    catalogue,
    shedding,
    clock,
    sink,
    model: scorer.name,
    watch: context.watch,
  });
  return {
    tag,
    scorer,
    shared,
    returns,
    graph,
    codec,
    interests: new InterestKeeper(slabs, times),
    users: new UserTable(graph, codec, { states, quarantine: context.quarantine }, stats),
    applier: new EventApplier(graph, catalogue, context.learner, context.tell),
    step,
    lists,
    reasons,
    catalogue,
    nearest: view,
  };
}
