import { crc32 } from 'node:zlib';
import { turn } from '../../metrics/process/turn.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import { isPartialState, statePosition } from '../graph/interest/interest-codec.js';
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
import { isMergedVisitor } from '../store/user-key.js';
import { buildEmptyShard, TIMELESS, type ReplayPlan } from './empty-shard.js';
import { ReplayedSessions } from './replayed-sessions.js';
import { stateDifferences } from './state-differences.js';

/** Users who are replayed in one pass through the journal: about 100 MB. */
const USERS_A_PASS = 20_000;
/** Entries replayed between two turns of the event loop. */
const REPLAY_TURN = 512;
/** Users whose differences are told. */
const DIFFERING_MAX = 1_000;

/** A user whose rows are not what the journal says, and in what, in words. */
export interface DifferingUser {
  readonly userId: string;
  readonly differences: readonly string[];
}

export interface ReplayReport {
  readonly events: number;
  /** Entries that are no events. */
  readonly otherEntries: number;
  /** Users who were compared. */
  readonly users: number;
  /**
   * Users of whom nothing can be said: their state holds what no entry says (an older version moved or merged them), their first
   * entries were dropped, or they are to be made anew (damaged, or waiting to be taken over after a change of the model).
   */
  readonly unchecked: number;
  /** Records that cannot be read; whose events they held is not known. */
  readonly unreadable: number;
  /** All users with a difference, and the first `DIFFERING_MAX` of them. */
  readonly differing: number;
  readonly differences: readonly DifferingUser[];
}

/**
 * Replays the whole journal of a store into an empty shard in memory, and compares every user: what their graph is
 * (`stateDifferences`) at the position that their stored state contains, the last `seq` of their sessions, and whose the merged
 * visitors are. Also told of are events that the journal has twice or out of order, and states that lack what recovery would not
 * give them. Nothing is written.
 *
 * @throws Error when the states are of another model
 */
export async function checkReplay(store: ShardStore, plan: ReplayPlan): Promise<ReplayReport> {
  if (store.statesModel !== plan.model.tag && store.statesModel !== 0)
    throw new Error(
      `The states are not those of ${plan.model.scorer.name}: check them with the model that made them.`,
    );
  let users = 0;
  for (const row of store.users()) if (row.bytes.length > 0) users++;
  const passes = Math.max(1, Math.ceil(users / USERS_A_PASS));
  const total = { events: 0, otherEntries: 0, users: 0, unchecked: 0, unreadable: 0, differing: 0 };
  const differences: DifferingUser[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const replay = new Replay(store, plan, (userId) => crc32(userId) % passes === pass);
    await replay.run();
    total.events += replay.events;
    total.otherEntries += replay.otherEntries;
    total.users += replay.compared;
    total.unchecked += replay.unchecked;
    total.unreadable = replay.unreadable;
    total.differing += replay.differing.length;
    differences.push(...replay.differing.slice(0, DIFFERING_MAX - differences.length));
  }
  return { ...total, differences };
}

/** One user of a pass. */
interface ReplayedUser {
  readonly userId: string;
  readonly channel: number;
  /** State in the store, and the position that it contains. */
  readonly state: Uint8Array | undefined;
  readonly contained: number;
  /** True when the journal holds all of them. */
  isWhole: boolean;
  /** Position of their last entry that changes a graph; −1 for none. */
  last: number;
  /** False when that took them away. */
  isThere: boolean;
  isCompared: boolean;
}

/** One pass: the users of whom `isOf` is true. */
class Replay {
  events = 0;
  otherEntries = 0;
  unreadable = 0;
  compared = 0;
  unchecked = 0;
  readonly #store: ShardStore;
  readonly #isOf: (userId: string) => boolean;
  readonly #built: BuiltShard;
  readonly #quarantine: Quarantine;
  readonly #users = new Map<string, ReplayedUser>();
  readonly #problems = new Map<string, string[]>();
  readonly #sessions = new ReplayedSessions((userId, problem) => this.#wrong(userId, problem));
  readonly #owed: ReadonlySet<string>;
  #waiting = 0;

