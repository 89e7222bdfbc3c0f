import { RECORD, viewItemRecords, type ItemRecords } from '../../../model/catalogue/shared-catalogue.js';
import { decay } from '../decay.js';
import {
  PAGE_ITEMS,
  PAGE_SESSIONS,
  viewInteractions,
  type InteractionArrays,
  type SharedInteractions,
} from './interaction-buffers.js';
import type { ReplayedPages } from './replayed-pages.js';

/** Half-lives of the live interaction graph. */
export interface InteractionTimes {
  readonly transitionHalfLifeMs: number;
  readonly popularHalfLifeMs: number;
  readonly recentHalfLifeMs: number;
}

/** One click as the interaction graph learns it; reused by the caller. */
export interface Interaction {
  item: number;
  atMs: number;
  /** Items clicked before it in the session, newest first, and how many of the three count. */
  readonly before: Int32Array;
  beforeCount: number;
  /** Id of the session in the session table; the click is appended to it. */
  session: number;
}
/** Sessions of an item that are counted; beyond it is only known that there are very many. */
const ITEM_SESSIONS_MAX = 2 ** 30;

/** Clicks further apart than this are not linked. */
export const LINK_DISTANCE = 3;

export function createInteraction(): Interaction {
  return { item: 0, atMs: 0, before: new Int32Array(LINK_DISTANCE), beforeCount: 0, session: 0 };
}

/**
 * What was clicked with and after what, for all shards: decayed transitions, popularity, and the recent sessions of each
 * item, in shared memory. Rows are owned: the shard that owns an item's page is its only writer, so there are no locks;
 * clicks are told to every shard, and each writes the rows it owns. Reads may come from any thread while a row changes: a
 * pair (other item, weight) may then be a moment old, and indices always stay in range.
 *
 * The work of a click is at most 2 × 3 rows of K neighbours. A full row gives up its weakest neighbour.
 */
export class InteractionGraph {
  readonly arrays: InteractionArrays;
  /** How often items were clicked; the catalogue's half of a record is not for here. */
  readonly records: ItemRecords;
  readonly shared: SharedInteractions;
  readonly shard: number;
  readonly shards: number;
  /** Pages changed since they were last taken, by number. */
  readonly dirtyItemPages = new Set<number>();
  readonly dirtySessionPages = new Set<number>();
  /** While the journal is replayed: a page that contains the entry is left as it is. */
  replayed: ReplayedPages | undefined;
  readonly times: InteractionTimes;
  #nextSession = 1;
  /** The first session that no stored page has. */
  #firstUnstored = 1;

  constructor(shared: SharedInteractions, times: InteractionTimes, shard: number, shards: number) {
    this.shared = shared;
    this.arrays = viewInteractions(shared);
    this.records = viewItemRecords(shared.records);
    this.times = times;
    this.shard = shard;
    this.shards = shards;
  }

  owns(item: number): boolean {
    return pageOfItem(item) % this.shards === this.shard;
  }

