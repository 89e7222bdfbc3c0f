import type { Commits } from './commits.js';
import { LiveUser, USER_TIME, type LiveSession } from '../live/live-user.js';
import { intentOf } from '../live/merge-intents.js';
import type { RevFloor } from '../live/rev-floor.js';
import type { OpenCall } from '../wire/calls.js';
import type { ShardContext } from './shard-context.js';
import { isVisitor, nameOf } from '../store/user-key.js';
import type { SlotDefinition } from '../wire/slot-lists.js';
import { TimeShares } from '../../metrics/process/time-share.js';
import { lastSeq } from '../quarantine/last-seq.js';
import { SearchMemory } from '../live/search-memory.js';
import { SessionMemory } from '../live/session-memory.js';

/** How long somebody who has all of a session's events waits for those that are on their way to the disk. */
const OPEN_PATIENCE_MS = 250;

/** The open users of a shard by channel, and their sessions by number. One per shard. */
export class LiveUsers {
  /** What the events of sessions were that are not open. */
  readonly memory = new SessionMemory();
  readonly #searches = new SearchMemory();
  readonly #context: ShardContext;
  readonly #commits: Commits;
  readonly #revs: RevFloor;
  readonly #shares = new TimeShares(USER_TIME);
  /** Of the channels that are gone, and of the others when it was last asked for. */
  #highestRev = 0;
  readonly #channels = new Map<number, LiveUser>();
  /** The same by key; of a user with two channels, one of which is about to close, the newer one. */
  readonly #byUser = new Map<string, LiveUser>();

  /** Users without a channel for whom something is asked. */
  readonly #guests = new Map<string, LiveUser>();

  constructor(context: ShardContext, commits: Commits, revs: RevFloor) {
    this.#context = context;
    this.#commits = commits;
    this.#revs = revs;
  }

  all(): Iterable<LiveUser> {
    return this.#channels.values();
  }

  /** User of a channel; undefined when the channel is not open (any more). */
  on(channel: number): LiveUser | undefined {
    return this.#channels.get(channel);
  }

  /**
   * Opens the channel and the session of the call, unless they are open, and answers. A visitor who was merged, or is about to
   * be, is not opened: the answer says so.
   */
  open(call: OpenCall): void {
    const { store, sink } = this.#context;
    if (isVisitor(call.user) && this.#isMerged(call.user)) {
      const seq = store.sessionSeq(call.user, call.sessionId) ?? 0;
      sink.reply({ op: 'opened', call: call.call, seq, rev: 0, isMerged: true });
      return;
    }
    if (call.isKnown === true && !this.hasSession(call.user, call.sessionId)) {
      sink.reply({ op: 'failed', call: call.call, message: 'the user has no such session' });
      return;
    }
    const user = this.#userOf(call);
    const session = this.#sessionOf(user, call);
    const rev = user.rev === 0 ? user.nextRev(this.#revs.nowMs()) : user.rev;
    const answer = (seq: number) => {
      const { applied } = session;
      sink.reply({
        op: 'opened',
        call: call.call,
        seq,
        rev,
        isMerged: false,
        ...(applied > seq && { applied }),
      });
    };
    // What comes behind this call is none of it: it may not be durable when the answer leaves.
    const seq = session.applied;
    if (call.isExact && session.durable < seq) this.#whenExact(session, call, answer);
    else answer(seq);
  }

  /** Answers when all that was applied is durable; sooner, with what is, for whoever sends the rest again. */
  #whenExact(session: LiveSession, { sent = 0 }: OpenCall, answer: (seq: number) => void): void {
    const seq = session.applied;
    let late: NodeJS.Timeout | undefined;
    let isAnswered = false;
    const once = (known: number): void => {
      clearTimeout(late);
      if (!isAnswered) answer(known);
      isAnswered = true;
    };
    if (sent >= seq) late = setTimeout(() => once(session.durable), OPEN_PATIENCE_MS);
    this.#commits.whenDurable(() => once(seq));
  }

