import { DailyInfluence } from './daily-influence.js';
import type { Interaction, InteractionGraph } from './interaction-graph.js';
import type { TopItems } from './top-items.js';

/**
 * What a shard learns from clicks, whoever made them: its rows of the interaction graph, and the order of its trends and
 * popular items, which follows from them. One per shard; no model matters to it.
 */
export class ClickLearner {
  readonly interactions: InteractionGraph;
  /** What is learned of the clicks of this shard's own users; of others their shards decide. */
  readonly influence = new DailyInfluence();
  readonly #trends: TopItems;
  readonly #popular: TopItems;

  constructor(interactions: InteractionGraph, trends: TopItems, popular: TopItems) {
    this.interactions = interactions;
    this.#trends = trends;
    this.#popular = popular;
  }

  /** Takes a click into the rows this shard owns; also for clicks that other shards tell of. The interaction is borrowed. */
  learn(interaction: Interaction): void {
    this.interactions.learn(interaction);
    const { item } = interaction;
    const { interactions } = this;
    const atMs = interactions.popularAt(item);
    this.#trends.update(item, interactions.recent(item), atMs);
    this.#popular.update(item, interactions.popular(item), atMs);
  }
}
