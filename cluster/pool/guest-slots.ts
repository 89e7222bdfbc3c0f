import type { OpenChannel } from '../../shards/owed/outstanding.js';
import type { ShardHandle } from '../../shards/pool/shard-handle.js';
import type { ShardCall } from '../../shards/wire/calls.js';
import type { SlotDefinition } from '../../shards/wire/slot-lists.js';
import type { Guest } from './guest.js';
import type { GuestNews } from './guest-news.js';

/** What slots are served from. */
export interface SlotPool {
  readonly handles: readonly ShardHandle[];
  /** True for a slot that a connection of this node's own gateway has asked for. */
  readonly wantsSlot: (channel: number, slot: string) => boolean;
}

export type SlotCall = Extract<ShardCall, { op: 'subscribe' | 'redefine' | 'unsubscribe' | 'current' }>;

/** Slots that guests want lists of. One of a name is there once, whoever wants it, until nobody does. */
export class GuestSlots {
  readonly #pool: SlotPool;
  readonly #news: Pick<GuestNews, 'wantsSlot'>;

  constructor(pool: SlotPool, news: Pick<GuestNews, 'wantsSlot'>) {
    this.#pool = pool;
    this.#news = news;
  }

  take(guest: Guest, call: SlotCall): void {
    const handle = this.#pool.handles[guest.partition];
    const channel = guest.channels.get(call.channel);
    if (channel === undefined) return;
    const wanted = guest.slots.get(call.channel) ?? new Set<string>();
    guest.slots.set(call.channel, wanted);
    if (call.op === 'unsubscribe') return this.#release(guest, call.channel, call.names);
    if (call.op === 'current') return handle.tell({ ...call, channel: channel.number });
    const added = addNames(wanted, call.slots);
    if (call.op === 'subscribe') handle.define(channel, call.slots, added);
    else handle.redefine(channel, call.slots);
  }

  /** @param theirs the guest's number of a channel, all of whose slots it wants no more */
  releaseAll(guest: Guest, theirs: number): void {
    this.#release(guest, theirs, [...(guest.slots.get(theirs) ?? [])]);
  }

  /** Slots that nobody else wants are undefined; those that this node's own connections want stay as long as the user is open. */
  #release(guest: Guest, theirs: number, names: readonly string[]): void {
    const channel = guest.channels.get(theirs);
    if (channel === undefined) return;
    for (const name of names) guest.slots.get(theirs)?.delete(name);
    const orphans = names.filter((name) => this.#isOrphan(channel, name));
    if (orphans.length > 0) this.#pool.handles[guest.partition].undefine(channel, orphans);
  }

  #isOrphan({ number }: OpenChannel, name: string): boolean {
    return !this.#pool.wantsSlot(number, name) && !this.#news.wantsSlot(number, name);
  }
}

/** Adds the names of slots to those that somebody wants. Returns the ones that are new: their lists so far went to others. */
export function addNames(wanted: Set<string>, slots: readonly SlotDefinition[]): ReadonlySet<string> {
  const added = new Set(slots.map(({ name }) => name).filter((name) => !wanted.has(name)));
  for (const name of added) wanted.add(name);
  return added;
}
