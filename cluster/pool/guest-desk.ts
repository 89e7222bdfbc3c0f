import { unpackCalls } from '../../shards/wire/thread-batch.js';
import type { LinkCall } from '../link/frame.js';
import type { LinkedPeer, PeerServer } from '../link/link-server.js';
import { Guest } from './guest.js';
import { GuestCalls, type CallsPool } from './guest-calls.js';
import type { GuestNews } from './guest-news.js';

/** The pool that guests are served from. */
export interface DeskPool extends CallsPool {
  /** True while the partition is served here. */
  readonly serves: (partition: number) => boolean;
  /** Indices of items that were given out. */
  readonly itemCount: () => number;
}

/**
 * Serves partitions of this node to others: each opens users and sessions here as a connection does, so that a user who is open on several
 * nodes is one user, and hears of them what this node hears. Its numbers become numbers of this pool and back.
 * When the partition is not served here any more, its guests are told, and nothing is left of what they had: they tell it to the next owner.
 */
export class GuestDesk implements PeerServer {
  readonly #pool: DeskPool;
  readonly #guests = new Map<LinkedPeer, Map<number, Guest>>();
  readonly #calls: GuestCalls;

  constructor(pool: DeskPool, news: GuestNews) {
    this.#pool = pool;
    this.#calls = new GuestCalls(pool, news);
  }

  call(peer: LinkedPeer, call: LinkCall): void {
    const { partition } = call;
    if (call.op === 'attach') return this.#attach(peer, partition);
    const guest = this.#guests.get(peer)?.get(partition);
    if (guest === undefined) return;
    if (call.op === 'detach') {
      this.#guests.get(peer)?.delete(partition);
      this.#calls.dismiss(guest);
    } else unpackCalls(call.batch, (asked) => this.#calls.take(guest, asked));
  }

  left(peer: LinkedPeer): void {
    for (const guest of this.#guests.get(peer)?.values() ?? []) this.#calls.dismiss(guest);
    this.#guests.delete(peer);
  }

  /** The partition is not served here any more. */
  ended(partition: number): void {
    for (const [peer, guests] of this.#guests) {
      const guest = guests.get(partition);
      if (guest === undefined) continue;
      guests.delete(partition);
      this.#calls.dismiss(guest);
      peer.say({ op: 'gone', partition });
    }
  }

  #attach(peer: LinkedPeer, partition: number): void {
    if (!this.#pool.serves(partition)) return peer.say({ op: 'gone', partition });
    const guests = this.#guests.get(peer) ?? new Map<number, Guest>();
    this.#guests.set(peer, guests);
    const before = guests.get(partition);
    if (before !== undefined) this.#calls.dismiss(before);
    guests.set(partition, new Guest(partition, peer, this.#pool.itemCount));
    peer.say({ op: 'attached', partition });
  }
}
