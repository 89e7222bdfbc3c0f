import type { OpenUsers } from '../../shards/pool/open-users.js';
import type { Asked, ShardHandle } from '../../shards/pool/shard-handle.js';
import type { UserKey } from '../../shards/store/user-key.js';
import type { ShardCall, ShardReply } from '../../shards/wire/calls.js';
import { unpackCalls } from '../../shards/wire/thread-batch.js';
import type { LinkCall } from '../link/frame.js';
import type { LinkedPeer, PeerServer } from '../link/link-server.js';
import { Guest } from './guest.js';
import type { GuestNews } from './guest-news.js';

/** The pool that guests are served from. */
export interface DeskPool {
  readonly handles: readonly ShardHandle[];
  readonly users: OpenUsers;
  /** True while the partition is served here. */
  readonly serves: (partition: number) => boolean;
  /** True for a slot that a connection of this node's own gateway has asked for. */
  readonly wantsSlot: (channel: number, slot: string) => boolean;
}

/** Questions that are carried out for a guest as they are. */
const ASKED: ReadonlySet<string> = new Set([
  'rankFor',
  'graph',
  'tune',
  'consent',
  'attributes',
  'seen',
  'export',
  'visitorsOf',
  'merge',
  'forget',
  'unfinished',
]);

/**
 * Serves partitions of this node to others: each opens users and sessions here as a connection does, so that a user who is open on several
 * nodes is one user, and hears of them what this node hears. Its numbers become numbers of this pool and back.
 * When the partition is not served here any more, its guests are told, and nothing is left of what they had: they tell it to the next owner.
 */
export class GuestDesk implements PeerServer {
  readonly #pool: DeskPool;
  readonly #guests = new Map<LinkedPeer, Map<number, Guest>>();
  readonly #news: GuestNews;

  constructor(pool: DeskPool, news: GuestNews) {
    this.#pool = pool;
    this.#news = news;
  }

  call(peer: LinkedPeer, call: LinkCall): void {
    const { partition } = call;
    if (call.op === 'attach') return this.#attach(peer, partition);
    const guest = this.#guests.get(peer)?.get(partition);
    if (guest === undefined) return;
    if (call.op === 'detach') {
      this.#guests.get(peer)?.delete(partition);
      this.#dismiss(guest);
    } else unpackCalls(call.batch, (asked) => this.#take(guest, asked));
  }

  left(peer: LinkedPeer): void {
    for (const guest of this.#guests.get(peer)?.values() ?? []) this.#dismiss(guest);
    this.#guests.delete(peer);
  }

  /** The partition is not served here any more. */
  ended(partition: number): void {
    for (const [peer, guests] of this.#guests) {
      const guest = guests.get(partition);
      if (guest === undefined) continue;
      guests.delete(partition);
      this.#dismiss(guest);
      peer.say({ op: 'gone', partition });
    }
  }

  /** True for a user whom another node has open here. */
  isGuest(user: UserKey): boolean {
    const channel = this.#pool.users.ownerOf(user).owed.byUser.get(user);
    return channel !== undefined && [...this.#news.channels.of(channel.number)].length > 0;
  }

  #attach(peer: LinkedPeer, partition: number): void {
    if (!this.#pool.serves(partition)) return peer.say({ op: 'gone', partition });
    const guests = this.#guests.get(peer) ?? new Map<number, Guest>();
    this.#guests.set(peer, guests);
    const before = guests.get(partition);
    if (before !== undefined) this.#dismiss(before);
    guests.set(partition, new Guest(partition, peer));
    peer.say({ op: 'attached', partition });
  }

  #dismiss(guest: Guest): void {
    guest.isGone = true;
    const handle = this.#pool.handles[guest.partition];
    for (const [number, over] of guest.questions) {
      handle.forgetQuestion(number);
      over();
    }
    for (const theirs of guest.channels.keys()) this.#releaseSlots(guest, theirs, guest.slots.get(theirs));
    for (const theirs of guest.sessions.keys()) this.#close(guest, theirs);
    for (const theirs of guest.channels.keys()) this.#release(guest, theirs);
  }

  #take(guest: Guest, call: ShardCall): void {
    const handle = this.#pool.handles[guest.partition];
    switch (call.op) {
      case 'open':
        return this.#open(guest, call);
      case 'close':
        return this.#close(guest, call.session);
      case 'release':
        return this.#release(guest, call.channel);
      case 'event':
        return this.#event(guest, call);
      case 'rank': {
        const channel = guest.channels.get(call.channel);
        if (channel === undefined) return guest.packer.reply(notOpen(call.call));
        return this.#ask(guest, { op: 'rank', channel: channel.number, request: call.request }, call.call);
      }
      case 'give':
        return this.#give(guest, call);
      case 'subscribe':
      case 'redefine':
      case 'unsubscribe':
      case 'current':
        return this.#takeSlots(guest, call, handle);
      default:
        if ('call' in call) this.#question(guest, call);
    }
  }

  #question(guest: Guest, call: Extract<ShardCall, { readonly call: number }>): void {
    if (ASKED.has(call.op)) return this.#ask(guest, call, call.call);
    const message = `"${call.op}" is nothing that another node is asked for`;
    guest.packer.reply({ op: 'failed', call: call.call, message });
  }

