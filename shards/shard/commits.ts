import { faultPoint } from '../../metrics/process/fault-point.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { COUNTER, GAUGE, HISTOGRAM } from '../../metrics/table.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { LiveSession, LiveUser } from '../live/live-user.js';
import { isEvent, type JournalEntry, type JournalEvent } from '../store/journal-entry.js';
import type { ShardEvent } from '../wire/shard-event.js';
import type { CommitBatch, ShardStore } from '../store/store.js';
import type { ShardContext } from './shard-context.js';
import type { StateWrite } from './user-table.js';

/** What goes with a tick's own into a commit. */
/** What goes with a commit besides; `rowsFollow` says that the journal explains it. */
type CommitExtra = Pick<
  CommitBatch,
  'blobs' | 'checkpoint' | 'dropBefore' | 'rebuilt' | 'rowsFollow' | 'states'
>;

/** From so many entries on nothing waits for the journal's next group: however long that takes, a record has fewer than these and one tick's. */
const WAITING_MAX = 64;

/** A session with events on their way to the disk. */
interface InFlightSession {
  /** User and id. */
  readonly key: string;
  /** Who is told; another one once it was closed and opened again. */
  session: LiveSession;
  /** Commits that are on their way. */
  commits: number;
}

/** Told of a session whose events up to `seq` are durable, and when their commit was handed over and was through. */
type DurableListener = (session: LiveSession, seq: number, fromUs: number, toUs: number) => void;

/**
 * The way of a shard's changes to the disk, and of the acknowledgements back.
 *
 * Who writes: all that serving changes goes to the store through this object, one per shard, on the shard's thread. Events
 * add themselves, their session and their idempotence key; the tick adds the states of users who left memory, the sweep
 * some changed states, a merge its entry, alias and sessions. Only what a model swap rebuilds or throws away goes to the store
 * directly, for nobody reads it yet.
 *
 * What is held back: what a tick adds stays here until `commit`, which hands it to the store as one transaction, however
 * many users it concerns; while the journal could not write it yet, ticks go together (`commitTick`). `commit` returns at once; the thread never waits for the disk. The lists of the tick have left by
 * then. What waits for fsync is what promises something: `durable` of each session, and every callback given to
 * `whenDurable`. A crash before that loses events whose lists were seen, and the pool hands those events over again.
 *
 * In which order: what is in one commit becomes durable together, so a journal record never comes without the `seq` of its
 * sessions, nor a key without its event. Commits become durable in the order of the calls (`store.ts`), and are answered in
 * that order: first the sessions, then the callbacks. A session is acknowledged up to what it had applied when the commit
 * was made, not when it came back. When the disk refuses, `fail` is called, nobody is acknowledged, and the shard ends.
 *
 * How much memory: until `commit`, the events and sessions of some ticks, the keys of one and the states added to it (about 3 kB each).
 * From then on this object keeps the numbers to acknowledge, the keys and the callbacks, and the store its copy of the bytes,
 * until fsync. No number of commits is the limit. An event counts against the pool's `queueMax` until it is durable, so
 * there are never more of them here and in the store together; the sweep adds a few states at a time.
 */
export class Commits {
  readonly #store: ShardStore;
  readonly #stats: ThreadStats;
  readonly #clock: Clock;
  readonly #durable: DurableListener;
  readonly #fail: (error: unknown) => void;
  #entries: JournalEntry[] = [];
  #sessions = new Map<LiveSession, string>();
  #eventIds: { userId: string; eventId: string; atMs: number }[] = [];
  #states: StateWrite[] = [];
  #movedSessions: { userId: string; sessionId: string; seq: number; atMs: number }[] = [];
  #aliases: { userId: string; to: string }[] = [];
  #whenDurable: (() => void)[] = [];
  /** By user and id. */
  readonly #inFlightSessions = new Map<string, InFlightSession>();
  #inFlight = 0;
  /** Of those, the ones whose rows nothing else explains. */
  #rowsInFlight = 0;
  #idle: (() => void)[] = [];
  /** Idempotence keys of events that are applied and not yet durable, each after its user. */
  readonly #pendingIds = new Set<string>();

  /** `durable` hears of each session's events once they are on the disk; `fail` of a disk that refuses. */
  constructor(
    { store, stats, clock, fail }: Pick<ShardContext, 'store' | 'stats' | 'clock' | 'fail'>,
    durable: DurableListener,
  ) {
    this.#store = store;
    this.#stats = stats;
    this.#clock = clock;
    this.#durable = durable;
    this.#fail = fail;
  }

