import { StartupError } from '../../metrics/process/startup-error.js';
import { turn } from '../../metrics/process/turn.js';
import { statePosition } from '../graph/interest/state/state-header.js';
import { EVENTS_REREAD } from '../live/session-memory.js';
import { readRecords, type ReadRecord } from '../quarantine/read-records.js';
import { changesGraph, isErasure, isEvent, userOfEntry, type GraphEntry } from '../store/journal-entry.js';
import { isMergedVisitor } from '../store/user-key.js';
import type { BuiltShard } from '../shard/build-shard.js';
import { SessionSeqs } from './session-seqs.js';
import type { TransitionReplay } from './transition-replay.js';
import type { HaltFlag } from '../wire/halt-flag.js';

/** Entries applied between two turns of the event loop; their users are read ahead together. */
const REPLAY_TURN = 512;

/** Records until `halt` is raised: then it throws `start_given_up`. */
export function* whileWanted(records: Iterable<ReadRecord>, halt: HaltFlag): Generator<ReadRecord> {
  for (const record of records) {
    if (halt.isRaised) throw new StartupError('start_given_up', 'the start was given up; nothing was lost');
    yield record;
  }
}

/** A user whose events are replayed. */
interface RecoveredUser {
  readonly channel: number;
  /** Journal position that their state contains; Infinity for one who is left out, and for a visitor who was merged. */
  readonly contained: number;
  /** The session in the interaction graph that the state names, if clicks that it contains are to be learned; 0 for none. */
  readonly session: number;
}

/** The users whose events are replayed, each on a channel of their own. */
export class RecoveredUsers {
  replayedEvents = 0;
  readonly #built: BuiltShard;
  readonly #transitions: TransitionReplay;
  readonly #learnsFrom: number;
  readonly #users = new Map<string, RecoveredUser>();
  #taken: ReadRecord[] = [];
  #waiting = 0;

  constructor(built: BuiltShard, transitions: TransitionReplay, learnsFrom: number) {
    this.#built = built;
    this.#transitions = transitions;
    this.#learnsFrom = learnsFrom;
  }

  leaveOut(user: string): void {
    this.#users.set(user, { channel: 0, contained: Infinity, session: 0 });
  }

  async take(record: ReadRecord): Promise<void> {
    this.#taken.push(record);
    this.#waiting += record.entries.length;
    if (this.#waiting >= REPLAY_TURN) await this.end();
  }

  /** Applies what was taken. */
  async end(): Promise<void> {
    const records = this.#taken;
    this.#taken = [];
    this.#waiting = 0;
    await this.#built.context.store.readUsersAhead(this.#newUsersOf(records));
    for (const { position, entries } of records)
      for (const [i, entry] of entries.entries())
        if (changesGraph(entry)) this.#takeEntry(entry, position + i);
    this.#built.shard.flush();
    await turn();
  }

  #newUsersOf(records: readonly ReadRecord[]): string[] {
    const users = new Set<string>();
    for (const { entries } of records)
      for (const entry of entries) {
        const user = changesGraph(entry) ? userOfEntry(entry) : undefined;
        if (user !== undefined && !this.#users.has(user)) users.add(user);
      }
    return [...users];
  }

  #takeEntry(entry: GraphEntry, position: number): void {
    if (isErasure(entry)) this.#transitions.erase(entry.user);
    const { channel, contained, session } = this.#userOf(userOfEntry(entry));
    const learns = position >= this.#learnsFrom;
    if (position < contained) {
      // Who follows a journal may have them in memory still, and would write them again.
      if (entry.entry === 'forgotten') this.#built.users.drop(entry.visitor);
      if (learns && channel !== 0 && isEvent(entry)) this.#transitions.learn(entry, position, session);
      return;
    }
    this.#built.shard.takeRecovered(channel, entry, position, learns);
    if (isEvent(entry)) this.replayedEvents++;
  }

  #userOf(user: string): RecoveredUser {
    const known = this.#users.get(user);
    if (known !== undefined) return known;
    const { store, quarantine } = this.#built.context;
    const state = store.user(user);
    const contained = state === undefined ? 0 : statePosition(state);
    // It is read here, so that a damaged one is left out before anything is learned of it.
    const session = contained > this.#learnsFrom ? this.#sessionOf(user) : 0;
    if (quarantine.isOwed(user)) this.leaveOut(user);
    else {
      const isMerged = isMergedVisitor(store, user);
      const channel = this.#built.shard.openRecovery(user);
      this.#users.set(user, { channel, contained: isMerged ? Infinity : contained, session });
    }
    return this.#userOf(user);
  }

  #sessionOf(user: string): number {
    const { users, graph } = this.#built;
    return graph.slabs.sessionId[users.load(user)];
  }
}

/** Makes users anew from the whole journal, and the last `seq` of their sessions. */
export async function rebuildUsers(
  built: BuiltShard,
  owed: ReadonlySet<string>,
  learnsFrom: number,
  halt: HaltFlag,
): Promise<number> {
  const { shard, context, users } = built;
  const { store, quarantine } = context;
  const channels = new Map<string, number>();
  const gone = new Set<string>();
  const seqs = new SessionSeqs(store);
  for (const user of owed) {
    if (isMergedVisitor(store, user)) continue;
    users.begin(user);
    channels.set(user, shard.openRecovery(user));
  }
  let count = 0;
  for (const { position, entries } of whileWanted(readRecords(store, quarantine, 0), halt)) {
    for (const [i, entry] of entries.entries()) {
      const user = userOfEntry(entry);
      const channel = user === undefined ? undefined : channels.get(user);
      if (channel === undefined) continue;
      seqs.note(entry);
      if (!changesGraph(entry)) continue;
      if (entry.entry === 'removed') gone.add(entry.user);
      else if (gone.delete(userOfEntry(entry))) {
        // They come again after they were removed; what the store has of them is what is made here.
        shard.flush();
        users.begin(userOfEntry(entry));
      }
      shard.takeRecovered(channel, entry, position + i, position + i >= learnsFrom);
      if (++count % REPLAY_TURN > 0) continue;
      shard.flush();
      await turn();
    }
  }
  shard.flush();
  for (const { userId, sessionId, seq } of seqs.behind()) shard.commits.addSession(userId, sessionId, seq);
  shard.commits.addStates(users.takeChanged(Number.MAX_SAFE_INTEGER));
  shard.commits.commit();
  quarantine.settleOwed();
  return count;
}

/** What clients may send again, for they had no answer before the end: it is compared with what was applied. */
export function rememberSessions({ shard, context }: BuiltShard): void {
  const { store, quarantine } = context;
  for (const { entries } of readRecords(store, quarantine, Math.max(0, store.journal.end - EVENTS_REREAD)))
    for (const entry of entries)
      if (isEvent(entry)) shard.remember(entry);
      else if (entry.entry === 'removed') shard.forgetSession(entry.user);
}
