import type { OpenChannel } from '../../shards/owed/outstanding.js';
import type { OpenUsers } from '../../shards/pool/open-users.js';
import type { Asked } from '../../shards/pool/shard-handle.js';
import type { NamedKey, UserKey, VisitorKey } from '../../shards/store/user-key.js';
import type { KeptSnapshot, ShardCall, ShardReply } from '../../shards/wire/calls.js';
import type { Guest } from './guest.js';
import type { GuestNews } from './guest-news.js';
import { GuestSlots, type SlotPool } from './guest-slots.js';

/** What guests' calls are carried out on. */
export interface CallsPool extends SlotPool {
  readonly users: OpenUsers;
  /** See `ShardPool.merge`. */
  readonly merge: (visitor: VisitorKey, into: NamedKey) => Promise<boolean>;
  /** See `PartitionHost.snapshot`. */
  readonly snapshot: (partition: number) => Promise<KeptSnapshot>;
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
  'import',
  'forget',
  'unfinished',
  'recent',
  'segmentCounts',
  'members',
  'longTerm',
  'atRisk',
]);

/**
 * Carries out what guests call, as for a connection of this node's own: their numbers become numbers of this pool, and answers get
 * theirs back.
 */
export class GuestCalls {
  readonly #pool: CallsPool;
  readonly #news: GuestNews;
  readonly #slots: GuestSlots;

  constructor(pool: CallsPool, news: GuestNews) {
    this.#pool = pool;
    this.#news = news;
    this.#slots = new GuestSlots(pool, news);
  }

  /** Nothing is left of what it had. */
  dismiss(guest: Guest): void {
    guest.isGone = true;
    const handle = this.#pool.handles[guest.partition];
    for (const [number, over] of guest.questions) {
      handle.forgetQuestion(number);
      over();
    }
    for (const theirs of guest.channels.keys()) this.#slots.releaseAll(guest, theirs);
    for (const theirs of guest.sessions.keys()) this.#close(guest, theirs);
    for (const theirs of guest.channels.keys()) this.#release(guest, theirs);
  }

  take(guest: Guest, call: ShardCall): void {
    const opening = 'channel' in call ? guest.opening.get(call.channel) : undefined;
    if (opening === undefined) return this.#carryOut(guest, call);
    void opening.then(() => {
      if (!guest.isGone) this.take(guest, call);
    });
  }

  #carryOut(guest: Guest, call: ShardCall): void {
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
      case 'join':
        return this.#join(guest, call);
      case 'keep':
        return this.#keep(guest, call.call);
      case 'whose':
        return this.#whenSettled(guest, call.user, () => this.#ask(guest, call, call.call));
      case 'erase':
        return this.#whenSettled(guest, call.user, () => this.#erase(guest, call));
      case 'subscribe':
      case 'redefine':
      case 'unsubscribe':
      case 'current':
        return this.#slots.take(guest, call);
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
      if (reply.op !== 'moved' && reply.op !== 'left') guest.packer.reply({ ...reply, call: theirs });
      over();
    });
    guest.questions.set(number, over);
  }

  /** The user is held at once, so that what follows finds them; their shard is asked after a merge of theirs that is under way. */
  #open(guest: Guest, call: Extract<ShardCall, { op: 'open' }>): void {
    const { users } = this.#pool;
    const user = call.user as UserKey;
    if (guest.isGone) return;
    if (users.moving.has(user)) {
      const settled = users.whenSettled(user).then(() => {
        guest.opening.delete(call.channel);
        this.#open(guest, call);
      });
      guest.opening.set(call.channel, settled);
      return;
    }
    let session = guest.sessions.get(call.session);
    if (session === undefined) {
      session = users.hold(user, call.sessionId);
      guest.sessions.set(call.session, session);
      guest.channels.set(call.channel, session.channel);
      this.#news.sessions.add(session.number, guest, call.session);
      this.#news.channels.add(session.channel.number, guest, call.channel);
    }
    const { number, id, channel } = session;
    const ours = { channel: channel.number, session: number, sessionId: id };
    this.#ask(guest, { ...call, ...ours }, call.call);
  }

  /** Whoever asked for it asks the next owner when the partition is another node's before it is over. */
  #join(guest: Guest, { call, user, into }: Extract<ShardCall, { op: 'join' }>): void {
    const merged = this.#pool.merge(user as VisitorKey, into as NamedKey);
    answer(guest, call, async () => ({ op: 'joined', call, isMerged: await merged }));
  }

  #keep(guest: Guest, call: number): void {
    const made = this.#pool.snapshot(guest.partition);
    answer(guest, call, async () => ({ op: 'kept', call, snapshot: await made }));
  }

  /** Whoever speaks for them has to go, at whatever node. */
  #erase(guest: Guest, call: Extract<ShardCall, { op: 'erase' }>): void {
    const channel = this.#pool.users.ownerOf(call.user as UserKey).owed.byUser.get(call.user);
    if (channel !== undefined) this.#news.erased(channel.number);
    this.#ask(guest, call, call.call);
  }

  /** After a merge of the user that is under way. */
  #whenSettled(guest: Guest, user: string, work: () => void): void {
    void this.#pool.users.whenSettled(user as UserKey).then(() => {
      if (!guest.isGone) work();
    });
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
    this.#slots.releaseAll(guest, theirs);
    guest.channels.delete(theirs);
    guest.slots.delete(theirs);
    this.#news.channels.delete(channel.number, guest);
  }

  #event(guest: Guest, asked: Extract<ShardCall, { op: 'event' }>): void {
    const { channel, session, event, call } = asked;
    const handle = this.#pool.handles[guest.partition];
    const of = guest.channels.get(channel);
    if (of?.isMoving === true) return this.#hold(guest, asked, of);
    if (call > 0) {
      if (of === undefined) return guest.packer.reply(notOpen(call));
      return this.#ask(guest, { op: 'event', channel: of.number, session: 0, event }, call);
    }
    const open = guest.sessions.get(session);
    if (open !== undefined) handle.takeEvent(open.channel.number, open, event);
  }

  /** A visitor is being merged: if they stay who they are it is carried out, and otherwise whoever sent it sends it again. */
  #hold(guest: Guest, asked: Extract<ShardCall, { op: 'event' }>, of: OpenChannel): void {
    this.#whenSettled(guest, of.user, () => {
      if (!of.isMoving) this.#event(guest, asked);
      else if (asked.call > 0) guest.packer.reply({ op: 'merged', call: asked.call });
    });
  }
}

/** Tells a guest that is still there what comes of its call, or why nothing does. */
function answer(guest: Guest, call: number, work: () => Promise<ShardReply>): void {
  const tell = (reply: ShardReply): void => {
    if (!guest.isGone) guest.packer.reply(reply);
  };
  work().then(tell, (error: unknown) => tell({ op: 'failed', call, message: (error as Error).message }));
}

const NOBODY = (): void => undefined;

function notOpen(call: number): ShardReply {
  return { op: 'failed', call, message: 'the user is not open any more' };
}
