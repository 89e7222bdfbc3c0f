import { boundedSearch } from '../../model/catalogue/search/search-text.js';
import { EVENT_KIND, modelKind } from '../../model/scorer/event-kinds.js';
import { effectOf, type EventEffect, type Touch } from '../graph/interest/event-effects.js';
import {
  createInteraction,
  LINK_DISTANCE,
  type Interaction,
} from '../graph/interactions/interaction-graph.js';
import { shopperMark } from '../graph/interactions/distinct-shoppers.js';
import type { InterestGraph } from '../graph/interest/interest-graph.js';
import { NODE } from '../graph/interest/interest-slabs.js';
import { campaignId } from '../graph/campaign-id.js';
import { isClickedInSession } from '../graph/interest/session-clicks.js';
import type { ClickedBefore, ItemColumns } from '../step/neighbourhood-gatherer.js';
import type { ShardEvent } from '../wire/shard-event.js';
import type { ClickLearner } from '../graph/interactions/click-learner.js';

/** What of an event the graphs need; `ShardEvent` and `JournalEvent` both fit. */
export type GraphEvent = Pick<ShardEvent, 'kind' | 'tsMs' | 'items' | 'value' | 'query'> & {
  readonly hits?: Int32Array | undefined;
  /** See `JournalEvent`. */
  readonly untaught?: readonly number[] | undefined;
  readonly campaign?: string | undefined;
};

/** One item of an event that is a click: which node waits for a new state, and what it was before. */
export interface AppliedClick {
  node: number;
  readonly before: ClickedBefore;
}

/** Tells other shards of a click; the interaction is borrowed. */
export type LearnSink = (interaction: Interaction) => void;

/**
 * Applies events to the interest graph of their user and to the interaction graph. An event of several items is applied
 * item by item, as so many clicks.
 */
export class EventApplier {
  readonly #graph: InterestGraph;
  readonly #columns: ItemColumns;
  readonly #learner: ClickLearner;
  readonly #tell: LearnSink;
  readonly #touch: Touch = { item: 0, category: -1, brand: -1, kind: 0, atMs: 0 };
  readonly #interaction = createInteraction();
  /** The click applied last. Used again for each. */
  readonly #click: AppliedClick = { node: -1, before: { hasState: false, atMs: 0, kind: 0 } };
  #user = '';

  constructor(graph: InterestGraph, columns: ItemColumns, learner: ClickLearner, tell: LearnSink) {
    this.#graph = graph;
    this.#columns = columns;
    this.#learner = learner;
    this.#tell = tell;
  }

  /** Whose events are applied from now on. */
  of(user: string): void {
    this.#user = user;
  }

  /** What is applied next is the journal's entry at `position`, which pages of the interaction graph may contain (recovery). */
  replays(position: number): void {
    const { replayed } = this.#learner.interactions;
    if (replayed !== undefined) replayed.entry = position;
  }

  /** Places of the items of an event that others learn nothing of, for its user has clicked enough that day. Counts the rest. */
  untaught(user: string, { items, kind, tsMs, value }: GraphEvent): readonly number[] {
    if (kind === EVENT_KIND.search || !effectOf(kind, value).isClick) return NONE;
    const { influence } = this.#learner;
    influence.of(user);
    let untaught: number[] | undefined;
    for (let i = 0; i < items.length; i++) {
      if (influence.takes(items[i], tsMs)) continue;
      untaught ??= [];
      untaught.push(i);
    }
    return untaught ?? NONE;
  }

  /** Throws for an item that there is no room for: a gateway makes no such event, a damaged journal may hold one. */
  checkItems({ items, hits = NO_HITS }: Pick<GraphEvent, 'items' | 'hits'>): void {
    const end = this.#columns.category.length;
    for (let i = 0; i < items.length; i++) checkItem(items[i], end);
    for (let i = 0; i < hits.length; i++) checkItem(hits[i], end);
  }

