import type { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import type { Clock } from '../../../metrics/process/clock.js';
import { invariant } from '../../../metrics/invariant.js';
import type { ShardSink } from '../../wire/calls.js';
import { TunedItems } from '../../graph/communities/tuned-items.js';
import type { InterestGraph } from '../../graph/interest/interest-graph.js';
import type { InterestSlabs } from '../../graph/interest/interest-slabs.js';
import type { ListReasons } from './list-reasons.js';
import type { RelationLists } from '../../ranking/relations/relation-lists.js';
import type { LiveSlot, LiveUser } from '../../live/live-user.js';
import { RUNGS, type Rung } from '../../overload/shed-ladder.js';
import type { Shedding } from '../../overload/shedding.js';
import type { CandidateScoring, ScoredCandidates } from '../../ranking/scoring/candidate-scoring.js';
import { CandidateCollector, type CandidateSources } from '../../ranking/candidates/candidate-collector.js';
import { CandidateSet } from '../../ranking/candidates/candidate-set.js';
import { LinkedItems } from '../../ranking/candidates/linked-items.js';
import type { Candidates, ListMaker, ShownList } from '../../ranking/lists/list-maker.js';
import type { ListNovelty } from '../../ranking/lists/list-novelty.js';
import { firstOf, type OrderedList } from '../../ranking/lists/ordered-list.js';
import { plainOrder, valuedOrder, type ScoredOrder } from '../../ranking/lists/valued-order.js';
import { createRules, isAllowed } from '../../ranking/lists/slot-rules.js';
import { SeenLookup } from '../../ranking/lists/seen-lookup.js';
import {
  BATCH_USERS,
  COLLECTED_MAX,
  KEPT_AT_LEAST,
  KEPT_AT_MOST,
  KEPT_FOR_WIDE,
  KEPT_PER_CLICK,
  LINKED_KEPT,
  NARROW_K,
  RANK_MAX,
  REASONS_MAX,
  RELATED_MAX,
  ROUND_CANDIDATES,
} from '../../wire/shard-limits.js';
import type {
  RankAnswer,
  RankRequest,
  RelationAsked,
  ShardList,
  SlotDefinition,
} from '../../wire/slot-lists.js';

/** Hears of each user whose candidates have been scored; borrowed for the length of the call. */
export type ScoredWatch = (row: number, scored: ScoredCandidates) => void;

const NO_ITEMS = new Int32Array(0);
const NO_SCORES = new Float32Array(0);
/** No segment has this number. */
const NO_SEGMENT = 0;

type Sent = { -readonly [Field in keyof Omit<ShardList, 'reasons'>]: ShardList[Field] };
type Shown = { -readonly [Field in keyof ShownList]: ShownList[Field] };

/** What lists of a served model are made with. */
export interface ListContext {
  readonly sources: CandidateSources;
  readonly maker: ListMaker;
  readonly novelty: ListNovelty;
  readonly scoring: CandidateScoring;
  readonly reasons: ListReasons;
  readonly relations: RelationLists;
  readonly graph: InterestGraph;
  readonly catalogue: CatalogueView;
  readonly shedding: Shedding;
  readonly clock: Clock;
  readonly sink: ShardSink;
  readonly model: string;
  readonly watch?: ScoredWatch | undefined;
}

/** From a user's graph, as the step left it, to scored candidates, and from these to lists; one user after the other. One per shard. */
export class ListService {
  readonly #context: ListContext;
  readonly #slabs: InterestSlabs;
  readonly #collector: CandidateCollector;
  readonly #asked: CandidateSet;
  readonly #seen: SeenLookup;
  readonly #tuned: TunedItems;
  readonly #linked: LinkedItems;
  #reserved = 0;
  /** The list around what the last request asked for; undefined when the model has ordered it. */
  #related: OrderedList | undefined;
  /** What the lists of the user scored last are marked with, and whose names those are. */
  #scoredAt: Rung = RUNGS[0];
  readonly #names: ReadonlyMap<Rung['mark'], string>;
  /** A list on its way to the sink, and what is shown of it; used again for each. */
  readonly #sent: Sent;
  readonly #shown: Shown = { items: NO_ITEMS, ageMs: 0 };

  constructor(context: ListContext) {
    const { itemMax } = context.catalogue;
    this.#context = context;
    this.#slabs = context.graph.slabs;
    this.#collector = new CandidateCollector(
      context.sources,
      this.#slabs,
      new CandidateSet(COLLECTED_MAX, itemMax, context.scoring.candidates),
    );
    this.#asked = new CandidateSet(RANK_MAX, itemMax);
    this.#tuned = new TunedItems(this.#slabs, context.catalogue);
    this.#linked = new LinkedItems(context.graph, context.catalogue, LINKED_KEPT, RANK_MAX);
    this.#seen = new SeenLookup(itemMax, 0, this.#tuned);
    this.#names = new Map(RUNGS.map(({ mark }) => [mark, context.model + mark]));
    this.#sent = {
      items: NO_ITEMS,
      scores: NO_SCORES,
      rev: 0,
      model: context.model,
      segment: undefined,
    };
  }

  /** Begins a round: no candidates are reserved. */
  begin(): void {
    this.#reserved = 0;
  }

  /** True when one more job, with the candidates of `request` if there is one, fits into the round; they are reserved then. */
  reserve(jobs: number, request: RankRequest | undefined): boolean {
    const count = Math.max(KEPT_FOR_WIDE, request?.candidates?.length ?? 0);
    invariant(count <= RANK_MAX, `a rank of ${count} candidates fits into no round`);
    if (jobs === BATCH_USERS || this.#reserved + count > ROUND_CANDIDATES) return false;
    this.#reserved += count;
    return true;
  }

  /** Scores what the graphs propose to a user; `send` or `rank` makes lists of it. */
  score(row: number, user: LiveUser): void {
    let wide = false;
    this.#linked.begin();
    for (const { rules } of user.slots.values()) {
      wide ||= isWide(rules.definition);
      this.#askLinks(rules.definition);
    }
    this.#linked.collect(row, this.#context.clock.nowMs());
    this.#scoreProposed(row, user, wide);
  }

  /** What leads from the user's interests to the kind that a slot asks for is wanted. */
  #askLinks({ crossesKinds, filter }: SlotDefinition): void {
    if (crossesKinds === true && filter !== undefined) this.#linked.want(filter);
  }

  #scoreProposed(row: number, user: LiveUser, wide: boolean): void {
    const { shedding } = this.#context;
    const most = wide ? KEPT_FOR_WIDE - this.#linked.room : KEPT_AT_MOST;
    const wanted = Math.min(most, KEPT_AT_LEAST + KEPT_PER_CLICK * this.#slabs.clickCount[row]);
    const keep = Math.min(shedding.rung.candidatesMax, wanted);
    const candidates = this.#collect(row, user, keep);
    if (candidates.count === keep) shedding.candidatesCut += wanted - keep;
    this.#linked.addTo(candidates);
    this.#score(row, user, candidates);
  }

  /** As `score`, for the candidates of a request; none when its deadline has passed, which `rank` sees. */
  scoreRequested(row: number, user: LiveUser, request: RankRequest): void {
    const { scoring, clock } = this.#context;
    this.#linked.begin();
    if (request.relation !== undefined) return this.#relate(row, user, request, request.relation);
    if (isLate(request, clock)) {
      this.#seen.use(this.#slabs, row);
      this.#scoredAt = RUNGS[0];
      scoring.clear();
      return;
    }
    this.#askLinks(request.slot);
    this.#linked.collect(row, clock.nowMs());
    if (request.candidates === undefined) {
      this.#scoreProposed(row, user, isWide(request.slot));
      return;
    }
    this.#asked.take(request.candidates, this.#collect(row, user, COLLECTED_MAX));
    this.#score(row, user, this.#asked);
  }

  /** Makes and sends the lists of some slots of the user scored last. */
  send(row: number, user: LiveUser, slots: Iterable<LiveSlot>): void {
    const { maker, novelty, scoring, reasons, sink, clock } = this.#context;
    const shown = this.#shown;
    const nowUs = clock.nowUs();
    const nowMs = clock.nowMs();
    for (const live of slots) {
      if (!user.slots.has(live.name)) continue;
      live.isDue = false;
      shown.items = live.shown;
      shown.ageMs = (nowUs - live.changedUs) / 1_000;
      const candidates = this.#candidatesFor(live.rules.definition);
      const list = maker.make(live.rules, candidates, this.#seen, live.rev === 0 ? undefined : shown);
      const segment = this.#segmentOf(row, live.rules.definition);
      if (segment === NO_SEGMENT) list.count = 0;
      novelty.look(list);
      this.#remember(live, list, nowUs);
      live.rev = user.nextRev(nowMs);
      const sent = this.#sent;
      if (sent.items.length !== list.count) {
        sent.items = list.items.subarray(0, list.count);
        sent.scores = list.scores.subarray(0, list.count);
      }
      sent.rev = live.rev;
      sent.segment = segment;
      sent.model = this.#name;
      const explain = live.rules.definition.explain && !this.#scoredAt.neighboursOnly;
      sink.list(
        user.channel,
        live.name,
        explain ? { ...sent, reasons: reasons.of(row, user, list, scoring) } : sent,
      );
    }
  }

  /** What a list is made of: where it asks for a kind, what leads there counts. */
  #candidatesFor({ crossesKinds }: SlotDefinition): Candidates {
    const { scoring } = this.#context;
    return crossesKinds === true ? this.#linked.raised(scoring) : scoring;
  }

  /** The list around what is asked for; the model orders it for who has clicked, twice as many items as fit into it. */
  #relate(row: number, user: LiveUser, request: RankRequest, relation: RelationAsked): void {
    const { clock, relations, scoring, shedding } = this.#context;
    this.#seen.use(this.#slabs, row);
    this.#scoredAt = shedding.rung;
    const isAround = relation.item >= 0;
    const mayScore = !isLate(request, clock) && !shedding.rung.neighboursOnly;
    const isPersonal = isAround && mayScore && this.#slabs.clickCount[row] > 0;
    const { k } = request.slot;
    const rules = createRules(request.slot, true);
    const list = relations.collect(
      relation,
      rules,
      this.#seen,
      Math.min(RELATED_MAX, isPersonal ? 2 * k : k),
    );
    this.#related = isPersonal ? undefined : list;
    if (!isPersonal) return scoring.clear();
    this.#asked.take(list.items.subarray(0, list.count), this.#collect(row, user, COLLECTED_MAX));
    this.#score(row, user, this.#asked);
  }

  #answerRelated(user: LiveUser, request: RankRequest, relation: RelationAsked): RankAnswer {
    const { maker, relations, scoring } = this.#context;
    const { slot } = request;
    const list = this.#related ?? maker.rank(createRules(slot, true), scoring, this.#seen);
    return {
      items: list.items.slice(0, list.count),
      scores: list.scores.slice(0, list.count),
      ...(slot.explain && { reasons: relations.reasons(relation, list.count) }),
      rev: user.rev,
      model: this.#name,
      degraded: relation.item >= 0 && this.#scoredAt.neighboursOnly,
    };
  }

  /** Answers `rank` or `recommend` for the user scored last. */
  rank(row: number, user: LiveUser, request: RankRequest): RankAnswer {
    const segment = this.#segmentOf(row, request.slot);
    if (segment === undefined) return this.#order(row, user, request);
    if (segment !== NO_SEGMENT) return { ...this.#order(row, user, request), segment };
    return { items: NO_ITEMS, scores: NO_SCORES, rev: user.rev, model: this.#name, degraded: false };
  }

  /** Of those that a slot is for, the first segment that the user in `row` is in; undefined for a slot that is for anybody. */
  #segmentOf(row: number, { segments }: SlotDefinition): number | undefined {
    const { facts } = this.#slabs;
    return segments && (segments.find((segment) => facts.isMember(row, segment)) ?? NO_SEGMENT);
  }

  #order(row: number, user: LiveUser, request: RankRequest): RankAnswer {
    if (request.relation !== undefined) return this.#answerRelated(user, request, request.relation);
    const { maker, scoring, reasons, clock } = this.#context;
    const { candidates, slot } = request;
    const late = scoring.count === 0 && (candidates?.length ?? 1) > 0 && isLate(request, clock);
    if (late && candidates !== undefined) return this.#givenOrder(request, candidates, user);
    const { list, scores } =
      candidates === undefined
        ? plainOrder(maker.make(createRules(slot, true), this.#candidatesFor(slot), this.#seen, undefined))
        : this.#ranked(request, candidates);
    return {
      items: list.items.slice(0, list.count),
      scores: scores.slice(0, list.count),
      ...(slot.explain &&
        !this.#scoredAt.neighboursOnly && {
          reasons: reasons.of(row, user, firstOf(list, REASONS_MAX), scoring),
        }),
      rev: user.rev,
      model: this.#name,
      degraded: late || this.#isShort(request),
    };
  }

  /** The best of the candidates: by score, or by what a click on them is worth, in which all of them have a share. */
  #ranked({ slot, values }: RankRequest, { length }: Int32Array): ScoredOrder {
    const { maker } = this.#context;
    const scored = this.#candidatesFor(slot);
    if (values === undefined) return plainOrder(maker.rank(createRules(slot, false), scored, this.#seen));
    const all = maker.rank(createRules({ ...slot, k: length }, false), scored, this.#seen);
    return valuedOrder(all, values, slot.k);
  }

  /** The candidates as they came, all of score 0; by value where they have values. */
  #givenOrder({ slot, values }: RankRequest, candidates: Int32Array, user: LiveUser): RankAnswer {
    const { catalogue, model } = this.#context;
    const rules = createRules(slot, false);
    const allowed = candidates.filter((item) => isAllowed(rules, catalogue, this.#seen, item));
    if (values !== undefined) allowed.sort((a, b) => (values.get(b) ?? 1) - (values.get(a) ?? 1));
    const items = allowed.slice(0, slot.k);
    return { items, scores: new Float32Array(items.length), rev: user.rev, model, degraded: true };
  }

  #collect(row: number, user: LiveUser, keep: number): CandidateSet {
    const { clock } = this.#context;
    this.#seen.use(this.#slabs, row);
    return this.#collector.collect(row, user.search?.hits, clock.nowMs(), keep);
  }

  #score(row: number, user: LiveUser, candidates: CandidateSet): void {
    const { scoring, shedding, clock, watch } = this.#context;
    this.#scoredAt = shedding.rung;
    this.#linked.find(candidates);
    if (shedding.rung.neighboursOnly) return scoring.byProposal(row, candidates);
    scoring.run(row, candidates, user.search, clock.nowMs());
    this.#tuned.applyTo(scoring.scores, scoring.items, scoring.count);
    watch?.(row, scoring);
  }

  /** Of the lists of the user scored last. */
  get #name(): string {
    return this.#names.get(this.#scoredAt.mark) ?? this.#context.model;
  }

  /** True when the order is not the full one: candidates that were given are all scored, unless none are. */
  #isShort({ candidates }: RankRequest): boolean {
    return this.#scoredAt.neighboursOnly || (candidates === undefined && this.#scoredAt.level >= 2);
  }

  #remember(live: LiveSlot, list: OrderedList, nowUs: number): void {
    let isChanged = list.count !== live.shown.length;
    if (isChanged) live.shown = new Int32Array(list.count);
    const { shown } = live;
    for (let i = 0; i < list.count; i++) {
      if (shown[i] === list.items[i]) continue;
      isChanged = true;
      shown[i] = list.items[i];
    }
    if (isChanged) live.changedUs = nowUs;
  }
}

/** True for a list that the usual number of candidates may not fill. */
function isWide({ filter, k }: Pick<SlotDefinition, 'filter' | 'k'>): boolean {
  return filter !== undefined || k > NARROW_K;
}

function isLate(request: RankRequest, clock: Clock): boolean {
  return request.deadlineUs > 0 && clock.nowUs() >= request.deadlineUs;
}
