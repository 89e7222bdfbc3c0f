import { LRUCache } from 'lru-cache';
import { COUNTER } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { InterestCodec } from '../graph/interest/state/interest-codec.js';
import type { Quarantine } from '../quarantine/quarantine.js';
import type { InterestGraph } from '../graph/interest/interest-graph.js';

/** Where states come from; a store. One that is damaged is not there. */
export interface StateSource {
  user(userId: string): Uint8Array | undefined;
}

/** Where states come from, and who takes one that cannot be read. */
export interface StateReading {
  readonly states: StateSource;
  readonly quarantine: Pick<Quarantine, 'take'>;
}

/** A user state on its way to the disk. */
export interface StateWrite {
  readonly userId: string;
  readonly bytes: Uint8Array | undefined;
}

/**
 * Which user is in which row of the slabs, and whose state has changed since it was last written.
 *
 * Who writes: the table reads states from the store, and never writes one. `takeChanged` gives out the states that are to be
 * written, and the caller puts them into a commit before the next `load`. The tick takes those of users who left memory, the
 * sweep takes changed ones a few at a time, and a merge and a swap of the model take all.
 *
 * What is held back: an event changes the user's row and nothing else. Until the state is written, the journal alone has the
 * event. When all rows are taken, the user used least recently leaves. If the state had changed, its bytes are kept here
 * until `takeChanged` gives them out; a user who comes back before that gets these bytes, and otherwise those of the store.
 *
 * In which order: changed states are given out oldest change first, each once per change. A state says up to which position
 * of the journal it contains the user's events, so it may be written late: recovery applies the events after that position.
 * It is never on the disk before them, for it goes into the commit that has their journal record or into a later one.
 *
 * How much memory: as many rows as the table has users, and a spare one, all made at the start (`usersHot`, 2 to 8 kB
 * each); a name and a mark for each user in memory; and about 3 kB for each changed user who has left since the last
 * `takeChanged`: at most one for each call that loaded a user since then.
 *
 * Damage: a user whose state cannot be read is set aside and begins anew, at once; nothing is thrown.
 *
 * A row is valid until the next `load`. The users of one round keep their rows because a round takes on no more of them than
 * the table has rows (`Round.reserve`).
 */
export class UserTable {
  /** A row of the slabs that no user has, for a graph that is merged into another. */
  readonly spareRow: number;
  readonly #rows: LRUCache<string, number>;
  readonly #free: number[] = [];
  readonly #dirty: Uint8Array;
  readonly #graph: InterestGraph;
  readonly #codec: InterestCodec;
  readonly #reading: StateReading;
  #stats: ThreadStats;
  /** States of users who left memory that `takeChanged` has not given out yet. */
  readonly #evicted = new Map<string, Uint8Array>();
  /** Users whose state in the store is behind, in the order they became so. */
  readonly #dirtyUsers = new Set<string>();

  constructor(graph: InterestGraph, codec: InterestCodec, reading: StateReading, stats: ThreadStats) {
    const users = graph.slabs.bounds.users - 1;
    this.spareRow = users;
    this.#graph = graph;
    this.#codec = codec;
    this.#reading = reading;
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

  /** Users who have room in memory. */
  get rows(): number {
    return this.#dirty.length;
  }

  get dirtyCount(): number {
    return this.#dirtyUsers.size;
  }

  /** Row of a user; one who is not in memory is read from the store, or begins empty. */
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

  /** Row of a user, −1 for one who is not in memory. Does not count as use. */
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

  /** True when the state in the store is behind. */
  isChanged(userId: string): boolean {
    return this.#dirtyUsers.has(userId) || this.#evicted.has(userId);
  }

  /** Those whose state in the store is behind. */
  *changed(): Generator<string> {
    yield* this.#dirtyUsers;
    yield* this.#evicted.keys();
  }

  /** Makes a user begin anew, in memory; the state is written with the next changes. What they withheld is withheld still. */
  begin(userId: string): void {
    this.#evicted.delete(userId);
    const row = this.load(userId);
    const { withheld, withheldMs } = this.#graph.slabs;
    const [kept, keptMs] = [withheld[row], withheldMs[row]];
    this.#graph.clear(row);
    withheld[row] = kept;
    withheldMs[row] = keptMs;
    this.markDirty(userId, row);
  }

  /** Forgets a user without writing the state; the row becomes free. */
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

  /** The state of one user in memory, if it is to be written. Bytes are the caller's. */
  takeUser(userId: string): StateWrite[] {
    const row = this.#rows.peek(userId);
    if (row === undefined || !this.#dirtyUsers.delete(userId)) return [];
    this.#dirty[row] = 0;
    this.#stats.count(COUNTER.stateWrites);
    return [{ userId, bytes: this.#codec.encode(row).slice() }];
  }

  #read(userId: string, row: number): void {
    const evicted = this.#evicted.get(userId);
    const bytes = evicted ?? this.#reading.states.user(userId);
    if (bytes !== undefined && this.#decode(userId, row, bytes)) {
      this.#stats.count(COUNTER.usersLoaded);
      return;
    }
    this.#graph.clear(row);
    this.#stats.count(COUNTER.usersCreated);
  }

  #decode(userId: string, row: number, bytes: Uint8Array): boolean {
    try {
      this.#codec.decode(row, bytes);
      return true;
    } catch (error) {
      const reason = (error as Error).message;
      this.#reading.quarantine.take({ kind: 'user', names: [userId], reason, bytes: new Uint8Array(bytes) });
      return false;
    }
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