  /** @param theirs the number that the guest has given the question */
  #ask(guest: Guest, asked: Asked, theirs: number, over: () => void = NOBODY): void {
    const handle = this.#pool.handles[guest.partition];
    const number = handle.ask(asked, (reply) => {
      guest.questions.delete(number);
      if (reply.op !== 'moved') guest.packer.reply({ ...reply, call: theirs });
      over();
    });
    guest.questions.set(number, over);
  }

  /** The user is held at once, so that what follows finds them; their shard is asked after a merge of theirs that is under way. */
  #open(guest: Guest, call: Extract<ShardCall, { op: 'open' }>): void {
    const { users } = this.#pool;
    const user = call.user as UserKey;
    const moving = users.moving.get(user);
    if (moving !== undefined) {
      void users.whenSettled(user).then(() => this.#open(guest, call));
      return;
    }
    if (guest.isGone) return;
    let session = guest.sessions.get(call.session);
    if (session === undefined) {
      session = users.hold(user, call.sessionId);
      guest.sessions.set(call.session, session);
      guest.channels.set(call.channel, session.channel);
      this.#news.sessions.add(session.number, guest, call.session);
      this.#news.channels.add(session.channel.number, guest, call.channel);
    }
    const { number, id, channel } = session;
    const { isExact } = call;
    this.#ask(
      guest,
      { op: 'open', channel: channel.number, user, session: number, sessionId: id, isExact },
      call.call,
    );
  }

  /** A visitor whom others have open stays who they are: what these send would be lost. Nobody opens them until they are given. */
  #give(guest: Guest, call: Extract<ShardCall, { op: 'give' }>): void {
    const { users } = this.#pool;
    const visitor = call.user as UserKey;
    const sessions = [...(users.ownerOf(visitor).owed.byUser.get(visitor)?.sessions.values() ?? [])];
    const theirs = new Set(guest.sessions.values());
    if (users.moving.has(visitor) || sessions.some((open) => open.holders > (theirs.has(open) ? 1 : 0))) {
      const message = 'the visitor is open at another node; try again when they are not';
      return guest.packer.reply({ op: 'failed', call: call.call, message });
    }
    const given = new Promise<void>((resolve) => {
      this.#ask(guest, call, call.call, () => resolve());
    }).finally(() => users.moving.delete(visitor));
    users.moving.set(visitor, given);
  }

  #close(guest: Guest, theirs: number): void {
    const session = guest.sessions.get(theirs);
    if (session === undefined) return;
    guest.sessions.delete(theirs);
    this.#news.sessions.delete(session.number, guest);
    this.#pool.users.close(session.number);
  }

  #release(guest: Guest, theirs: number): void {
    const channel = guest.channels.get(theirs);
    if (channel === undefined) return;
    this.#releaseSlots(guest, theirs, guest.slots.get(theirs));
    guest.channels.delete(theirs);
    guest.slots.delete(theirs);
    this.#news.channels.delete(channel.number, guest);
  }

  #event(guest: Guest, { channel, session, event, call }: Extract<ShardCall, { op: 'event' }>): void {
    const handle = this.#pool.handles[guest.partition];
    if (call > 0) {
      const open = guest.channels.get(channel);
      if (open === undefined) return guest.packer.reply(notOpen(call));
      return this.#ask(guest, { op: 'event', channel: open.number, session: 0, event }, call);
    }
    const open = guest.sessions.get(session);
    if (open !== undefined) handle.takeEvent(open.channel.number, open, event);
  }

  #takeSlots(
    guest: Guest,
    call: Extract<ShardCall, { op: 'subscribe' | 'redefine' | 'unsubscribe' | 'current' }>,
    handle: ShardHandle,
  ): void {
    const channel = guest.channels.get(call.channel);
    if (channel === undefined) return;
    const wanted = guest.slots.get(call.channel) ?? new Set<string>();
    guest.slots.set(call.channel, wanted);
    if (call.op === 'unsubscribe') return this.#releaseSlots(guest, call.channel, new Set(call.names));
    if (call.op === 'current') return handle.tell({ ...call, channel: channel.number });
    for (const { name } of call.slots) wanted.add(name);
    if (call.op === 'subscribe') handle.define(channel, call.slots);
    else handle.redefine(channel, call.slots);
  }

  /** Slots that nobody else wants are undefined; those that this node's own connections want stay as long as the user is open. */
  #releaseSlots(guest: Guest, theirs: number, names: ReadonlySet<string> | undefined): void {
    const channel = guest.channels.get(theirs);
    if (channel === undefined || names === undefined) return;
    const orphans = [...names].filter((name) => {
      guest.slots.get(theirs)?.delete(name);
      return !this.#pool.wantsSlot(channel.number, name) && !this.#news.wantsSlot(channel.number, name);
    });
    if (orphans.length > 0) this.#pool.handles[guest.partition].undefine(channel, orphans);
  }
}

const NOBODY = (): void => undefined;

function notOpen(call: number): ShardReply {
  return { op: 'failed', call, message: 'the user is not open any more' };
}
