import { statePosition } from '../graph/interest/state/state-header.js';
import { readRecords } from '../quarantine/read-records.js';
import { changesGraph, userOfEntry, type GraphEntry } from '../store/journal-entry.js';
import type { Commits } from './commits.js';
import { LiveUser } from '../live/live-user.js';
import type { Round } from './round.js';
import type { ShardContext } from './shard-context.js';
import type { UserEvents } from './user-events.js';

/** Repairs between two sweeps; whoever needs one more begins anew and is owed to the next recovery. */
const REPAIRS_MAX = 64;
/** Events set aside that are remembered by position. */
const POISON_MAX = 10_000;

/**
 * Makes users again whom an event left half changed: the state that the store has, and what the journal has of them since. One
 * per shard; works between two rounds.
 */
export class UserRepair {
  readonly #context: ShardContext;
  readonly #commits: Commits;
  readonly #round: Round;
  readonly #events: UserEvents;
  /** Positions of journal events that threw. */
  readonly #poison = new Set<number>();
  #left = REPAIRS_MAX;

  constructor(context: ShardContext, commits: Commits, round: Round, events: UserEvents) {
    this.#context = context;
    this.#commits = commits;
    this.#round = round;
    this.#events = events;
  }

  /** A sweep begins: what is to be read again of the journal is short once more. */
  renew(): void {
    this.#left = REPAIRS_MAX;
  }

  /** Makes those whom the last round harmed. */
  run(): void {
    for (const [userId, position] of this.#events.takeHarmed() ?? []) this.#repair(userId, position);
  }

  /** `position` is that of the event that threw, −1 for one that is in no journal: then all that is, is applied again. */
  #repair(userId: string, position: number): void {
    const { store } = this.#context;
    // The store's journal has to have what this tick has applied.
    this.#commits.commit();
    const until = position < 0 ? store.journal.end : position;
    while (this.#left-- > 0) {
      if (position >= 0 && this.#poison.size < POISON_MAX) this.#poison.add(position);
      if (this.#replay(userId, this.#startOf(userId, position), until)) return;
      position = this.#events.takeHarmed()?.get(userId) ?? position;
    }
    this.#giveUp(userId);
  }

  /** In a recovery an owed user is made of the whole journal; while the shard serves they wait for the next one. */
  #startOf(userId: string, position: number): number {
    const { store, quarantine } = this.#context;
    const state = store.user(userId);
    const contained = state === undefined ? 0 : statePosition(state);
    return position >= 0 && quarantine.isOwed(userId) ? contained : Math.max(store.checkpoint, contained);
  }

  /** False when one threw again. */
  #replay(userId: string, from: number, until: number): boolean {
    const { store, quarantine } = this.#context;
    const user = new LiveUser(0, userId);
    for (const { position, entries } of readRecords(store, quarantine, from)) {
      if (position >= until) return true;
      for (const [i, entry] of entries.entries()) {
        const at = position + i;
        if (at < from || at >= until || this.#poison.has(at)) continue;
        if (!changesGraph(entry) || userOfEntry(entry) !== userId) continue;
        if (!this.#apply(user, entry, at)) return false;
      }
    }
    return true;
  }

  #apply(user: LiveUser, entry: GraphEntry, position: number): boolean {
    this.#round.begin();
    this.#round.reserve(user, undefined);
    const recovered = { op: 'recovered', channel: 0, entry, position, learns: false } as const;
    const isApplied = this.#events.takeRecovered(user, recovered);
    this.#round.run();
    return isApplied;
  }

  #giveUp(userId: string): void {
    const { model, store, quarantine } = this.#context;
    const bytes = store.user(userId) ?? new Uint8Array(0);
    const reason = 'too many of their events could not be applied';
    quarantine.take({ kind: 'user', names: [userId], reason, bytes });
    model.users.begin(userId);
  }
}
