import type { OpenedSession, ShardEvents, ShardPool, ShardList, SlotDefinition } from '../../shards/api.js';

/** What a channel delivers to; a connection. */
export interface ChannelMember {
  /** True when the member is subscribed to the slot. */
  hasSlot(name: string): boolean;
  onList(slot: string, list: ShardList): void;
  onDurable(seq: number): void;
  onGap(seq: number, expected: number): void;
  /** The visitor it speaks for has become the known user `into`. */
  onMoved(into: string): void;
}

/** One open session of a user: what its events have come to. Shared by the members that resumed the same session. */
export interface SessionState {
  readonly number: number;
  readonly channel: number;
  /** The last `seq` that lists contain: `cause`. */
  appliedSeq: number;
  readonly members: ChannelMember[];
}

interface ChannelState {
  readonly members: ChannelMember[];
  /** Members subscribed to each slot. */
  readonly slotRefs: Map<string, number>;
}

/**
 * Who gets what comes back from the shards: members by channel (an open user) and by session.
 *
 * A slot belongs to the user: the latest definition counts for all members that subscribed to its name, and the shard
 * forgets it when the last of them leaves.
 */
export class Channels implements ShardEvents {
  readonly #pool: ShardPool;
  readonly #byNumber = new Map<number, ChannelState>();
  readonly #sessions = new Map<number, SessionState>();

  constructor(pool: ShardPool) {
    this.#pool = pool;
    pool.listen(this);
  }

  /** Users with a member. */
  get size(): number {
    return this.#byNumber.size;
  }

  /** Takes a member in. Each `join` needs a `leave`, which closes the session as well. */
  join(member: ChannelMember, opened: OpenedSession): SessionState {
    const channel = this.#byNumber.get(opened.channel) ?? newChannel();
    this.#byNumber.set(opened.channel, channel);
    channel.members.push(member);
    const session: SessionState = this.#sessions.get(opened.session) ?? {
      number: opened.session,
      channel: opened.channel,
      appliedSeq: 0,
      members: [],
    };
    this.#sessions.set(opened.session, session);
    session.appliedSeq = Math.max(session.appliedSeq, opened.seq);
    session.members.push(member);
    return session;
  }

  /** `slots` are the names the member is still subscribed to. */
  leave(member: ChannelMember, session: SessionState, slots: Iterable<string>): void {
    this.unsubscribe(session, [...slots]);
    remove(session.members, member);
    if (session.members.length === 0) this.#sessions.delete(session.number);
    const channel = this.#byNumber.get(session.channel);
    if (channel !== undefined) remove(channel.members, member);
    if (channel?.members.length === 0) this.#byNumber.delete(session.channel);
    this.#pool.close(session.number);
  }

  /** `added` are the names among `slots` that the member was not subscribed to before. */
  subscribe(session: SessionState, slots: readonly SlotDefinition[], added: readonly string[]): void {
    const refs = this.#byNumber.get(session.channel)?.slotRefs;
    for (const name of added) refs?.set(name, (refs.get(name) ?? 0) + 1);
    if (slots.length > 0) this.#pool.subscribe(session.channel, slots);
  }

  unsubscribe(session: SessionState, names: readonly string[]): void {
    const refs = this.#byNumber.get(session.channel)?.slotRefs;
    const orphans = names.filter((name) => {
      const left = (refs?.get(name) ?? 1) - 1;
      if (left > 0) refs?.set(name, left);
      else refs?.delete(name);
      return left <= 0;
    });
    if (orphans.length > 0) this.#pool.unsubscribe(session.channel, orphans);
  }

  list(channel: number, slot: string, list: ShardList): void {
    const members = this.#byNumber.get(channel)?.members;
    if (members === undefined) return;
    for (let i = 0; i < members.length; i++) if (members[i].hasSlot(slot)) members[i].onList(slot, list);
  }

  applied(session: number, seq: number): void {
    const state = this.#sessions.get(session);
    if (state !== undefined && seq > state.appliedSeq) state.appliedSeq = seq;
  }

  durable(session: number, seq: number): void {
    const members = this.#sessions.get(session)?.members;
    if (members === undefined) return;
    for (let i = 0; i < members.length; i++) members[i].onDurable(seq);
  }

  moved(channel: number, into: string): void {
    // Members leave later, when they have been opened under the new name.
    for (const member of this.#byNumber.get(channel)?.members ?? []) member.onMoved(into);
  }

  refused(session: number, seq: number, _code: 'seq_gap', expected: number): void {
    for (const member of this.#sessions.get(session)?.members ?? []) member.onGap(seq, expected);
  }
}

function newChannel(): ChannelState {
  return { members: [], slotRefs: new Map() };
}

function remove<T>(list: T[], member: T): void {
  const at = list.indexOf(member);
  if (at >= 0) list.splice(at, 1);
}
