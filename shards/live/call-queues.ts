import type { Clock } from '../../metrics/process/clock.js';
import { Fifo } from '../../metrics/process/fifo.js';
import type { GraphEntry } from '../store/journal-entry.js';
import type {
  AskedAttributes,
  AskedConsent,
  AskedGraph,
  AskedRank,
  AskedTune,
  EventCall,
  ShardCall,
} from '../wire/calls.js';
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
  | AskedGraph
  | AskedTune
  | AskedConsent
  | AskedAttributes
  | RecoveredEntry
  | Extract<ShardCall, { op: 'open' | 'close' | 'release' }>;

/** Those who take little of the shard's time, and those who took more than that lately or whose next job will. */
export type Line = 'light' | 'greedy';

/**
 * Calls that wait, each with its user, and the lines of the users who have something to be done. Whoever has had a turn goes
 * to the end of a line, so that one user's thousand calls hold up no other user; the greedy, who took more than a little of the
 * shard's time lately or ask for what takes long, stand in a line of their own. Nothing is searched and nothing moved: a call costs the same however many
 * wait. One per shard.
 *
 * Bounds: those of the pool, per user and in all (`queueUserMax`, `queueMax`, `ranksUserMax`, `ranksMax`).
 */
export class CallQueues {
  readonly #light = new Fifo<LiveUser>();
  readonly #greedy = new Fifo<LiveUser>();
  readonly #clock: Pick<Clock, 'nowUs'>;
  #count = 0;

  constructor(clock: Pick<Clock, 'nowUs'>) {
    this.#clock = clock;
  }

  /** Calls that wait. */
  get count(): number {
    return this.#count;
  }

  /** Users in both lines. */
  get users(): number {
    return this.#light.length + this.#greedy.length;
  }

  /** Users in one of the lines. */
  usersOf(line: Line): number {
    return this.#lineOf(line).length;
  }

  add(user: LiveUser, call: QueuedCall): void {
    user.calls.push(call);
    this.#count++;
    if (call.op === 'event') user.eventsWaiting++;
    this.stand(user);
  }

  /** Puts the user in line, unless they stand in one. */
  stand(user: LiveUser): void {
    if (user.isInLine) return;
    const nowUs = this.#clock.nowUs();
    user.isInLine = true;
    user.stoodUs = nowUs;
    this.#lineOf(user.isGreedy(nowUs) || user.isNextLong ? 'greedy' : 'light').push(user);
  }

  /** Since when the first of those who take little has been in line, `Clock.nowUs`; Infinity when there is nobody. The greedy are meant to wait. */
  get waitingSinceUs(): number {
    return this.#light.peek()?.stoodUs ?? Infinity;
  }

  /** Whose turn it is; they stay in front. */
  first(line: Line): LiveUser | undefined {
    return this.#lineOf(line).peek();
  }

  /** The turn of the first one is over: they go to the end when there is more to do for them, and leave when not. */
  next(line: Line): void {
    const user = this.#lineOf(line).shift();
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
    for (const line of [this.#light, this.#greedy])
      for (const user of line) if (user.userId === userId && user.calls.length > 0) return true;
    return false;
  }

  #lineOf(line: Line): Fifo<LiveUser> {
    return line === 'light' ? this.#light : this.#greedy;
  }
}
