import { SILENT_SINK } from '../wire/silent-sink.js';
import { COUNTER } from '../../metrics/table.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import type { BuiltShard } from '../shard/build-shard.js';
import { isPartialState } from '../graph/interest/state/state-header.js';
import { readRecords } from '../quarantine/read-records.js';
import {
  changesGraph,
  isEvent,
  userOfEntry,
  type GraphEntry,
  type JournalEntry,
} from '../store/journal-entry.js';
import { isMergedVisitor, isVisitor, nameOf } from '../store/user-key.js';
import { LiveUser } from '../live/live-user.js';
import { Round } from '../shard/round.js';
import type { ShardContext } from '../shard/shard-context.js';
import { makeServedModel, type TaggedScorer, type ServedModel } from '../shard/served-model.js';
import { UserEvents } from '../shard/user-events.js';

/** Entries replayed between two ticks, and those of one user among them: each of those takes a run of its own. */
const BITE_ENTRIES = 32;
const BITE_ENTRIES_OF_USER = 8;
/** Every so many bites some states are written, so many at most. */
const WRITE_EVERY_BITES = 16;
const WRITE_STATES = 128;
/** Users remembered between two looks at the store. */
const USERS_KNOWN_MAX = 10_000;

/**
 * The states of all users made anew by another model, from the journal: the same entries in the same order as from an empty
 * store, a bite at a time between the shard's ticks. It goes on with what the journal gets meanwhile. Graphs that the journal
 * holds, of visitors who were merged and users who were moved here, begin from vectors, as the old model made their states.
 *
 * Users whom the journal does not hold whole are left out: those moved or merged by versions that had no entries for it, those
 * whose first entries were dropped, those with an event that throws. They keep their weights, edges, clicks and marks, and
 * begin again from vectors (`InterestCodec.decode`).
 * Its states are written to the store's other generation, which nobody reads before it is adopted.
 */
export class StateRebuild {
  readonly model: ServedModel;
  readonly #shard: ShardContext;
  readonly #states: { isAdopted: boolean; user(userId: string): Uint8Array | undefined };
  readonly #round: Round;
  readonly #events: UserEvents;
  /** Users by id; null for one who is left out. */
  readonly #users = new Map<string, LiveUser | null>();
  /** Users with an entry that threw. */
  readonly #harmed = new Set<string>();
  /** Journal position of the next entry. */
  #position = 0;
  /** The record that the next entry is in, or was: its first position and its entries. */
  #recordAt = 0;
  #record: readonly JournalEntry[] = [];
  #bites = 0;

  /** The store's other generation has to be empty. */
  constructor({ shard, context, modelContext }: BuiltShard, model: TaggedScorer) {
    const { store, places, quarantine, inHand, shedding, clock, fail } = context;
    this.#shard = context;
    const states = {
      isAdopted: false,
      user: (userId: string) => (states.isAdopted ? store.user(userId) : store.rebuilt(userId)),
    };
    this.#states = states;
    const unseen = ThreadStats.create();
    this.model = makeServedModel(modelContext, model, states, unseen);
    const replayed: ShardContext = {
      store,
      quarantine,
      inHand,
      shedding,
      model: this.model,
      stats: unseen,
      places,
      clock,
      sink: SILENT_SINK,
      fail,
      // What is replayed was counted when it came.
      market: undefined,
    };
    this.#round = new Round(replayed);
    this.#events = new UserEvents(replayed, shard.commits, this.#round);
  }

  get position(): number {
    return this.#position;
  }

  /** True when the whole journal is in it and nearly all of it on its way to the disk. */
  get isCaughtUp(): boolean {
    return this.#position === this.#shard.store.journal.end && this.model.users.dirtyCount <= WRITE_STATES;
  }

  /** Replays some entries, or writes some states. Call between two ticks of the shard. */
  step(): void {
    this.#replay();
    if (++this.#bites % WRITE_EVERY_BITES > 0 && this.#position < this.#shard.store.journal.end) return;
    this.#write(WRITE_STATES);
  }

  /** Replays what is left; short when `isCaughtUp` a moment ago. */
  catchUp(): void {
    while (this.#position < this.#shard.store.journal.end) this.#replay();
  }

  /** The rebuilt states serve from now on; `adopt` has to be committed with them first. */
  adopted(): void {
    this.#states.isAdopted = true;
    this.model.users.countIn(this.#shard.stats);
  }

  #replay(): void {
    const taken = this.#take();
    for (let waiting = taken; waiting.length > 0;) waiting = this.#runRound(waiting);
    this.#remove(taken.flatMap(({ entry, user }) => (isEnd(entry.entry) ? [user.userId] : [])));
    // What of them was replayed is half done: they begin again from vectors.
    for (const userId of this.#events.takeHarmed()?.keys() ?? []) this.#leaveOut(userId);
    this.#shard.stats.count(COUNTER.rebuiltEvents, taken.filter(({ entry }) => isEvent(entry)).length);
  }

  #leaveOut(userId: string): void {
    this.#harmed.add(userId);
    this.#users.set(userId, null);
    this.model.users.drop(userId);
    this.#remove([userId]);
  }

  #remove(users: readonly string[]): void {
    if (users.length === 0) return;
    const rebuilt = users.map((userId) => ({ userId, bytes: undefined }));
    this.#shard.store.commit({ rebuilt }).catch(this.#shard.fail);
  }

  /** Writes the states of users who left memory, and of `max` others. */
  #write(max: number): void {
    const rebuilt = this.model.users.takeChanged(max);
    if (rebuilt.length > 0) this.#shard.store.commit({ rebuilt }).catch(this.#shard.fail);
  }

