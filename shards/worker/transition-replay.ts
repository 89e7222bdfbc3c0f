import { effectOf } from '../graph/interest/event-effects.js';
import { createInteraction, LINK_DISTANCE } from '../graph/interactions/interaction-graph.js';
import type { ClickLearner } from '../graph/interactions/click-learner.js';
import type { JournalEvent } from '../store/journal-entry.js';

/**
 * Learns clicks into the interaction graph from the journal alone, for users whose stored state is ahead of the stored
 * pages. What a user clicked before the first event seen here is not known: that click teaches popularity only. The clicks go
 * to the session that the state names, when a stored page has it, for it may contain some of them.
 */
export class TransitionReplay {
  readonly #learner: ClickLearner;
  readonly #users = new Map<string, { readonly items: number[]; session: number; atMs: number }>();
  readonly #interaction = createInteraction();
  readonly #sessionGapMs: number;
  readonly #sessionOf: (user: string) => number;

  /** @param sessionOf the session that a user's stored state names, 0 for none. */
  constructor(learner: ClickLearner, sessionGapMs: number, sessionOf: (user: string) => number) {
    this.#learner = learner;
    this.#sessionOf = sessionOf;
    this.#sessionGapMs = sessionGapMs;
  }

  /** @param position that of the event in the journal. */
  learn(event: JournalEvent, position: number): void {
    if (!effectOf(event.kind, event.value).isClick) return;
    const { replayed } = this.#learner.interactions;
    if (replayed !== undefined) replayed.entry = position;
    for (const item of event.items) this.#learnClick(event.user, item, event.tsMs);
  }

  #session(user: string, isFirst: boolean): number {
    const { interactions } = this.#learner;
    const session = isFirst ? this.#sessionOf(user) : 0;
    return interactions.isOwnSession(session) ? session : interactions.openSession();
  }

  #learnClick(user: string, item: number, atMs: number): void {
    let known = this.#users.get(user);
    if (known === undefined || atMs - known.atMs > this.#sessionGapMs) {
      known = { items: [], session: this.#session(user, known === undefined), atMs };
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
