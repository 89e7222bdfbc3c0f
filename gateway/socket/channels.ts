import { SmallMap } from '../../metrics/collections/small-map.js';
import { SmallSet } from '../../metrics/collections/small-set.js';
import type {
  EventRefusal,
  OpenedSession,
  ShardEvents,
  ShardPool,
  ShardList,
  SlotDefinition,
  UserKey,
} from '../../shards/api.js';

/** What a channel delivers to; a connection. */
export interface ChannelMember {
  /** True when the member is subscribed to the slot. */
  hasSlot(name: string): boolean;
  /** @param isCrowd true when so many get the list that they take turns. */
  onList(slot: string, list: ShardList, isCrowd: boolean): void;
  /** `fromUs`, `toUs`: of the commit, `Clock.nowUs`; 0 when it is not known. */
  onDurable(seq: number, fromUs: number, toUs: number): void;
  /** The event was not applied; `expected` is the next `seq` of the session, 0 with `internal`. */
  onRefused(seq: number, code: EventRefusal, expected: number): void;
  /** The visitor it speaks for has become the named user `into`. */
  onMoved(into: UserKey): void;
  /** The user it speaks for is being erased. */
  onErased(): void;
}

/** One open session of a user: what its events have come to. Shared by the members that resumed the same session. */
export interface SessionState {
  readonly number: number;
  readonly channel: number;
  /** The last `seq` that lists contain: `cause`. */
  appliedSeq: number;
  readonly members: SmallSet<ChannelMember>;
}

interface ChannelSlot {
  /** Members subscribed to it. */
  refs: number;
  /** The newest list; undefined before the first. */
  list: ShardList | undefined;
  /** Members that wait for a list, and get the newest one when that holds. */
  readonly awaiting: SmallSet<ChannelMember>;
}

interface ChannelState {
  readonly members: SmallSet<ChannelMember>;
  readonly slots: SmallMap<string, ChannelSlot>;
}

/** Slots of one user over all of their connections: each event makes a list of each. */
export const USER_SLOTS_MAX = 64;
/** Members beyond whom they take turns in getting a list (`FlushQueue`). */
const CROWD = 16;

/**
 * Who gets what comes back from the shards: members by channel (an open user) and by session.
 *
 * A slot belongs to the user: the latest definition counts for all members that subscribed to its name, and the shard
 * forgets it when the last of them leaves. A member that comes to a slot as it is gets the newest list, and nobody else hears
 * of it; only a definition that says something else makes a new list, for all.
 * Bounds: `USER_SLOTS_MAX` slots of a user. What comes for a user costs as much as they have members, nothing more.
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
    channel.members.add(member);
    const session: SessionState = this.#sessions.get(opened.session) ?? {
      number: opened.session,
      channel: opened.channel,
      appliedSeq: 0,
      members: new SmallSet(),
    };
    this.#sessions.set(opened.session, session);
    session.appliedSeq = Math.max(session.appliedSeq, opened.applied);
    session.members.add(member);
    return session;
  }

  /** `slots` are the names the member is still subscribed to. */
  leave(member: ChannelMember, session: SessionState, slots: Iterable<string>): void {
    this.unsubscribe(member, session, [...slots]);
    session.members.delete(member);
    if (session.members.size === 0) this.#sessions.delete(session.number);
    const channel = this.#byNumber.get(session.channel);
    channel?.members.delete(member);
    if (channel?.members.size === 0) this.#byNumber.delete(session.channel);
    this.#pool.close(session.number);
  }

  /** True when the user may have these slots besides those they have. */
  hasRoomFor(session: SessionState, names: readonly string[]): boolean {
    const slots = this.#byNumber.get(session.channel)?.slots;
    let count = slots?.size ?? 0;
    for (const name of new Set(names)) if (slots?.has(name) !== true) count++;
    return count <= USER_SLOTS_MAX;
  }

  /**
   * A list of each slot follows, to this member at least. `added` are the names among `slots` that the member was not
   * subscribed to before; there has to be room for them.
   */
  subscribe(
    member: ChannelMember,
    session: SessionState,
    slots: readonly SlotDefinition[],
    added: readonly string[],
  ): void {
    const known = this.#byNumber.get(session.channel)?.slots;
    for (const name of added) slotOf(known, name).refs++;
    for (const { name } of slots) known?.get(name)?.awaiting.add(member);
    if (slots.length > 0) this.#pool.subscribe(session.channel, slots);
  }

  /** New definitions of slots that a member of the session is subscribed to; their lists are no hurry. */
  redefine(session: SessionState, slots: readonly SlotDefinition[]): void {
    this.#pool.redefine(session.channel, slots);
  }

  unsubscribe(member: ChannelMember, session: SessionState, names: readonly string[]): void {
    const slots = this.#byNumber.get(session.channel)?.slots;
    const orphans = names.filter((name) => {
      const slot = slots?.get(name);
      slot?.awaiting.delete(member);
      if (slot !== undefined && --slot.refs > 0) return false;
      slots?.delete(name);
      return true;
    });
    if (orphans.length > 0) this.#pool.unsubscribe(session.channel, orphans);
  }

  list(channel: number, name: string, list: ShardList): void {
    const state = this.#byNumber.get(channel);
    const slot = state?.slots.get(name);
    if (state === undefined || slot === undefined) return;
    slot.list = list;
    if (slot.awaiting.size > 0) slot.awaiting.clear();
    const isCrowd = state.members.size > CROWD;
    for (const member of state.members) if (member.hasSlot(name)) member.onList(name, list, isCrowd);
  }

  current(channel: number, name: string): void {
    const slot = this.#byNumber.get(channel)?.slots.get(name);
    if (slot?.list === undefined) return;
    const isCrowd = slot.awaiting.size > CROWD;
    for (const member of slot.awaiting) member.onList(name, slot.list, isCrowd);
    slot.awaiting.clear();
  }

  applied(session: number, seq: number): void {
    const state = this.#sessions.get(session);
    if (state !== undefined && seq > state.appliedSeq) state.appliedSeq = seq;
  }

  durable(session: number, seq: number, fromUs: number, toUs: number): void {
    const members = this.#sessions.get(session)?.members;
    if (members === undefined) return;
    for (const member of members) member.onDurable(seq, fromUs, toUs);
  }

  moved(channel: number, into: UserKey): void {
    // Members leave later: the one that asked for it when it has been opened as the user, the others when they are closed.
    for (const member of this.#byNumber.get(channel)?.members ?? []) member.onMoved(into);
  }

  erased(channel: number): void {
    for (const member of this.#byNumber.get(channel)?.members ?? []) member.onErased();
  }

  refused(session: number, seq: number, code: EventRefusal, expected: number): void {
    for (const member of this.#sessions.get(session)?.members ?? []) member.onRefused(seq, code, expected);
  }
}

function newChannel(): ChannelState {
  return { members: new SmallSet(), slots: new SmallMap() };
}

/** The slot, new when it was not there. */
function slotOf(slots: SmallMap<string, ChannelSlot> | undefined, name: string): ChannelSlot {
  let slot = slots?.get(name);
  if (slot === undefined) {
    slot = { refs: 0, list: undefined, awaiting: new SmallSet() };
    slots?.set(name, slot);
  }
  return slot;
}