  /** Position that the next entry will get. */
  get position(): number {
    return this.#store.journal.end + this.#entries.length;
  }

  /** Adds an entry to the tick's journal record, in the order of the calls. Returns its position. */
  addEntry(entry: JournalEntry): number {
    return this.#store.journal.end + this.#entries.push(entry) - 1;
  }

  addEvent(user: LiveUser, session: LiveSession | undefined, event: JournalEvent): void {
    this.addEntry(event);
    if (session !== undefined) this.#sessions.set(session, user.userId);
    this.#addId(user.userId, event.eventId);
  }

  /** In place of an event that is not to be kept: the number it took in its session, or without one its key. */
  addPassed({ userId }: LiveUser, session: LiveSession | undefined, { seq, eventId = '' }: ShardEvent): void {
    if (session !== undefined) {
      this.addEntry({ entry: 'session', user: userId, session: session.id, seq });
      this.#sessions.set(session, userId);
    } else {
      this.addEntry({ entry: 'passed', user: userId, eventId });
      this.#addId(userId, eventId);
    }
  }

  #addId(userId: string, eventId: string): void {
    if (eventId === '') return;
    this.#eventIds.push({ userId, eventId, atMs: this.#clock.nowMs() });
    this.#pendingIds.add(`${userId}\n${eventId}`);
  }

  hasEventId(userId: string, eventId: string): boolean {
    return this.#pendingIds.has(`${userId}\n${eventId}`) || this.#store.hasEventId(userId, eventId);
  }

  /** Keys of a user, those of the running tick included; the newest `countMax`. */
  eventIdsOf(userId: string, countMax: number): string[] {
    const prefix = `${userId}\n`;
    const pending = [...this.#pendingIds]
      .filter((id) => id.startsWith(prefix))
      .map((id) => id.slice(prefix.length));
    return [...new Set([...pending, ...this.#store.eventIdsOf(userId, countMax)])].slice(0, countMax);
  }

  /** Keys that count for a user from now on, too; durable with the next commit. */
  addEventIds(userId: string, eventIds: readonly string[]): void {
    const atMs = this.#clock.nowMs();
    for (const eventId of eventIds) {
      this.#eventIds.push({ userId, eventId, atMs });
      this.#pendingIds.add(`${userId}\n${eventId}`);
    }
  }

  addStates(states: readonly StateWrite[]): void {
    for (const state of states) this.#states.push(state);
  }

  /** Sets the seq of a session that is not open here. */
  addSession(userId: string, sessionId: string, seq: number): void {
    this.#movedSessions.push({ userId, sessionId, seq, atMs: this.#clock.nowMs() });
  }

  addAlias(userId: string, to: string): void {
    this.#aliases.push({ userId, to });
  }

  /** Calls `done` when everything added so far is durable, and everything committed before it; at once when it is already. */
  whenDurable(done: () => void): void {
    if (!this.#hasWork() && this.#inFlight === 0) done();
    else this.#whenDurable.push(done);
  }

  /** Commits what was added, and calls `done` when it is rows, with all that was committed before: those too that the journal explains, which go later else. */
  whenWritten(done: () => void): void {
    this.#whenDurable.push(done);
    this.commit({ rowsFollow: false });
  }

  /**
   * Commits what a tick added, or leaves it for the journal's next group, together with what ticks add until then: events that only an
   * acknowledgement waits for are not durable any later, and one commit costs less than several. Whoever asks the store for what ticks did commits before.
   */
  commitTick(extra: CommitExtra): void {
    if (this.#mayWait(extra) && this.#store.waitsForGroup(this.#gather)) return;
    this.commit(extra);
  }

  /** Called by the journal. Bound once. */
  readonly #gather = (): void => {
    try {
      this.commit();
    } catch (error) {
      this.#fail(error);
    }
  };

  #mayWait(extra: CommitExtra): boolean {
    const isEventsAlone =
      this.#whenDurable.length + this.#states.length + this.#aliases.length + this.#eventIds.length === 0;
    const { length } = this.#entries;
    return isEventsAlone && length > 0 && length < WAITING_MAX && Object.keys(extra).length === 0;
  }

  /** Commits what was added; `extra` goes into the same transaction. */
  commit(extra: CommitExtra = {}): void {
    const isExtra = Object.keys(extra).length > 0;
    if (!this.#hasWork() && !isExtra && this.#whenDurable.length === 0) return;
    const acks = Array.from(this.#sessions, ([session, userId]) => ({
      of: this.#leaves(userId, session),
      seq: session.applied,
    }));
    const ids = this.#eventIds;
    const waiting = this.#whenDurable;
    const events = this.#entries.filter(isEvent).length;
    const startedUs = this.#clock.nowUs();
    faultPoint('commit.beforeWrite');
    const batch = this.#batch(extra);
    const done = this.#store.commit(batch);
    faultPoint('commit.handedOver');
    const journalEnd = this.#store.journal.end;
    this.#stats.count(COUNTER.journalEvents, events);
    this.#reset();
    this.#inFlight++;
    if (batch.rowsFollow !== true) this.#rowsInFlight++;
    done.then(
      () => {
        faultPoint('commit.beforeAck');
        this.#stats.count(COUNTER.commits);
        this.#stats.gauge(GAUGE.journalEnd, journalEnd);
        const nowUs = this.#clock.nowUs();
        this.#stats.observe(HISTOGRAM.stage.commit, nowUs - startedUs);
        for (const { userId, eventId } of ids) this.#pendingIds.delete(`${userId}\n${eventId}`);
        for (const { of, seq } of acks) {
          this.#arrives(of);
          this.#durable(of.session, seq, startedUs, nowUs);
        }
        for (const call of waiting) call();
        this.#inFlight--;
        if (batch.rowsFollow !== true) this.#rowsInFlight--;
        if (this.#inFlight === 0) for (const call of this.#idle.splice(0)) call();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /**
   * The session takes the place of one of its name that was closed: it is told in its place, and `durable` is what is on the disk, without the
   * events that are on their way.
   */
  adopt(userId: string, session: LiveSession): void {
    const of = this.#inFlightSessions.get(keyOf(userId, session));
    if (of === undefined) return;
    session.durable = of.session.durable;
    of.session = session;
  }

  #leaves(userId: string, session: LiveSession): InFlightSession {
    const key = keyOf(userId, session);
    const of = this.#inFlightSessions.get(key) ?? { key, session, commits: 0 };
    this.#inFlightSessions.set(key, of);
    of.session = session;
    of.commits++;
    return of;
  }

  #arrives(of: InFlightSession): void {
    if (--of.commits === 0) this.#inFlightSessions.delete(of.key);
  }

  /** Resolves when no commit is on its way. */
  async idle(): Promise<void> {
    this.commit();
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #hasWork(): boolean {
    return this.#entries.length > 0 || this.#states.length > 0 || this.#aliases.length > 0;
  }

  #batch(extra: CommitExtra): CommitBatch {
    const atMs = this.#clock.nowMs();
    const sessions = this.#movedSessions;
    for (const [session, userId] of this.#sessions)
      sessions.push({ userId, sessionId: session.id, seq: session.applied, atMs });
    return {
      ...extra,
      rowsFollow: this.#rowsFollow(extra),
      ...(this.#entries.length > 0 && {
        journal: { count: this.#entries.length, bytes: this.#store.record(this.#entries, atMs) },
      }),
      ...(sessions.length > 0 && { sessions }),
      ...(this.#eventIds.length > 0 && { eventIds: this.#eventIds }),
      ...(this.#states.length > 0 && { users: this.#states }),
      ...(this.#aliases.length > 0 && { aliases: this.#aliases }),
    };
  }

  /**
   * States and sessions of users are made again from the journal when a crash loses them. Whoever waits for all that was committed
   * before waits for rows that nothing explains, too.
   */
  #rowsFollow(extra: CommitExtra): boolean {
    const isExplained = extra.rowsFollow === true || Object.keys(extra).length === 0;
    return isExplained && (this.#whenDurable.length === 0 || this.#rowsInFlight === 0);
  }

  #reset(): void {
    this.#entries = [];
    this.#sessions = new Map();
    this.#eventIds = [];
    this.#states = [];
    this.#movedSessions = [];
    this.#aliases = [];
    this.#whenDurable = [];
  }
}

function keyOf(userId: string, { id }: LiveSession): string {
  return `${userId}\n${id}`;
}
