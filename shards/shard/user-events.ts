import { COUNTER } from '../../metrics/table.js';
import type { Commits } from './commits.js';
import type { GraphEvent } from './event-applier.js';
import type { LiveSession, LiveUser } from './live-user.js';
import type { EventCall, RecoveredEvent } from './queued-call.js';
import type { Round } from './round.js';
import type { ShardParts } from './shard-parts.js';

const NO_HITS = new Int32Array(0);

/**
 * Events of open users, each carried out once and in the order of its session: into the graphs, into the journal of the
 * tick, and as a row of the running round. One per shard.
 */
export class UserEvents {
  readonly #parts: ShardParts;
  readonly #commits: Commits;
  readonly #round: Round;

  constructor(parts: ShardParts, commits: Commits, round: Round) {
    this.#parts = parts;
    this.#commits = commits;
    this.#round = round;
  }

  /** Carries out an event, whose user has a row reserved in the round; what became of it is said here, but for `durable` after fsync. */
  take(user: LiveUser, call: EventCall): void {
    const { event } = call;
    const session = call.session === 0 ? undefined : user.sessions.get(call.session);
    if (!this.#isNext(user, session, call)) {
      // An earlier event of the tick left its lists to this one.
      if (user.owesLists) this.#round.add(user, -1, null, null);
      return;
    }
    this.#apply(user, event, this.#commits.position, true);
    this.#journal(user, session, call);
    this.#parts.stats.count(COUNTER.eventsApplied);
    if (session === undefined) {
      this.#replyWhenDurable(call.call, 'applied');
      return;
    }
    session.applied = event.seq;
    this.#parts.sink.applied(session.number, event.seq);
  }

  /** Applies an event that the journal holds already; nothing is committed or said but lists. */
  takeRecovered(user: LiveUser, call: RecoveredEvent): void {
    const { event } = call;
    const hits = event.hits.length === 0 ? NO_HITS : Int32Array.from(event.hits);
    this.#apply(user, { ...event, hits }, call.position, call.learns);
  }

  /** D2 and D3: false when the event was applied before or skips ahead; that is answered here. */
  #isNext(user: LiveUser, session: LiveSession | undefined, call: EventCall): boolean {
    const { sink, stats } = this.#parts;
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
    this.#parts.stats.count(COUNTER.eventsDuplicate);
    this.#replyWhenDurable(call.call, 'duplicate');
    return false;
  }

  #replyWhenDurable(call: number, outcome: 'applied' | 'duplicate'): void {
    this.#commits.whenDurable(() => this.#parts.sink.reply({ op: 'taken', call, outcome }));
  }

  /**
   * Applies all items of an event. Of an event of several items only the last click gets a new state: they happened at
   * once, and the others keep their vectors as states.
   */
  #apply(user: LiveUser, event: GraphEvent, position: number, learns: boolean): void {
    const { users, applier, graph } = this.#parts.model;
    const row = users.load(user.userId);
    let node = -1;
    const count = Math.max(1, event.items.length);
    for (let i = 0; i < count; i++) if (applier.apply(row, event, i, learns)) node = applier.click.node;
    if (event.query !== '' && event.hits !== undefined) user.searched(event.hits, graph.slabs.order[row]);
    user.fadeSearch(graph.slabs.order[row]);
    graph.slabs.position[row] = position + 1;
    users.markDirty(user.userId, row);
    this.#round.add(user, node, null, null);
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
