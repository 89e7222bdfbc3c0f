import { LRUCache } from 'lru-cache';
import { COUNTER } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { InterestCodec } from '../graph/interest/interest-codec.js';
import type { InterestGraph } from '../graph/interest/interest-graph.js';

/** Where states come from; a store. */
export interface StateSource {
  user(userId: string): Uint8Array | undefined;
}

/** A user state on its way to the disk. */
export interface StateWrite {
  readonly userId: string;
  readonly bytes: Uint8Array | undefined;
}

/**
 * Which user is in which slot of the slabs. Bounded: when all slots are taken, the user used least recently leaves; his
 * state is handed over for the next commit when it had changed, and he comes back from the store on the next click.
 *
 * A slot is valid until the next `load`; users of one batch stay together as long as a batch is smaller than the table.
 */
export class UserTable {
  /** A slot of the slabs that no user has, for a graph that is merged into another. */
  readonly spareSlot: number;
  readonly #slots: LRUCache<string, number>;
  readonly #free: number[] = [];
  readonly #dirty: Uint8Array;
  readonly #graph: InterestGraph;
  readonly #codec: InterestCodec;
  readonly #states: StateSource;
  #stats: ThreadStats;
  /** Evicted states that no commit has taken yet. */
  readonly #evicted = new Map<string, Uint8Array>();
  /** Users whose state in the store is behind, in the order they became so. */
  readonly #dirtyUsers = new Set<string>();

  constructor(graph: InterestGraph, codec: InterestCodec, states: StateSource, stats: ThreadStats) {
    const users = graph.slabs.bounds.users - 1;
    this.spareSlot = users;
    this.#graph = graph;
    this.#codec = codec;
    this.#states = states;
    this.#stats = stats;
    this.#dirty = new Uint8Array(users);
    for (let slot = users - 1; slot >= 0; slot--) this.#free.push(slot);
    this.#slots = new LRUCache<string, number>({
      max: users,
      dispose: (slot, userId, reason) => {
        if (reason === 'evict') this.#evict(userId, slot);
      },
    });
  }

  get size(): number {
    return this.#slots.size;
  }

  get dirtyCount(): number {
    return this.#dirtyUsers.size;
  }

  /** Slot of a user; he is read from the store, or begins empty, when he is not in memory. */
  load(userId: string): number {
    const known = this.#slots.get(userId);
    if (known !== undefined) return known;
    if (this.#free.length === 0) this.#slots.pop();
    const slot = this.#free.pop();
    if (slot === undefined) throw new Error('the user table has no free slot after an eviction');
    this.#read(userId, slot);
    this.#slots.set(userId, slot);
    return slot;
  }

  /** Slot of a user who is in memory, without counting as use; −1 when he is not. */
  slotOf(userId: string): number {
    return this.#slots.peek(userId) ?? -1;
  }

  /** The users in memory, and their slots. */
  hot(): Iterable<[string, number]> {
    return this.#slots.entries();
  }

  /** Counts what becomes of users in `stats` from now on. */
  countIn(stats: ThreadStats): void {
    this.#stats = stats;
  }

  markDirty(userId: string, slot: number): void {
    if (this.#dirty[slot] === 1) return;
    this.#dirty[slot] = 1;
    this.#dirtyUsers.add(userId);
  }

  /** Forgets a user without writing him; his slot becomes free. */
  drop(userId: string): void {
    const slot = this.#slots.get(userId);
    this.#evicted.delete(userId);
    this.#dirtyUsers.delete(userId);
    if (slot === undefined) return;
    this.#slots.delete(userId);
    this.#dirty[slot] = 0;
    this.#free.push(slot);
  }

  /** States to commit: all evicted ones and up to `max` changed users, oldest change first. Bytes are the caller's. */
  takeChanged(max: number): StateWrite[] {
    const writes: StateWrite[] = [];
    for (const [userId, bytes] of this.#evicted) writes.push({ userId, bytes });
    this.#evicted.clear();
    let left = max;
    for (const userId of this.#dirtyUsers) {
      if (left-- <= 0) break;
      const slot = this.#slots.peek(userId);
      this.#dirtyUsers.delete(userId);
      if (slot === undefined) continue;
      this.#dirty[slot] = 0;
      writes.push({ userId, bytes: this.#codec.encode(slot).slice() });
    }
    this.#stats.count(COUNTER.stateWrites, writes.length);
    return writes;
  }

  #read(userId: string, slot: number): void {
    const evicted = this.#evicted.get(userId);
    const bytes = evicted ?? this.#states.user(userId);
    if (bytes === undefined) {
      this.#graph.clear(slot);
      this.#stats.count(COUNTER.usersCreated);
      return;
    }
    this.#codec.decode(slot, bytes);
    this.#stats.count(COUNTER.usersLoaded);
  }

  #evict(userId: string, slot: number): void {
    if (this.#dirty[slot] === 1) {
      this.#evicted.set(userId, this.#codec.encode(slot).slice());
      this.#dirty[slot] = 0;
      this.#dirtyUsers.delete(userId);
    }
    this.#free.push(slot);
    this.#stats.count(COUNTER.usersEvicted);
  }
}
