import { EVENT_KIND } from '../../model/scorer/event-kinds.js';
import { WITHHELD } from '../graph/user-consent.js';
import { effectOf } from '../graph/interest/event-effects.js';
import { COUNTER } from '../../metrics/table.js';
import type { Commits } from './commits.js';
import type { EventCall } from '../wire/calls.js';
import { isErasure, userOfEntry, type GraphEntry, type JournalEvent } from '../store/journal-entry.js';
import { encodeRecord } from '../store/journal-record.js';
import type { AppliedClick, GraphEvent } from './event-applier.js';
import { digestOf } from '../live/event-digests.js';
import type { LiveSession, LiveSlot, LiveUser } from '../live/live-user.js';
import type { RecoveredEntry } from '../live/call-queues.js';
import {
  keepAttributes,
  keepConsent,
  keepSegments,
  mergeVisitor,
  replaceUser,
  tuneUser,
} from './replayed-entry.js';
import type { Round } from './round.js';
import type { ShardContext } from './shard-context.js';
import type { ShardEvent } from '../wire/shard-event.js';

const NO_SLOTS: readonly LiveSlot[] = [];
const NO_HITS = new Int32Array(0);
const NO_INDICES: readonly number[] = [];

/**
 * Events of open users, each carried out once and in the order of its session: into the graphs, into the journal of the
 * tick, and as a job of the running round. One per shard.
 *
 * Failure: an event that throws when it is applied is set aside; it is refused, which leaves its `seq` unused, and is not
 * journaled. Its user may be half changed by then: they leave memory at once, and are `harmed` until `UserRepair` has made
 * them again of what the store has of them. Nobody else notices.
 */
export class UserEvents {
  readonly #context: ShardContext;
  readonly #commits: Commits;
  readonly #round: Round;
  /** Users who have left memory half changed, and the journal position of the event that threw; −1 when it has none. */
  readonly #harmed = new Map<string, number>();

  constructor(context: ShardContext, commits: Commits, round: Round) {
    this.#context = context;
    this.#commits = commits;
    this.#round = round;
  }

  /**
   * Carries out an event, for whose user a place is reserved in the round. What became of it is said here, except `durable`,
   * which follows after fsync.
   */
  take(user: LiveUser, call: EventCall): void {
    if (user.isGiven) return this.#turnAway(call);
    const { event } = call;
    const session = call.session === 0 ? undefined : user.sessions.get(call.session);
    if (!this.#isNext(user, session, call)) {
      // An earlier event left its lists to this one.
      if (user.owesLists) this.#round.addLists(user, null);
      return;
    }
    if (!this.#learns(user)) return this.#pass(user, session, call);
    const untaught = this.#context.model.applier.untaught(user.userId, event);
    try {
      this.#context.places.clicked(user, event);
      this.#apply(user, untaught.length === 0 ? event : { ...event, untaught }, this.#commits.position, true);
    } catch (error) {
      this.#setAside(journalEventOf(user, session, event), -1, error);
      this.#refuse(user, session, call);
      return;
    }
    this.#countInMarket(user, event, untaught);
    const entry = journalEventOf(user, session, event);
    this.#commits.addEvent(user, session, untaught.length === 0 ? entry : { ...entry, untaught });
    this.#context.stats.count(COUNTER.eventsApplied);
    if (session === undefined) {
      this.#replyWhenDurable(call.call, 'applied');
      return;
    }
    session.applied = event.seq;
    session.digests.add(event.seq, digestOf(event));
    this.#context.sink.applied(session.number, event.seq);
  }

  /**
   * An event of a visitor who is somebody's. Nothing is said of one of a session: a node that stood still may send it long after the merge, and
   * the connection that it came by hears of that.
   */
  #turnAway({ call }: EventCall): void {
    if (call > 0) this.#context.sink.reply({ op: 'merged', call });
  }

