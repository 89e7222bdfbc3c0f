import { turn } from '../../metrics/process/turn.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import { Quarantine } from '../quarantine/quarantine.js';
import { readRecords } from '../quarantine/read-records.js';
import type { BuiltShard } from '../shard/build-shard.js';
import {
  changesGraph,
  isEvent,
  userOfEntry,
  type GraphEntry,
  type JournalEntry,
} from '../store/journal-entry.js';
import type { ShardStore } from '../store/store.js';
import { buildEmptyShard, TIMELESS, type ReplayPlan } from './empty-shard.js';
import { FoundDifferences } from './found-differences.js';
import { ReplayedSessions } from './replayed-sessions.js';
import { ReplayedUsers, type ReplayedUser } from './replayed-users.js';
import { stateDifferences } from './state-differences.js';

/** Entries replayed between two turns of the event loop. */
const REPLAY_TURN = 512;

/** One pass through the journal, for the users of whom `isOf` is true: all of them are replayed, and compared with the store. */
export class ReplayPass {
  readonly found = new FoundDifferences();
  events = 0;
  otherEntries = 0;
  unreadable = 0;
  compared = 0;
  unchecked = 0;
  readonly #store: ShardStore;
  readonly #isOf: (userId: string) => boolean;
  readonly #built: BuiltShard;
  readonly #quarantine: Quarantine;
  readonly #users: ReplayedUsers;
  readonly #sessions: ReplayedSessions;
  /** False while the states are to be made anew: what the model makes of events is another one's, or not there yet. */
  readonly #comparesVectors: boolean;
  #waiting = 0;

  constructor(store: ShardStore, plan: ReplayPlan, isOf: (userId: string) => boolean) {
    this.#store = store;
    this.#isOf = isOf;
    this.#comparesVectors = store.statesModel !== 0;
    this.#sessions = new ReplayedSessions(store.journal.start === 0, (userId, problem) =>
      this.found.add(userId, problem),
    );
    const stats = ThreadStats.create();
    this.#quarantine = new Quarantine(stats, TIMELESS);
    this.#quarantine.listen((_, fresh) => {
      for (const { kind, names, reason } of fresh) this.found.add(names[0], `${kind}: ${reason}`);
    });
    this.#built = buildEmptyShard(plan, stats, this.#quarantine);
    this.#users = new ReplayedUsers(store, this.#built.shard);
  }

  async run(): Promise<void> {
    const unreadable = { take: () => void this.unreadable++ };
    for (const { position, entries } of readRecords(this.#store, unreadable, 0))
      for (const [i, entry] of entries.entries()) {
        this.#take(entry, position + i);
        if (this.#waiting >= REPLAY_TURN) await this.#flush();
      }
    await this.#flush();
    for (const { userId } of this.#store.users()) if (this.#isOf(userId)) this.#users.of(userId);
    for (const user of this.#users.all) this.#end(user);
    this.#compareSessions();
    this.#compareAliases();
    for (const user of this.#users.all) if (!user.isWhole) this.found.forget(user.userId);
  }

  #take(entry: JournalEntry, position: number): void {
    const userId = userOfEntry(entry);
    if (userId === undefined || !this.#isOf(userId)) return;
    if (isEvent(entry)) this.events++;
    else this.otherEntries++;
    this.#sessions.take(entry, position);
    if (changesGraph(entry)) this.#replay(entry, this.#users.of(userId), position);
  }

  #replay(entry: GraphEntry, user: ReplayedUser, position: number): void {
    // The stored state contains all that was taken in so far.
    if (position >= user.contained && !user.isCompared) {
      this.#built.shard.flush();
      this.#compare(user);
    }
    this.#users.take(user, entry, position);
    this.#built.shard.takeRecovered(user.channel, entry, position, false);
    this.#waiting++;
    if (!user.isThere) this.#remove(user.userId);
  }

  /** Somebody of the same name may come later: they do not find what left the memory of the replay before. */
  #remove(userId: string): void {
    const { shard, context } = this.#built;
    shard.flush();
    void context.store.commit({ users: [{ userId, bytes: undefined }] });
  }

  async #flush(): Promise<void> {
    this.#waiting = 0;
    this.#built.shard.flush();
    this.#quarantine.flush();
    await turn();
  }

  #compare(user: ReplayedUser): void {
    const { users, codec, graph } = this.#built.model;
    user.isCompared = true;
    if (user.state === undefined) return;
    const row = users.load(user.userId);
    try {
      codec.decode(users.spareRow, user.state);
    } catch (error) {
      this.found.add(user.userId, `the stored state cannot be read: ${(error as Error).message}`);
      return;
    }
    for (const difference of stateDifferences(graph, row, users.spareRow, this.#comparesVectors))
      this.found.add(user.userId, difference);
  }

  /** The journal has been read. */
  #end(user: ReplayedUser): void {
    if (!user.isCompared) this.#compare(user);
    if (user.isWhole) this.compared++;
    else this.unchecked++;
    const { checkpoint } = this.#store;
    if (user.isThere && user.last < checkpoint && user.contained <= user.last)
      this.found.add(
        user.userId,
        `the stored state contains entries before ${user.contained}, recovery begins at ${checkpoint}, and ${user.last} is between`,
      );
    if (!user.isThere && user.state !== undefined)
      this.found.add(
        user.userId,
        'there is a state of somebody whom the journal does not know, or whom it took away',
      );
  }

  #compareSessions(): void {
    const { seqs } = this.#sessions;
    for (const { userId, sessionId, seq } of this.#store.sessions()) {
      if (!this.#isOf(userId)) continue;
      const replayed = seqs.get(userId)?.get(sessionId) ?? 0;
      // Its entries may have been dropped.
      if (replayed === 0 && this.#store.journal.start > 0) continue;
      seqs.get(userId)?.delete(sessionId);
      if (replayed !== seq) this.#wrongSession(userId, sessionId, seq, replayed);
    }
    for (const [userId, sessions] of seqs)
      for (const [sessionId, seq] of sessions) if (seq > 0) this.#wrongSession(userId, sessionId, 0, seq);
  }

  #wrongSession(userId: string, sessionId: string, stored: number, replayed: number): void {
    this.#users.of(userId);
    this.found.add(userId, `session "${sessionId}" has seq ${stored}, the journal says ${replayed}`);
  }

  #compareAliases(): void {
    for (const [userId, to] of this.#sessions.aliases) {
      const stored = this.#store.alias(userId);
      if (stored !== to)
        this.found.add(userId, `they are ${stored ?? 'nobody'}'s, the journal says ${to ?? 'nobody'}'s`);
    }
  }
}
