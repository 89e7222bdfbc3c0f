import type { Commits } from './commits.js';
import { LiveUser, type LiveSession } from './live-user.js';
import type { OpenCall } from '../wire/calls.js';
import type { ShardContext } from './shard-context.js';
import type { SlotDefinition } from '../wire/slot-lists.js';

/** The open users of a shard by channel, and their sessions by number. One per shard. */
export class LiveUsers {
  readonly #context: ShardContext;
  readonly #commits: Commits;
  readonly #channels = new Map<number, LiveUser>();
  readonly #sessions = new Map<number, { readonly user: LiveUser; readonly session: LiveSession }>();

  constructor(context: ShardContext, commits: Commits) {
    this.#context = context;
    this.#commits = commits;
  }

  /** User of a channel; undefined when the channel is not open (any more). */
  on(channel: number): LiveUser | undefined {
    return this.#channels.get(channel);
  }

  /**
   * Opens the channel and the session of the call, unless they are open, and answers. A user who was merged into another is
   * not opened: the answer names that one.
   */
  open(call: OpenCall): void {
    const { store, sink, clock } = this.#context;
    const alias = store.alias(call.user);
    if (alias !== undefined) {
      sink.reply({ op: 'opened', call: call.call, seq: 0, rev: 0, alias });
      return;
    }
    const user = this.#userOf(call);
    const session = this.#sessionOf(user, call);
    const rev = user.rev === 0 ? user.nextRev(clock.nowMs()) : user.rev;
    const answer = () =>
      sink.reply({ op: 'opened', call: call.call, seq: session.applied, rev, alias: undefined });
    if (call.isExact) this.#commits.whenDurable(answer);
    else answer();
  }

  closeSession(user: LiveUser, session: number): void {
    user.sessions.delete(session);
    this.#sessions.delete(session);
  }

  /** Forgets a channel; its slots go with it. */
  release(channel: number): void {
    this.#channels.delete(channel);
  }

  /** True when session number `session` is the user's session with that id; false for sessions without an id. */
  isNamed(session: number, userId: string, sessionId: string): boolean {
    const open = this.#sessions.get(session);
    return open?.session.id === sessionId && sessionId !== '' && open.user.userId === userId;
  }

  /** Open sessions of a user, over all of their channels. */
  sessionsOf(userId: string): LiveSession[] {
    const sessions: LiveSession[] = [];
    for (const { user, session } of this.#sessions.values()) {
      if (user.userId === userId) sessions.push(session);
    }
    return sessions;
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

  #userOf(call: OpenCall): LiveUser {
    let user = this.#channels.get(call.channel);
    if (user === undefined) {
      user = new LiveUser(call.channel, call.user);
      this.#channels.set(call.channel, user);
    }
    return user;
  }

  /** The session of the call; one that is not open begins with the `seq` that the store knows. */
  #sessionOf(user: LiveUser, call: OpenCall): LiveSession {
    let session = user.sessions.get(call.session);
    if (session === undefined) {
      const seq = this.#context.store.sessionSeq(call.user, call.sessionId) ?? 0;
      session = { number: call.session, id: call.sessionId, applied: seq, durable: seq };
      user.sessions.set(call.session, session);
      this.#sessions.set(call.session, { user, session });
    }
    return session;
  }
}