  /** Clicks alone, purchases among them: what shoppers were shown, or took back, says nothing of what they want. */
  #countInMarket(
    { userId }: LiveUser,
    { items, kind, tsMs, value }: ShardEvent,
    untaught: readonly number[],
  ): void {
    const { market } = this.#context;
    if (market === undefined || items.length === 0 || !effectOf(kind, value).isClick) return;
    const { users, graph } = this.#context.model;
    const campaigns = graph.slabs.facts.campaignsOf(users.load(userId));
    market.count(userId, { items, tsMs, isPurchase: kind === EVENT_KIND.purchase, untaught, campaigns });
  }

  #learns({ userId }: LiveUser): boolean {
    const { users, graph } = this.#context.model;
    return (graph.slabs.withheld[users.load(userId)] & WITHHELD.learn) === 0;
  }

  /** An event of somebody who does not allow that it is kept: its number is taken, and nothing else changes. Lists follow still (R1). */
  #pass(user: LiveUser, session: LiveSession | undefined, { call, event }: EventCall): void {
    this.#commits.addPassed(user, session, event);
    this.#context.stats.count(COUNTER.eventsPassed);
    this.#round.addLists(user, null);
    if (session === undefined) return this.#replyWhenDurable(call, 'not_kept');
    session.applied = event.seq;
    session.digests.add(event.seq, digestOf(event));
    this.#context.sink.applied(session.number, event.seq);
  }

  /** Carries out what the journal holds already; nothing is committed or said but lists. False when it was set aside. */
  takeRecovered(user: LiveUser, call: RecoveredEntry): boolean {
    try {
      this.#replay(user, call);
      return true;
    } catch (error) {
      this.#setAside(call.entry, call.position, error);
      return false;
    }
  }

  /** Whoever is loaded for it is in the round, so that nobody in it leaves memory. */
  #replay(user: LiveUser, { entry, position, learns }: RecoveredEntry): void {
    switch (entry.entry) {
      case undefined: {
        const hits = entry.hits.length === 0 ? NO_HITS : Int32Array.from(entry.hits);
        this.#context.model.applier.replays(position);
        this.#apply(user, { ...entry, hits }, position, learns);
        return;
      }
      case 'merged':
        mergeVisitor(this.#context, entry, position);
        this.#round.addLists(user, NO_SLOTS);
        return;
      case 'replaced':
        replaceUser(this.#context, entry, position);
        this.#round.addLists(user, NO_SLOTS);
        return;
      case 'tuned':
        tuneUser(this.#context, entry, position);
        this.#round.addLists(user, NO_SLOTS);
        return;
      case 'consent':
        keepConsent(this.#context, entry, position);
        this.#round.addLists(user, NO_SLOTS);
        return;
      case 'attributes':
        keepAttributes(this.#context, entry, position);
        this.#round.addLists(user, NO_SLOTS);
        return;
      case 'segments':
        keepSegments(this.#context, entry, position);
        this.#round.addLists(user, NO_SLOTS);
        return;
      case 'removed':
        if (isErasure(entry)) this.#emptySession(user.userId);
        this.#context.model.users.drop(user.userId);
        return;
      case 'forgotten':
        this.#context.model.users.drop(user.userId);
    }
  }

  /** Of whoever is not in memory the store has nothing any more that says which one it was. */
  #emptySession(userId: string): void {
    const { applier, users } = this.#context.model;
    const row = users.rowOf(userId);
    if (row >= 0) applier.emptySession(row);
  }

  /** Users who were harmed since the last call, each with the journal position of the event, −1 for one that is in no journal. */
  takeHarmed(): ReadonlyMap<string, number> | undefined {
    if (this.#harmed.size === 0) return undefined;
    const harmed = new Map(this.#harmed);
    this.#harmed.clear();
    return harmed;
  }

  /**
   * D2 and D3: false when the event was applied before, skips ahead, or has the number of another one; that is answered here.
   * A repeat is acknowledged by itself, and nothing beyond it: who sends again finds out which of the session's events are theirs.
   */
  #isNext(user: LiveUser, session: LiveSession | undefined, call: EventCall): boolean {
    const { sink, stats } = this.#context;
    const { event } = call;
    if (session === undefined) return call.session === 0 && this.#isNew(user, call);
    if (event.seq === session.applied + 1) return true;
    if (event.seq > session.applied || session.digests.isOther(event.seq, digestOf(event))) {
      sink.refused(session.number, event.seq, session.applied + 1);
      return false;
    }
    stats.count(COUNTER.eventsDuplicate);
    sink.applied(session.number, session.applied);
    if (event.seq <= session.durable) sink.durable(session.number, event.seq, 0, 0);
    return false;
  }

  /** For an event without a session: false when its idempotence key was used before; that is answered here. */
  #isNew(user: LiveUser, call: EventCall): boolean {
    const { eventId } = call.event;
    if (eventId === undefined || !this.#commits.hasEventId(user.userId, eventId)) return true;
    this.#context.stats.count(COUNTER.eventsDuplicate);
    this.#replyWhenDurable(call.call, 'duplicate');
    return false;
  }

  #replyWhenDurable(call: number, outcome: 'applied' | 'duplicate' | 'not_kept'): void {
    this.#commits.whenDurable(() => this.#context.sink.reply({ op: 'taken', call, outcome }));
  }

  #refuse(user: LiveUser, session: LiveSession | undefined, { call, event }: EventCall): void {
    const { sink } = this.#context;
    if (session === undefined) sink.reply({ op: 'failed', call, message: 'the event could not be applied' });
    else sink.refused(session.number, event.seq, 0);
    // An earlier event left its lists to this one.
    if (user.owesLists) this.#round.addLists(user, null);
  }

  /** An event or another entry threw; `position` as in `#harmed`. It is not applied, and its user leaves memory. */
  #setAside(entry: GraphEntry, position: number, error: unknown): void {
    const { model, quarantine } = this.#context;
    const user = userOfEntry(entry);
    quarantine.take({
      kind: 'event',
      names:
        entry.entry === undefined
          ? [user, entry.session, String(entry.seq), entry.eventId]
          : [user, entry.entry, String(position)],
      reason: `it could not be applied: ${(error as Error).message}`,
      bytes: encodeRecord([entry]),
    });
    model.users.drop(user);
    this.#harmed.set(user, position);
  }

  /**
   * Applies all items of an event. Of an event of several items only the last click gets a new state: they happened at
   * once, and the others keep their vectors as states.
   */
  #apply(user: LiveUser, event: GraphEvent, position: number, learns: boolean): void {
    const { users, applier, graph, interests } = this.#context.model;
    applier.checkItems(event);
    applier.of(user.userId);
    const row = users.load(user.userId);
    let click: AppliedClick | undefined;
    const count = Math.max(1, event.items.length);
    for (let i = 0; i < count; i++) click = applier.apply(row, event, i, learns) ?? click;
    applier.keepFacts(row, event);
    if (changesInterests(event.kind, event.value)) interests.update(row, count);
    if (event.query !== '' && event.hits !== undefined) user.searched(event.hits, graph.slabs.order[row]);
    user.fadeSearch(graph.slabs.order[row]);
    graph.slabs.position[row] = position + 1;
    users.markDirty(user.userId, row);
    if (click === undefined) this.#round.addLists(user, null);
    else this.#round.addClick(user, click);
  }
}

/** True for an event that touches nodes. */
function changesInterests(kind: number, value: number): boolean {
  return kind === EVENT_KIND.search || effectOf(kind, value).weight !== 0;
}

function journalEventOf(user: LiveUser, session: LiveSession | undefined, event: ShardEvent): JournalEvent {
  return {
    user: user.userId,
    session: session?.id ?? '',
    seq: event.seq,
    kind: event.kind,
    tsMs: event.tsMs,
    items: event.items,
    value: event.value,
    quantity: event.quantity,
    query: event.query,
    hits: event.hits === undefined ? NO_INDICES : Array.from(event.hits),
    eventId: event.eventId ?? '',
    ...(event.campaign !== undefined && { campaign: event.campaign }),
  };
}