  constructor(store: ShardStore, plan: ReplayPlan, isOf: (userId: string) => boolean) {
    this.#store = store;
    this.#isOf = isOf;
    const stats = ThreadStats.create();
    this.#quarantine = new Quarantine(stats, TIMELESS);
    this.#quarantine.listen((_, fresh) => {
      for (const { kind, names, reason } of fresh) this.#wrong(names[0], `${kind}: ${reason}`);
    });
    this.#built = buildEmptyShard(plan, stats, this.#quarantine);
    this.#owed = new Set([...store.setAside()].filter(({ isOwed }) => isOwed).map(({ names }) => names[0]));
  }

  /** Those with a difference. */
  get differing(): DifferingUser[] {
    return Array.from(this.#problems, ([userId, differences]) => ({ userId, differences }));
  }

  async run(): Promise<void> {
    const unreadable = { take: () => void this.unreadable++ };
    for (const { position, entries } of readRecords(this.#store, unreadable, 0))
      for (const [i, entry] of entries.entries()) {
        this.#take(entry, position + i);
        if (this.#waiting >= REPLAY_TURN) await this.#flush();
      }
    await this.#flush();
    for (const { userId } of this.#store.users()) if (this.#isOf(userId)) this.#userOf(userId);
    for (const user of this.#users.values()) this.#end(user);
    this.#compareSessions();
    this.#compareAliases();
    for (const user of this.#users.values()) if (!user.isWhole) this.#problems.delete(user.userId);
  }

  #take(entry: JournalEntry, position: number): void {
    const userId = userOfEntry(entry);
    if (userId === undefined || !this.#isOf(userId)) return;
    if (isEvent(entry)) this.events++;
    else this.otherEntries++;
    this.#sessions.take(entry, position);
    if (changesGraph(entry)) this.#replay(entry, userId, position);
  }

  #replay(entry: GraphEntry, userId: string, position: number): void {
    const user = this.#userOf(userId);
    if (position >= user.contained && !user.isCompared) this.#compareNow(user);
    if (entry.entry === 'replaced') user.isWhole = !this.#isUnknown(userId);
    // There is no state of somebody who is gone, and all else is in the entry.
    if (entry.entry === 'forgotten') user.isWhole = user.isCompared = true;
    if (entry.entry === 'removed' && user.state === undefined) user.isWhole = !this.#owed.has(userId);
    user.last = position;
    user.isThere = entry.entry !== 'forgotten' && entry.entry !== 'removed';
    this.#built.shard.takeRecovered(user.channel, entry, position, false);
    this.#waiting++;
  }

  async #flush(): Promise<void> {
    this.#waiting = 0;
    this.#built.shard.flush();
    this.#quarantine.flush();
    await turn();
  }

  #userOf(userId: string): ReplayedUser {
    const known = this.#users.get(userId);
    if (known !== undefined) return known;
    const state = this.#store.user(userId);
    const user: ReplayedUser = {
      userId,
      channel: this.#built.shard.openRecovery(userId),
      state: state && new Uint8Array(state),
      contained: state === undefined ? 0 : statePosition(state),
      isWhole:
        this.#store.journal.start === 0 &&
        !this.#isUnknown(userId) &&
        !(state !== undefined && isPartialState(state)),
      last: -1,
      isThere: false,
      isCompared: state === undefined,
    };
    this.#users.set(userId, user);
    return user;
  }

  /** True for a user who is to be made anew, and for a visitor who is nobody's any more. */
  #isUnknown(userId: string): boolean {
    const store = this.#store;
    return this.#owed.has(userId) || store.isRetired(userId) || isMergedVisitor(store, userId);
  }

  /** The stored state contains all that was taken in so far. */
  #compareNow(user: ReplayedUser): void {
    this.#built.shard.flush();
    this.#compare(user);
  }

  #compare(user: ReplayedUser): void {
    const { users, codec, graph } = this.#built.model;
    user.isCompared = true;
    if (user.state === undefined) return;
    const row = users.load(user.userId);
    try {
      codec.decode(users.spareRow, user.state);
    } catch (error) {
      this.#wrong(user.userId, `the stored state cannot be read: ${(error as Error).message}`);
      return;
    }
    for (const difference of stateDifferences(graph, row, users.spareRow))
      this.#wrong(user.userId, difference);
  }

  /** The journal has been read. */
  #end(user: ReplayedUser): void {
    if (!user.isCompared) this.#compare(user);
    if (user.isWhole) this.compared++;
    else this.unchecked++;
    const { checkpoint } = this.#store;
    if (user.isThere && user.last < checkpoint && user.contained <= user.last)
      this.#wrong(
        user.userId,
        `the stored state contains entries before ${user.contained}, recovery begins at ${checkpoint}, and ${user.last} is between`,
      );
    if (!user.isThere && user.state !== undefined && user.contained > user.last)
      this.#wrong(
        user.userId,
        'there is a state of somebody whom the journal does not know, or whom it took away',
      );
  }

  #compareSessions(): void {
    const { seqs } = this.#sessions;
    for (const { userId, sessionId, seq } of this.#store.sessions()) {
      if (!this.#isOf(userId)) continue;
      const replayed = seqs.get(userId)?.get(sessionId) ?? 0;
      seqs.get(userId)?.delete(sessionId);
      if (replayed !== seq) this.#wrongSession(userId, sessionId, seq, replayed);
    }
    for (const [userId, sessions] of seqs)
      for (const [sessionId, seq] of sessions) this.#wrongSession(userId, sessionId, 0, seq);
  }

  #wrongSession(userId: string, sessionId: string, stored: number, replayed: number): void {
    this.#userOf(userId);
    this.#wrong(userId, `session "${sessionId}" has seq ${stored}, the journal says ${replayed}`);
  }

  #compareAliases(): void {
    for (const [userId, to] of this.#sessions.aliases) {
      const stored = this.#store.alias(userId);
      if (stored !== to)
        this.#wrong(userId, `they are ${stored ?? 'nobody'}'s, the journal says ${to ?? 'nobody'}'s`);
    }
  }

  #wrong(userId: string, problem: string): void {
    const known = this.#problems.get(userId);
    if (known === undefined) this.#problems.set(userId, [problem]);
    else if (!known.includes(problem)) known.push(problem);
  }
}
