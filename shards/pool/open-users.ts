import type { MergedVisitor, OpenedSession } from './shard-pool.js';
import type { OpenChannel, OpenSession } from '../owed/outstanding.js';
import { shardOf } from '../reshard/placement.js';
import { failureOf, type ShardHandle } from './shard-handle.js';
import type { OpenCall } from '../wire/calls.js';
import type { UserKey } from '../store/user-key.js';

/** See `ShardCall`. */
export type OpenedHow = Pick<OpenCall, 'isExact'> & Partial<Pick<OpenCall, 'sent' | 'isKnown'>>;

/**
 * Who owns which user, and the users and sessions that the gateway holds open on any shard. They are found by number without
 * asking shard after shard, for every click looks its session up.
 */
export class OpenUsers {
  readonly #handles: readonly ShardHandle[];
  readonly #channels = new Map<number, OpenChannel>();
  readonly #sessions = new Map<number, OpenSession>();
  /** Visitors who are being merged, each with the end of it; `VisitorMerges` alone changes it. */
  readonly moving = new Map<UserKey, Promise<unknown>>();

  /** `handles` are by shard. */
  constructor(handles: readonly ShardHandle[]) {
    this.#handles = handles;
  }

  /** The shard of a user, open or not. */
  ownerOf(user: UserKey): ShardHandle {
    return this.#handles[shardOf(user, this.#handles.length)];
  }

  /** The shard of an open user, without hashing their name. */
  handleOf(channel: OpenChannel): ShardHandle {
    return this.#handles[channel.shard];
  }

  channel(number: number): OpenChannel | undefined {
    return this.#channels.get(number);
  }

  session(number: number): OpenSession | undefined {
    return this.#sessions.get(number);
  }

  /** Resolves when the user is not being merged any more. */
  async whenSettled(user: UserKey): Promise<void> {
    for (let move = this.moving.get(user); move !== undefined; move = this.moving.get(user))
      await move.catch(() => undefined);
  }

  /**
   * Opens a session of a user; each that opened needs a `close`. With `isExact` it resolves when all that was applied is
   * durable; see `ShardPool.open`. A visitor who is being merged is asked for when that is over.
   */
  async open(user: UserKey, sessionId: string, how: OpenedHow): Promise<OpenedSession | MergedVisitor> {
    if (this.moving.has(user)) await this.whenSettled(user);
    const handle = this.ownerOf(user);
    const session = this.hold(user, sessionId);
    const { number, channel } = session;
    const reply = await handle.answerTo({
      op: 'open',
      channel: channel.number,
      user,
      session: number,
      sessionId,
      ...how,
    });
    if (reply.op === 'opened' && !reply.isMerged) {
      const { seq, rev, applied = seq } = reply;
      // What another connection sent may have been applied since the answer left; nobody but the session has heard of it yet.
      const heard = Math.max(applied, session.applied);
      return { channel: channel.number, session: number, user, seq, applied: heard, rev };
    }
    this.close(number);
    if (reply.op !== 'opened') throw failureOf(reply);
    return { mergedSeq: reply.seq };
  }

  /** Takes one holder from a session; the last one's leaving closes it. */
  close(session: number): void {
    const open = this.#sessions.get(session);
    if (open === undefined || --open.holders > 0) return;
    this.#sessions.delete(session);
    if (this.handleOf(open.channel).close(open)) this.#channels.delete(open.channel.number);
  }

  /** A session with one holder more, who has to `close` it; the shard is not told. */
  hold(user: UserKey, sessionId: string): OpenSession {
    const held = this.ownerOf(user).owed.hold(user, sessionId);
    this.#sessions.set(held.number, held);
    this.#channels.set(held.channel.number, held.channel);
    return held;
  }
}