  /** First row of this shard's part of the session table, and how many it has. */
  #ownRows(): { first: number; count: number } {
    const pages = this.shared.bounds.sessions / PAGE_SESSIONS;
    const ownPages = Math.max(1, Math.floor(pages / this.shards));
    return { first: ((this.shard * ownPages) % pages) * PAGE_SESSIONS, count: ownPages * PAGE_SESSIONS };
  }

  ownsSessionRow(row: number): boolean {
    const { first, count } = this.#ownRows();
    return row >= first && row < first + count;
  }

  /**
   * A new id in this shard's part of the session table, whose rows are used round and round: `id = 1 + turn · sessions +
   * row`, so a reader can tell by the id that a session was overwritten.
   * @param shopper mark of whose session it is (`distinct-shoppers.ts`); 0: nobody's, who counts for nothing
   */
  openSession(shopper = 0): number {
    const { sessions } = this.shared.bounds;
    const { first, count } = this.#ownRows();
    const n = this.#nextSession++;
    const row = first + ((n - 1) % count);
    const turn = Math.floor((n - 1) / count) % Math.floor(0x7fffffff / sessions - 1);
    const id = 1 + turn * sessions + row;
    this.dirtySessionPages.add(pageOfSession(row));
    this.arrays.sessionId[row] = id;
    this.arrays.sessionCount[row] = 0;
    this.arrays.sessionShopper[row] = shopper;
    return id;
  }

  /** Forgets the clicks of a session of this shard, and whose it was; its row is used again in its turn. */
  emptySession(id: number): void {
    if (!this.isOwnSession(id)) return;
    const row = this.rowOfSession(id);
    const { sessionLength } = this.shared.bounds;
    this.dirtySessionPages.add(pageOfSession(row));
    this.arrays.sessionCount[row] = 0;
    this.arrays.sessionShopper[row] = 0;
    this.arrays.sessionItem.fill(0, row * sessionLength, (row + 1) * sessionLength);
  }

  rowOfSession(id: number): number {
    return (id - 1) % this.shared.bounds.sessions;
  }

  /** False when the row of this id has been given to a later session. */
  isSession(id: number): boolean {
    return id > 0 && this.arrays.sessionId[this.rowOfSession(id)] === id;
  }

  /** True when the id stands for a session that this shard may append to; a merged visitor may bring one of another shard. */
  isOwnSession(id: number): boolean {
    return this.isSession(id) && this.ownsSessionRow(this.rowOfSession(id));
  }

  /**
   * Sets where `openSession` goes on after a restart: behind the newest session that is stored, and `unstored` further ones
   * that may have been opened since.
   */
  continueSessions(unstored = 0): void {
    const { first, count } = this.#ownRows();
    let newest = 0;
    for (let row = first; row < first + count; row++) {
      const id = this.arrays.sessionId[row];
      if (id === 0) continue;
      newest = Math.max(newest, this.#numberOf(id));
    }
    this.#firstUnstored = newest + 1 + unstored;
    this.#nextSession = this.#firstUnstored;
  }

  /** Appends a click to the shard's own session; the oldest item goes when the session is full. Repeats of the last item do not count. */
  appendToSession(id: number, item: number): void {
    const { sessionLength } = this.shared.bounds;
    const { sessionItem, sessionCount } = this.arrays;
    const row = this.rowOfSession(id);
    if (this.replayed !== undefined && this.#isStored(id, row, this.replayed)) return;
    const start = row * sessionLength;
    let count = sessionCount[row];
    if (count > 0 && sessionItem[start + count - 1] === item) return;
    this.dirtySessionPages.add(pageOfSession(row));
    if (count === sessionLength) {
      sessionItem.copyWithin(start, start + 1, start + count);
      count--;
    }
    sessionItem[start + count] = item;
    sessionCount[row] = count + 1;
  }

  /** True when the stored page has what the entry that is being replayed did to the session. */
  #isStored(id: number, row: number, replayed: ReplayedPages): boolean {
    return this.#numberOf(id) < this.#firstUnstored && !replayed.isBehind('sessions', pageOfSession(row));
  }

  /** Place of a session among those that this shard has opened, from 1. */
  #numberOf(id: number): number {
    const { sessions } = this.shared.bounds;
    const { first, count } = this.#ownRows();
    return Math.floor((id - 1) / sessions) * count + (this.rowOfSession(id) - first) + 1;
  }

  /** Writes what a click changes in the rows that this shard owns. */
  learn(click: Interaction): void {
    const { item, atMs } = click;
    const takes = this.#takes(item);
    if (takes) this.#countClick(item, atMs, click.session);
    for (let d = 0; d < click.beforeCount; d++) {
      const other = click.before[d];
      if (other === item) continue;
      if (takes) this.#addLink(item, other, -d - 1, atMs);
      if (this.#takes(other)) this.#addLink(other, item, d + 1, atMs);
    }
  }

  /** True when a click that is being learned changes the item's row here. */
  #takes(item: number): boolean {
    if (!this.owns(item)) return false;
    return this.replayed === undefined || this.replayed.isBehind('items', pageOfItem(item));
  }

  #countClick(item: number, atMs: number, session: number): void {
    this.dirtyItemPages.add(pageOfItem(item));
    this.#countInRecord(item, atMs);
    if (session !== 0) this.noteSession(item, session);
  }

  /** Notes in the item's ring that it was clicked in a session; once, however often it was. Public for the history of a bundle. */
  noteSession(item: number, session: number): void {
    const { itemSession, itemSessionCount } = this.arrays;
    const { sessionsPerItem } = this.shared.bounds;
    const count = itemSessionCount[item];
    const start = item * sessionsPerItem;
    if (count > 0 && itemSession[start + ((count - 1) % sessionsPerItem)] === session) return;
    itemSession[start + (count % sessionsPerItem)] = session;
    itemSessionCount[item] = countAfter(count, sessionsPerItem);
  }

  #countInRecord(item: number, atMs: number): void {
    const { float32, float64 } = this.records;
    const { popularHalfLifeMs, recentHalfLifeMs } = this.times;
    const at = item * RECORD.words;
    const wasAtMs = this.popularAt(item);
    const ageMs = atMs - wasAtMs;
    float32[at + RECORD.popular] = float32[at + RECORD.popular] * decay(ageMs, popularHalfLifeMs) + 1;
    float32[at + RECORD.recent] = float32[at + RECORD.recent] * decay(ageMs, recentHalfLifeMs) + 1;
    float64[(at + RECORD.popularAt) / 2] = Math.max(wasAtMs, atMs);
  }

  /** Epoch ms as of which `popular` and `recent` are; 0: the item was never clicked. */
  popularAt(item: number): number {
    return this.records.float64[(item * RECORD.words + RECORD.popularAt) / 2];
  }

  /** Decayed clicks of the item, with the long half-life and with the short one. */
  popular(item: number): number {
    return this.records.float32[item * RECORD.words + RECORD.popular];
  }

  recent(item: number): number {
    return this.records.float32[item * RECORD.words + RECORD.recent];
  }

  /** Adds to a row that `other` was clicked `steps` clicks after its item; before it, where negative. */
  #addLink(row: number, other: number, steps: number, atMs: number): void {
    this.dirtyItemPages.add(pageOfItem(row));
    const arrays = this.arrays;
    this.#decayRow(row, atMs);
    const at = this.entry(row, other);
    if (steps === -1) arrays.before[at] += 1;
    arrays.together[at] += 1 / Math.abs(steps);
    if (steps === 1) {
      arrays.next[at] += 1;
      arrays.outgoing[row] += 1;
    }
  }

  /** Brings the weights of a row to `atMs`. Rows touched within a minute are left: the factor would be 1 but for rounding. */
  #decayRow(row: number, atMs: number): void {
    const { rowAt, rowCount, next, before, together, outgoing } = this.arrays;
    const age = atMs - rowAt[row];
    if (age < 60_000) return;
    const factor = rowAt[row] === 0 ? 1 : decay(age, this.times.transitionHalfLifeMs);
    rowAt[row] = atMs;
    outgoing[row] *= factor;
    const start = row * this.shared.bounds.neighbours;
    for (let i = start; i < start + rowCount[row]; i++) {
      next[i] *= factor;
      before[i] *= factor;
      together[i] *= factor;
    }
  }

  /** Place of `other` in a row; where it has none, a new one of no weight, of which the weakest makes room. Public for the history of a bundle. */
  entry(row: number, other: number): number {
    const { neighbours } = this.shared.bounds;
    const arrays = this.arrays;
    const others = arrays.other;
    const start = row * neighbours;
    const count = arrays.rowCount[row];
    for (let i = start; i < start + count; i++) if (others[i] === other) return i;
    const at = count < neighbours ? start + count : this.#weakest(start);
    arrays.other[at] = other;
    arrays.next[at] = 0;
    arrays.before[at] = 0;
    arrays.together[at] = 0;
    if (count < neighbours) arrays.rowCount[row] = count + 1;
    return at;
  }

  /** The weakest entry of the full row that begins at `start`. */
  #weakest(start: number): number {
    const { together } = this.arrays;
    const end = start + this.shared.bounds.neighbours;
    let weakest = start;
    let least = together[start];
    for (let i = start + 1; i < end; i++) {
      if (together[i] >= least) continue;
      least = together[i];
      weakest = i;
    }
    return weakest;
  }

  /** Factor that brings a row's stored weights to `nowMs`. */
  rowFactor(row: number, nowMs: number): number {
    return decay(nowMs - this.arrays.rowAt[row], this.times.transitionHalfLifeMs);
  }
}

/** One session more, as an Int32 that never overflows: past the bound the count takes a turn of the item's ring back. */
function countAfter(count: number, sessionsPerItem: number): number {
  return count < ITEM_SESSIONS_MAX ? count + 1 : count + 1 - sessionsPerItem;
}

export function pageOfItem(item: number): number {
  return Math.floor(item / PAGE_ITEMS);
}

function pageOfSession(row: number): number {
  return Math.floor(row / PAGE_SESSIONS);
}