  /**
   * Applies item number `index` of the event to the user in `row`. Returns the click when it is one, which is borrowed until
   * the next call. `learns` is false when the interaction graph has the event already (recovery).
   */
  apply(row: number, event: GraphEvent, index: number, learns: boolean): AppliedClick | undefined {
    if (event.kind === EVENT_KIND.search) {
      this.#graph.search(row, termKey(event.query), event);
      return undefined;
    }
    const item = event.items[index];
    const effect = effectOf(event.kind, event.value);
    const touch = this.#touch;
    touch.item = item;
    touch.category = this.#columns.category[item];
    touch.brand = this.#columns.brand[item];
    touch.kind = modelKind(event.kind);
    touch.atMs = event.tsMs;
    if (!effect.isClick) {
      this.#graph.touch(row, touch, effect);
      return undefined;
    }
    const repeats = this.#applyClick(row, touch, effect);
    const isTaught = learns && event.untaught?.includes(index) !== true;
    if (isTaught && !repeats) this.#teach(row, item);
    return this.#click;
  }

  /** Keeps what an event says of its user beside their graph, once an event: the money of a purchase or a refund, and its campaign. */
  keepFacts(row: number, { kind, value, campaign }: GraphEvent): void {
    const { facts } = this.#graph.slabs;
    if (campaign !== undefined) facts.seeCampaign(row, campaignId(campaign));
    if (kind === EVENT_KIND.purchase) facts.pay(row, Math.max(0, value));
    else if (kind === EVENT_KIND.refund && value > 0) facts.pay(row, -value);
  }

  /** True when the click repeats the one before it, which teaches nothing. */
  #applyClick(row: number, touch: Touch, effect: EventEffect): boolean {
    const graph = this.#graph;
    graph.beginClick(row, touch.atMs);
    this.#rememberNode(row, touch.item);
    const repeats = this.#fillInteraction(row, touch.item, touch.atMs);
    this.#click.node = graph.touch(row, touch, effect);
    return repeats;
  }

  /** Takes the click into the interaction graph, and tells the other shards of it. */
  #teach(row: number, item: number): void {
    const { slabs } = this.#graph;
    const { interactions } = this.#learner;
    if (!interactions.isOwnSession(slabs.sessionId[row]))
      slabs.sessionId[row] = interactions.openSession(shopperMark(this.#user));
    const session = slabs.sessionId[row];
    interactions.appendToSession(session, item);
    this.#interaction.session = this.#click.before.hasState ? 0 : session;
    this.#learner.learn(this.#interaction);
    this.#tell(this.#interaction);
  }

  /** The items of a user's session, in the order of their clicks, are nobody's session any more. */
  emptySession(row: number): void {
    this.#learner.interactions.emptySession(this.#graph.slabs.sessionId[row]);
  }

  #rememberNode(row: number, item: number): void {
    const { slabs } = this.#graph;
    const { before } = this.#click;
    const node = this.#graph.find(row, NODE.item, item);
    const at = slabs.nodeStart[row] + node;
    before.hasState = node >= 0 && isClickedInSession(slabs, row, at);
    before.atMs = node < 0 ? 0 : slabs.nodeAt[at];
    before.kind = node < 0 ? 0 : slabs.nodeEvent[at];
  }

  /** Fills `#interaction`; true when the click repeats the one before it. */
  #fillInteraction(row: number, item: number, atMs: number): boolean {
    const { slabs } = this.#graph;
    const interaction = this.#interaction;
    const start = row * slabs.bounds.clicks;
    const end = start + slabs.clickCount[row];
    interaction.item = item;
    interaction.atMs = atMs;
    interaction.beforeCount = Math.min(LINK_DISTANCE, slabs.clickCount[row]);
    for (let d = 0; d < interaction.beforeCount; d++) interaction.before[d] = slabs.clickItem[end - 1 - d];
    return end > start && slabs.clickItem[end - 1] === item;
  }
}

const NO_HITS = new Int32Array(0);
const NONE: readonly number[] = [];

function checkItem(item: number, end: number): void {
  if (!(item >= 0 && item < end)) throw new RangeError(`there is no item ${item}`);
}

/** 31-bit FNV-1a hash of a search text, as far as it is kept: the key of its node. */
export function termKey(text: string): number {
  const kept = boundedSearch(text);
  let hash = 0x811c9dc5;
  for (let i = 0; i < kept.length; i++) hash = Math.imul(hash ^ kept.charCodeAt(i), 0x01000193);
  return hash & 0x7fffffff;
}