  /**
   * Whom an answer for a user without a channel is made for: the open user, or a guest, who is forgotten when their last call is
   * carried out. Undefined for a visitor who was merged, or is about to be.
   */
  guest(userId: string): LiveUser | undefined {
    if (isVisitor(userId) && this.#isMerged(userId)) return undefined;
    const known = this.#byUser.get(userId) ?? this.#guests.get(userId);
    if (known !== undefined) return known;
    const guest = new LiveUser(0, userId, this.#shares);
    guest.search = this.#searches.of(userId, this.#context.clock.nowMs());
    guest.nextRev(this.#revs.nowMs());
    this.#guests.set(userId, guest);
    return guest;
  }

  /** Nothing is asked for a guest any more. */
  forgetGuest({ userId, rev }: LiveUser): void {
    this.#highestRev = Math.max(this.#highestRev, rev);
    this.#guests.delete(userId);
  }

  closeSession(user: LiveUser, session: number): void {
    const closed = user.sessions.get(session);
    if (closed !== undefined) this.memory.keep(user.userId, closed.id, closed.digests);
    user.sessions.delete(session);
  }

  /** The highest revision that was given out. */
  get highestRev(): number {
    for (const { rev } of this.#channels.values()) this.#highestRev = Math.max(this.#highestRev, rev);
    return this.#highestRev;
  }

  /** Forgets a channel; its slots go with it. */
  release(channel: number): void {
    const user = this.#channels.get(channel);
    this.#highestRev = Math.max(this.#highestRev, user?.rev ?? 0);
    this.#channels.delete(channel);
    if (user === undefined || this.#byUser.get(user.userId) !== user) return;
    this.#byUser.delete(user.userId);
    this.#searches.keep(user.userId, user.search, this.#context.clock.nowMs());
  }

  /** The open user of that key, if there is one. */
  openOf(userId: string): LiveUser | undefined {
    return this.#byUser.get(userId);
  }

  isOpen(userId: string): boolean {
    return this.#byUser.has(userId);
  }

  /** Nothing is remembered of a user but that they have a channel, until that is closed. */
  forgetAll(userId: string): void {
    this.memory.forgetUser(userId);
    this.#searches.forget(userId);
    this.#guests.delete(userId);
    const user = this.#byUser.get(userId);
    if (user !== undefined) user.search = undefined;
    for (const session of user?.sessions.values() ?? []) session.digests.clear();
  }

  /** A visitor is somebody's from now on: what still comes for their channel is the sender's to send again. */
  give(visitor: string): void {
    const user = this.#byUser.get(visitor);
    if (user !== undefined) user.isGiven = true;
  }

  /** A visitor is gone, and with them their session. */
  forgetVisitor(visitor: string): void {
    this.memory.forget(visitor, nameOf(visitor));
    this.#searches.forget(visitor);
  }

  /** The open session of a user that has this id, if there is one. */
  sessionOf(userId: string, sessionId: string): LiveSession | undefined {
    for (const session of this.#byUser.get(userId)?.sessions.values() ?? [])
      if (session.id === sessionId) return session;
    return undefined;
  }

  /** True when the user has a session of that name, open or not. */
  hasSession(userId: string, sessionId: string): boolean {
    return (
      this.sessionOf(userId, sessionId) !== undefined ||
      this.#context.store.sessionSeq(userId, sessionId) !== undefined
    );
  }

  /**
   * Opens a channel for a user whose recorded events are replayed. `slots` are those whose lists are wanted. The number is
   * negative, so that no other channel has it.
   */
  openRecovery(userId: string, slots: readonly SlotDefinition[]): number {
    const channel = -1 - this.#channels.size;
    const user = new LiveUser(channel, userId);
    for (const slot of slots) user.define(slot);
    this.#channels.set(channel, user);
    return channel;
  }

  closeRecovery(): void {
    for (const channel of this.#channels.keys()) if (channel < 0) this.#channels.delete(channel);
  }

  #isMerged(visitor: string): boolean {
    const { store } = this.#context;
    return store.alias(visitor) !== undefined || intentOf(store, visitor) !== undefined;
  }

  #userOf(call: OpenCall): LiveUser {
    let user = this.#channels.get(call.channel);
    if (user === undefined) {
      user = new LiveUser(call.channel, call.user, this.#shares);
      user.search = this.#searches.of(call.user, this.#context.clock.nowMs());
      this.#channels.set(call.channel, user);
      this.#byUser.set(call.user, user);
    }
    return user;
  }

  /** The session of the call; one that is not open begins with the `seq` that the store knows. */
  #sessionOf(user: LiveUser, call: OpenCall): LiveSession {
    let session = user.sessions.get(call.session);
    if (session === undefined) {
      const { store, quarantine } = this.#context;
      const seq = lastSeq(store, quarantine, call.user, call.sessionId);
      const digests = this.memory.take(call.user, call.sessionId);
      session = { number: call.session, id: call.sessionId, applied: seq, durable: seq, digests };
      user.sessions.set(call.session, session);
      this.#commits.adopt(call.user, session);
    }
    return session;
  }
}