  /** One call of each user; returns what waits for the next round, in order. */
  #runRound(entries: readonly PlacedEntry[]): PlacedEntry[] {
    const later: PlacedEntry[] = [];
    this.#round.begin();
    for (const placed of entries) {
      const { user, entry, position } = placed;
      if (this.#round.reserve(user, undefined))
        this.#events.takeRecovered(user, { op: 'recovered', channel: 0, entry, position, learns: false });
      else later.push(placed);
    }
    this.#round.run();
    return later;
  }

  /**
   * The next entries of the journal that change a graph, those of users left out skipped; moves the position. One that takes a user
   * away is the last of a bite: when they come again, what was made of them has to be gone.
   */
  #take(): PlacedEntry[] {
    if (this.#users.size >= USERS_KNOWN_MAX) this.#forgetUsers();
    const taken: PlacedEntry[] = [];
    const counts = new Map<LiveUser, number>();
    for (let seen = 0; seen < BITE_ENTRIES; seen++) {
      const entry = this.#next();
      if (entry === undefined) break;
      if (changesGraph(entry)) {
        const user = isEnd(entry.entry) ? this.#leaverOf(entry) : this.#userOf(entry);
        const count = user === null ? 0 : (counts.get(user) ?? 0);
        if (count === BITE_ENTRIES_OF_USER) break;
        if (user !== null) {
          counts.set(user, count + 1);
          taken.push({ user, entry, position: this.#position });
        }
      }
      this.#position++;
      if (changesGraph(entry) && isEnd(entry.entry)) break;
    }
    return taken;
  }

  /** Whoever comes again is looked up in the store, so all who left memory have to be there. */
  #forgetUsers(): void {
    this.#write(0);
    this.#users.clear();
  }

  /**
   * The entry at the position, which moves over gaps; undefined at the end of the journal. A record of many entries is decoded
   * once.
   */
  #next(): JournalEntry | undefined {
    const at = this.#position - this.#recordAt;
    if (at < this.#record.length) return this.#record[at];
    const { store, quarantine } = this.#shard;
    for (const { position, entries } of readRecords(store, quarantine, this.#position)) {
      this.#position = Math.max(this.#position, position);
      this.#recordAt = position;
      this.#record = entries;
      if (this.#position - position < entries.length) return entries[this.#position - position];
    }
    this.#position = store.journal.end;
    return undefined;
  }

  /** Whose the entry is. One that says all of a user makes them whole, whatever was before. */
  #userOf(entry: GraphEntry): LiveUser | null {
    const userId = userOfEntry(entry);
    let user = this.#users.get(userId);
    const begins = entry.entry === 'replaced' && user === null && !this.#harmed.has(userId);
    if (user !== undefined && !begins) return user;
    user = begins || this.#isWhole(userId, entry) ? new LiveUser(0, userId) : null;
    this.#users.set(userId, user);
    return user;
  }

  /** Also one who is left out, or was forgotten about (`#forgetUsers`): what was made of them before is removed. */
  #leaverOf(entry: GraphEntry): LiveUser {
    const userId = userOfEntry(entry);
    const user = this.#users.get(userId) ?? new LiveUser(0, userId);
    // Who comes again after that begins with nothing, and the journal has all of it.
    if (entry.entry === 'removed' && !this.#harmed.has(userId)) this.#users.set(userId, user);
    return user;
  }

  #isWhole(userId: string, entry: GraphEntry): boolean {
    const { store } = this.#shard;
    if (this.#harmed.has(userId) || isMergedVisitor(store, userId)) return false;
    if (entry.entry === 'replaced') return true;
    // Of a journal whose beginning was dropped this may not be their first entry.
    if (store.journal.start > 0 && !isFirst(entry) && !this.#isKnown(userId)) return false;
    const state = store.user(userId);
    return state === undefined || !isPartialState(state);
  }

  #isKnown(userId: string): boolean {
    return this.model.users.rowOf(userId) >= 0 || this.#states.user(userId) !== undefined;
  }
}

interface PlacedEntry {
  readonly user: LiveUser;
  readonly entry: GraphEntry;
  readonly position: number;
}

function isEnd(entry: GraphEntry['entry']): boolean {
  return entry === 'forgotten' || entry === 'removed';
}

/** A visitor has one session, so its first event is theirs. */
function isFirst(entry: GraphEntry): boolean {
  return isEvent(entry) && entry.seq === 1 && isVisitor(entry.user) && entry.session === nameOf(entry.user);
}
