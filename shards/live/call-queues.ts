import { Fifo } from '../../metrics/process/fifo.js';
import type { GraphEntry } from '../store/journal-entry.js';
import type { AskedRank, EventCall, ShardCall } from '../wire/calls.js';
import type { LiveUser } from './live-user.js';

/** An entry of the journal that is carried out again; `learns` is false when the interaction graph has it already. */
export interface RecoveredEntry {
  readonly op: 'recovered';
  readonly channel: number;
  readonly entry: GraphEntry;
  /** Its place in the journal. */
  readonly position: number;
  readonly learns: boolean;
}

/** Calls that wait for their user's turn and keep their order. */
export type QueuedCall =
  | EventCall
  | AskedRank
  | RecoveredEntry
  | Extract<ShardCall, { op: 'open' | 'close' | 'release' }>;

/**
 * Calls that wait, each with its user, and the line of the users who have something to be done. Whoever has had a turn goes
 * to the end of the line, so that one user's thousand calls hold up no other user. Nothing is searched and nothing moved:
 * a call costs the same however many wait. One per shard.
 *
 * Bounds: those of the pool, per user and in all (`queueUserMax`, `queueMax`, `ranksUserMax`, `ranksMax`).
 */
export class CallQueues {
  readonly #line = new Fifo<LiveUser>();
  #count = 0;

  /** Calls that wait. */
  get count(): number {
    return this.#count;
  }

  /** Users in line. */
  get users(): number {
    return this.#line.length;
  }

  add(user: LiveUser, call: QueuedCall): void {
    user.calls.push(call);
    this.#count++;
    if (call.op === 'event') user.eventsWaiting++;
    this.stand(user);
  }

  /** Puts the user in line, unless they stand there. */
  stand(user: LiveUser): void {
    if (user.isInLine) return;
    user.isInLine = true;
    this.#line.push(user);
  }

  /** Whose turn it is; they stay in front. */
  first(): LiveUser | undefined {
    return this.#line.peek();
  }

  /** The turn of the first one is over: they go to the end when there is more to do for them, and leave when not. */
  next(): void {
    const user = this.#line.shift();
    if (user === undefined) return;
    user.isInLine = false;
    if (user.calls.length > 0 || user.hasDueSlots) this.stand(user);
  }

  /** Takes out the first call of a user. */
  shift(user: LiveUser): void {
    const call = user.calls.shift();
    if (call === undefined) return;
    this.#count--;
    if (call.op === 'event') user.eventsWaiting--;
  }

  /** True when calls of a user wait, on any of their channels. */
  hasCallsOf(userId: string): boolean {
    for (const user of this.#line) if (user.userId === userId && user.calls.length > 0) return true;
    return false;
  }
}
