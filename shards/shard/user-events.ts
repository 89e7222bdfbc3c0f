import { COUNTER } from '../../metrics/table.js';
import type { Commits } from './commits.js';
import type { EventCall } from '../wire/calls.js';
import type { JournalEvent } from '../store/journal-record.js';
import type { AppliedClick, GraphEvent } from './event-applier.js';
import type { LiveSession, LiveUser } from './live-user.js';

import type { Round } from './round.js';
import type { ShardContext } from './shard-context.js';

const NO_HITS = new Int32Array(0);

/** A journal event that is applied again; `learns` is false when the interaction graph has it already. */
export interface RecoveredEvent {
  readonly op: 'recovered';
  readonly channel: number;
  readonly event: JournalEvent;
  /** Its place in the journal. */
  readonly position: number;
  readonly learns: boolean;
}

/**
 * Events of open users, each carried out once and in the order of its session: into the graphs, into the journal of the
 * tick, and as a job of the running round. One per shard.
 */
export class UserEvents {
  readonly #context: ShardContext;
  readonly #commits: Commits;
  readonly #round: Round;

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
    const { event } = call;
    const session = call.session === 0 ? undefined : user.sessions.get(call.session);
    if (!this.#isNext(user, session, call)) {
      // An earlier event of the tick left its lists to this one.
      if (user.owesLists) this.#round.addLists(user, null);
      return;
    }
    this.#apply(user, event, this.#commits.position, true);
    this.#journal(user, session, call);
    this.#context.stats.count(COUNTER.eventsApplied);
    if (session === undefined) {
      this.#replyWhenDurable(call.call, 'applied');
      return;
    }
    session.applied = event.seq;
    this.#context.sink.applied(session.number, event.seq);
  }

  /** Applies an event that the journal holds already; nothing is committed or said but lists. */
  takeRecovered(user: LiveUser, call: RecoveredEvent): void {
    const { event } = call;
    const hits = event.hits.length === 0 ? NO_HITS : Int32Array.from(event.hits);
    this.#apply(user, { ...event, hits }, call.position, call.learns);
  }

  /** D2 and D3: false when the event was applied before or skips ahead; that is answered here. */
  #isNext(user: LiveUser, session: LiveSession | undefined, call: EventCall): boolean {
    const { sink, stats } = this.#context;
    const { event } = call;
    if (session === undefined) return call.session === 0 && this.#isNew(user, call);
    if (event.seq === session.applied + 1) return true;
    if (event.seq > session.applied) {
      sink.refused(session.number, event.seq, session.applied + 1);
      return false;
    }
    stats.count(COUNTER.eventsDuplicate);
    sink.applied(session.number, session.applied);
    if (event.seq <= session.durable) sink.durable(session.number, session.durable);
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

  #replyWhenDurable(call: number, outcome: 'applied' | 'duplicate'): void {
    this.#commits.whenDurable(() => this.#context.sink.reply({ op: 'taken', call, outcome }));
  }

  /**
   * Applies all items of an event. Of an event of several items only the last click gets a new state: they happened at
   * once, and the others keep their vectors as states.
   */
  #apply(user: LiveUser, event: GraphEvent, position: number, learns: boolean): void {
    const { users, applier, graph } = this.#context.model;
    const row = users.load(user.userId);
    let click: AppliedClick | undefined;
    const count = Math.max(1, event.items.length);
    for (let i = 0; i < count; i++) click = applier.apply(row, event, i, learns) ?? click;
    if (event.query !== '' && event.hits !== undefined) user.searched(event.hits, graph.slabs.order[row]);
    user.fadeSearch(graph.slabs.order[row]);
    graph.slabs.position[row] = position + 1;
    users.markDirty(user.userId, row);
    if (click === undefined) this.#round.addLists(user, null);
    else this.#round.addClick(user, click);
  }

  #journal(user: LiveUser, session: LiveSession | undefined, { event }: EventCall): void {
    this.#commits.addEvent(user, session, {
      user: user.userId,
      session: session?.id ?? '',
      seq: event.seq,
      kind: event.kind,
      tsMs: event.tsMs,
      items: event.items,
      value: event.value,
      quantity: event.quantity,
      query: event.query,
      hits: event.hits === undefined ? [] : Array.from(event.hits),
      eventId: event.eventId ?? '',
    });
  }
}
