import { effectOf } from '../graph/interest/event-effects.js';
import { createInteraction, LINK_DISTANCE } from '../graph/interactions/interaction-graph.js';
import type { ClickLearner } from '../graph/interactions/click-learner.js';
import type { JournalEvent } from '../store/journal-entry.js';

/**
 * Learns clicks into the interaction graph from the journal alone, for users whose stored state is ahead of the stored
 * pages. What a user clicked before the first event seen here is not known: that click teaches popularity only.
 */
export class TransitionReplay {
  readonly #learner: ClickLearner;
  readonly #users = new Map<string, { readonly items: number[]; session: number; atMs: number }>();
  readonly #interaction = createInteraction();
  readonly #sessionGapMs: number;

  constructor(learner: ClickLearner, sessionGapMs: number) {
    this.#learner = learner;
    this.#sessionGapMs = sessionGapMs;
  }

  learn(event: JournalEvent): void {
    if (!effectOf(event.kind, event.value).isClick) return;
    for (const item of event.items) this.#learnClick(event.user, item, event.tsMs);
  }

  #learnClick(user: string, item: number, atMs: number): void {
    let known = this.#users.get(user);
    if (known === undefined || atMs - known.atMs > this.#sessionGapMs) {
      known = { items: [], session: this.#learner.interactions.openSession(), atMs };
      this.#users.set(user, known);
    }
    known.atMs = atMs;
    if (known.items[0] === item) return;
    const interaction = this.#interaction;
    interaction.item = item;
    interaction.atMs = atMs;
    interaction.session = known.items.includes(item) ? 0 : known.session;
    interaction.beforeCount = Math.min(LINK_DISTANCE, known.items.length);
    for (let d = 0; d < interaction.beforeCount; d++) interaction.before[d] = known.items[d];
    this.#learner.interactions.appendToSession(known.session, item);
    this.#learner.learn(interaction);
    known.items.unshift(item);
  }
}
