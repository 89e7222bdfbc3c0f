import { EVENT_KIND } from '../../model/scorer/event-kinds.js';
import { effectOf, type EventEffect } from '../graph/interest/event-effects.js';
import {
  createInteraction,
  LINK_DISTANCE,
  type Interaction,
  type InteractionGraph,
} from '../graph/interactions/interaction-graph.js';
import type { InterestGraph, TouchedItem } from '../graph/interest/interest-graph.js';
import { NODE } from '../graph/interest/interest-slabs.js';
import type { TopItems } from '../graph/interactions/top-items.js';
import type { ClickedBefore, ItemColumns } from '../step/neighbourhood.js';
import type { ShardEvent } from '../wire/shard-event.js';

/** What of an event the graphs need; `ShardEvent` and `JournalEvent` both fit. */
export type GraphEvent = Pick<ShardEvent, 'kind' | 'tsMs' | 'items' | 'value' | 'query'> & {
  readonly hits?: Int32Array | undefined;
};

/** One item of an event that is a click: which node waits for a new state. Reused. */
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
  readonly #interactions: InteractionGraph;
  readonly #columns: ItemColumns;
  readonly #trends: TopItems;
  readonly #popular: TopItems;
  readonly #learn: LearnSink;
  readonly #touched: TouchedItem = { item: 0, category: -1, brand: -1 };
  readonly #interaction = createInteraction();
  /** The click applied last. */
  readonly click: AppliedClick = { node: -1, before: { hasState: false, atMs: 0, kind: 0 } };

  constructor(
    graph: InterestGraph,
    interactions: InteractionGraph,
    columns: ItemColumns,
    trends: TopItems,
    popular: TopItems,
    learn: LearnSink,
  ) {
    this.#graph = graph;
    this.#interactions = interactions;
    this.#columns = columns;
    this.#trends = trends;
    this.#popular = popular;
    this.#learn = learn;
  }

  /**
   * Applies item number `index` of the event to the user in `row`; true when it is a click, whose node stands in `click`.
   * `learns` is false when the interaction graph has the event already (recovery).
   */
  apply(row: number, event: GraphEvent, index: number, learns: boolean): boolean {
    if (event.kind === EVENT_KIND.search) {
      this.#graph.search(row, termKey(event.query), event.query, event.kind, event.hits, event.tsMs);
      return false;
    }
    const item = event.items[index];
    const effect = effectOf(event.kind, event.value);
    const touched = this.#touched;
    touched.item = item;
    touched.category = this.#columns.category[item];
    touched.brand = this.#columns.brand[item];
    if (!effect.isClick) {
      this.#graph.touch(row, touched, event.kind, effect, event.tsMs);
      return false;
    }
    this.#applyClick(row, touched, event, effect, learns);
    return true;
  }

  #applyClick(
    row: number,
    touched: TouchedItem,
    event: GraphEvent,
    effect: EventEffect,
    learns: boolean,
  ): void {
    const graph = this.#graph;
    const { slabs } = graph;
    graph.beginClick(row, event.tsMs);
    this.#rememberNode(row, touched.item);
    const repeats = this.#fillInteraction(row, touched.item, event.tsMs);
    this.click.node = graph.touch(row, touched, event.kind, effect, event.tsMs);
    if (!learns || repeats) return;
    if (!this.#interactions.isOwnSession(slabs.sessionId[row]))
      slabs.sessionId[row] = this.#interactions.openSession();
    const session = slabs.sessionId[row];
    this.#interactions.appendToSession(session, touched.item);
    this.#interaction.session = this.click.before.hasState ? 0 : session;
    this.learn(this.#interaction);
    this.#learn(this.#interaction);
  }

  /** Takes a click into the rows this shard owns and into its trends; also for clicks that other shards tell of. */
  learn(interaction: Interaction): void {
    this.#interactions.learn(interaction);
    const { item } = interaction;
    const { popular, popularAt, recent } = this.#interactions.arrays;
    this.#trends.update(item, recent[item], popularAt[item]);
    this.#popular.update(item, popular[item], popularAt[item]);
  }

  #rememberNode(row: number, item: number): void {
    const { slabs } = this.#graph;
    const { before } = this.click;
    const node = this.#graph.find(row, NODE.item, item);
    const at = row * slabs.bounds.nodes + node;
    before.hasState = node >= 0 && slabs.nodeOrder[at] > 0 && slabs.nodeOrder[at] >= slabs.sessionOrder[row];
    before.atMs = node < 0 ? 0 : slabs.nodeAt[at];
    before.kind = node < 0 ? 0 : slabs.nodeEvent[at];
  }

  /** True when the click repeats the one before it, which teaches nothing. */
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

/** 31-bit FNV-1a hash of a search text: the key of its node. */
export function termKey(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash & 0x7fffffff;
}
