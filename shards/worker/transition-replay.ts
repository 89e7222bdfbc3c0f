import { effectOf } from '../graph/interest/event-effects.js';
import { createInteraction, LINK_DISTANCE } from '../graph/interactions/interaction-graph.js';
import { shopperMark } from '../graph/interactions/distinct-shoppers.js';
import type { ClickLearner } from '../graph/interactions/click-learner.js';
import type { JournalEvent } from '../store/journal-entry.js';

/** What is known of a user's session: items, the newest first. */
interface KnownClicks {
  readonly items: number[];
  session: number;
  atMs: number;
}

/**
 * Learns clicks into the interaction graph from the journal alone, for users whose stored state is ahead of the stored
 * pages. What a user clicked before the first event seen here is not known: that click teaches popularity only. The clicks go
 * to the session that the state names, when a stored page has it, for it may contain some of them.
 */
export class TransitionReplay {
  readonly #learner: ClickLearner;
  readonly #users = new Map<string, KnownClicks>();
  readonly #interaction = createInteraction();
  readonly #sessionGapMs: number;

  constructor(learner: ClickLearner, sessionGapMs: number) {
    this.#learner = learner;
    this.#sessionGapMs = sessionGapMs;
  }

  /**
   * @param position that of the event in the journal
   * @param session the one that the user's state names; 0 for none
   */
  learn(event: JournalEvent, position: number, session: number): void {
    if (!effectOf(event.kind, event.value).isClick) return;
    const { replayed } = this.#learner.interactions;
    if (replayed !== undefined) replayed.entry = position;
    const { items, tsMs, untaught, user } = event;
    for (let i = 0; i < items.length; i++)
      this.#learnClick(user, items[i], tsMs, { session, isTaught: untaught?.includes(i) !== true });
  }

  #learnClick(
    user: string,
    item: number,
    atMs: number,
    { session, isTaught }: { readonly session: number; readonly isTaught: boolean },
  ): void {
    let known = this.#users.get(user);
    if (known === undefined || atMs - known.atMs > this.#sessionGapMs) {
      // The one after a pause is not known; two sessions of a user within a replay are rare.
      known = { items: [], session: this.#ownSession(known === undefined ? session : 0, user), atMs };
      this.#users.set(user, known);
    }
    known.atMs = atMs;
    if (known.items[0] === item) return;
    if (isTaught) this.#teach(known, item, atMs);
    known.items.unshift(item);
  }

  /** A user was erased: the items of their session are nobody's any more. */
  erase(user: string): void {
    const known = this.#users.get(user);
    if (known !== undefined) this.#learner.interactions.emptySession(known.session);
    this.#users.delete(user);
  }

  /** Forgets users whose last click comes so long before `nowMs` that their next one begins a session. */
  forgetEnded(nowMs: number): void {
    for (const [user, { atMs }] of this.#users)
      if (nowMs - atMs > this.#sessionGapMs) this.#users.delete(user);
  }

  #teach(known: KnownClicks, item: number, atMs: number): void {
    const interaction = this.#interaction;
    interaction.item = item;
    interaction.atMs = atMs;
    interaction.session = known.items.includes(item) ? 0 : known.session;
    interaction.beforeCount = Math.min(LINK_DISTANCE, known.items.length);
    for (let d = 0; d < interaction.beforeCount; d++) interaction.before[d] = known.items[d];
    this.#learner.interactions.appendToSession(known.session, item);
    this.#learner.learn(interaction);
  }

  #ownSession(session: number, user: string): number {
    const { interactions } = this.#learner;
    return interactions.isOwnSession(session) ? session : interactions.openSession(shopperMark(user));
  }
}
