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
 * Which user is in which row of the slabs. Bounded: when all rows are taken, the user used least recently leaves; his
 * state is handed over for the next commit when it had changed, and he comes back from the store on the next click.
 *
 * A row is valid until the next `load`; users of one batch stay together as long as a batch is smaller than the table.
 */
export class UserTable {
  /** A row of the slabs that no user has, for a graph that is merged into another. */
  readonly spareRow: number;
  readonly #rows: LRUCache<string, number>;
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
    this.spareRow = users;
    this.#graph = graph;
    this.#codec = codec;
    this.#states = states;
    this.#stats = stats;
    this.#dirty = new Uint8Array(users);
    for (let row = users - 1; row >= 0; row--) this.#free.push(row);
    this.#rows = new LRUCache<string, number>({
      max: users,
      dispose: (row, userId, reason) => {
        if (reason === 'evict') this.#evict(userId, row);
      },
    });
  }

  get size(): number {
    return this.#rows.size;
  }

  get dirtyCount(): number {
    return this.#dirtyUsers.size;
  }

  /** Row of a user; he is read from the store, or begins empty, when he is not in memory. */
  load(userId: string): number {
    const known = this.#rows.get(userId);
    if (known !== undefined) return known;
    if (this.#free.length === 0) this.#rows.pop();
    const row = this.#free.pop();
    if (row === undefined) throw new Error('the user table has no free row after an eviction');
    this.#read(userId, row);
    this.#rows.set(userId, row);
    return row;
  }

  /** Row of a user who is in memory, without counting as use; −1 when he is not. */
  rowOf(userId: string): number {
    return this.#rows.peek(userId) ?? -1;
  }

  /** The users in memory, and their rows. */
  hot(): Iterable<[string, number]> {
    return this.#rows.entries();
  }

  /** Counts what becomes of users in `stats` from now on. */
  countIn(stats: ThreadStats): void {
    this.#stats = stats;
  }

  markDirty(userId: string, row: number): void {
    if (this.#dirty[row] === 1) return;
    this.#dirty[row] = 1;
    this.#dirtyUsers.add(userId);
  }

  /** Forgets a user without writing him; his row becomes free. */
  drop(userId: string): void {
    const row = this.#rows.get(userId);
    this.#evicted.delete(userId);
    this.#dirtyUsers.delete(userId);
    if (row === undefined) return;
    this.#rows.delete(userId);
    this.#dirty[row] = 0;
    this.#free.push(row);
  }

  /** States to commit: all evicted ones and up to `max` changed users, oldest change first. Bytes are the caller's. */
  takeChanged(max: number): StateWrite[] {
    const writes: StateWrite[] = [];
    for (const [userId, bytes] of this.#evicted) writes.push({ userId, bytes });
    this.#evicted.clear();
    let left = max;
    for (const userId of this.#dirtyUsers) {
      if (left-- <= 0) break;
      const row = this.#rows.peek(userId);
      this.#dirtyUsers.delete(userId);
      if (row === undefined) continue;
      this.#dirty[row] = 0;
      writes.push({ userId, bytes: this.#codec.encode(row).slice() });
    }
    this.#stats.count(COUNTER.stateWrites, writes.length);
    return writes;
  }

  #read(userId: string, row: number): void {
    const evicted = this.#evicted.get(userId);
    const bytes = evicted ?? this.#states.user(userId);
    if (bytes === undefined) {
      this.#graph.clear(row);
      this.#stats.count(COUNTER.usersCreated);
      return;
    }
    this.#codec.decode(row, bytes);
    this.#stats.count(COUNTER.usersLoaded);
  }

  #evict(userId: string, row: number): void {
    if (this.#dirty[row] === 1) {
      this.#evicted.set(userId, this.#codec.encode(row).slice());
      this.#dirty[row] = 0;
      this.#dirtyUsers.delete(userId);
    }
    this.#free.push(row);
    this.#stats.count(COUNTER.usersEvicted);
  }
}
