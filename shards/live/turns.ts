import type { Clock } from '../../metrics/process/clock.js';
import { GREEDY_ROUND_US, GREEDY_WAIT_US, ROUND_US, TURN_CALLS } from '../wire/shard-limits.js';
import type { RankRequest } from '../wire/slot-lists.js';
import type { CallQueues, Line, QueuedCall } from './call-queues.js';
import type { LiveSlot, LiveUser } from './live-user.js';

/** In the place of the channel of a user who has none. */
export const NO_CHANNEL = 0;

/** The round of the model that is being filled. */
interface Places {
  readonly number: number;
  readonly isEmpty: boolean;
  readonly isFullOfRanks: boolean;
  /** @param limitUs what its jobs may take by estimate, µs */
  begin(limitUs: number): void;
  /** A place for the user, for a rank with what is asked. False when there is none. */
  reserve(user: LiveUser, request: RankRequest | undefined): boolean;
  addLists(user: LiveUser, slots: readonly LiveSlot[]): void;
}

/** What turns are taken with. */
export interface TurnContext {
  readonly queues: CallQueues;
  readonly places: Places;
  readonly clock: Pick<Clock, 'nowUs'>;
  /** Carries out a call of a user whose turn it is; one that takes part in the round has a place there. */
  readonly carryOut: (user: LiveUser, call: QueuedCall) => void;
  /** Answers a rank for a channel that is being left. */
  readonly answerNobody: (call: Extract<QueuedCall, { op: 'rank' }>) => void;
}

/**
 * Whose calls are carried out next. Users have their turns one after the other, whoever sends how much; who took more of the shard's
 * time than a little come after the others, in short rounds of their own, and who took much sit turns out. A turn takes calls up to
 * the second that would be a job of the round. One per shard.
 */
export class Turns {
  readonly #context: TurnContext;
  #carriedOut = 0;
  /** Since when the greedy have waited for a round; `Clock.nowUs`. */
  #greedyUs = 0;
  /** True when they did at the end of the last tick. */
  #greedyWait = false;
  #isStuck = false;

  constructor(context: TurnContext) {
    this.#context = context;
  }

  /** Calls carried out since `begin`. */
  get carriedOut(): number {
    return this.#carriedOut;
  }

  /** True when the last round found nobody in line who may have a turn by now. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /** Of a tick. */
  begin(): void {
    this.#carriedOut = 0;
    if (!this.#greedyWait) this.#greedyUs = this.#context.clock.nowUs();
  }

  end(): void {
    this.#greedyWait = this.#context.queues.usersOf('greedy') > 0;
  }

  /** Fills a round; with `isBounded` as much as one may hold. False when nobody had a turn that came to anything. */
  fillRound(isBounded: boolean): boolean {
    const { clock, places, queues } = this.#context;
    const line = this.#nextLine();
    if (line === 'greedy') this.#greedyUs = clock.nowUs();
    const limitUs = line === 'greedy' ? GREEDY_ROUND_US : ROUND_US;
    places.begin(isBounded ? limitUs : Infinity);
    const before = this.#carriedOut;
    this.#admit(line, isBounded);
    const isIdle = this.#carriedOut === before && places.isEmpty;
    this.#isStuck = isIdle && queues.usersOf('light') === 0;
    return !isIdle;
  }

  /** Who has the next round: the greedy when nobody else is in line, or when they have had none for a while. */
  #nextLine(): Line {
    const { clock, queues } = this.#context;
    if (queues.usersOf('greedy') === 0) return 'light';
    if (queues.usersOf('light') === 0) return 'greedy';
    return clock.nowUs() >= this.#greedyUs + GREEDY_WAIT_US ? 'greedy' : 'light';
  }

  /** A turn for everyone in line, as long as there is room in the round. */
  #admit(line: Line, isBounded: boolean): void {
    const { clock, queues } = this.#context;
    let nowUs = clock.nowUs();
    const untilUs = isBounded && line === 'greedy' ? nowUs + GREEDY_ROUND_US : Infinity;
    for (let left = queues.usersOf(line); left > 0 && nowUs < untilUs; left--) {
      const user = queues.first(line);
      if (user === undefined) return;
      if (!isBounded || !user.sitsOut(nowUs)) {
        if (!this.#hasTurn(user, isBounded ? TURN_CALLS : Infinity)) return;
        const endUs = clock.nowUs();
        if (isBounded) user.charge(endUs - nowUs, endUs);
        nowUs = endUs;
      }
      queues.next(line);
    }
  }

  /**
   * Carries out a user's calls up to the second that would be a job of the round, and `callsMax` at most. False when the round has
   * no room for the first.
   */
  #hasTurn(user: LiveUser, callsMax: number): boolean {
    const { queues, places, carryOut, answerNobody } = this.#context;
    let hasPlace = false;
    const endCalls = this.#carriedOut + callsMax;
    for (let call = user.calls.peek(); call !== undefined; call = user.calls.peek()) {
      if (call.op === 'rank' && user.isLeaving && call.channel !== NO_CHANNEL) {
        queues.shift(user);
        answerNobody(call);
        continue;
      }
      if (takesPart(call)) {
        if (user.round === places.number) return true;
        if (call.op === 'rank' && places.isFullOfRanks) return true;
        // An event that came to nothing, such as a repeat, leaves its place to the next one.
        if ((!hasPlace || call.op === 'rank') && !places.reserve(user, requestOf(call))) return false;
        hasPlace = true;
      }
      if (this.#carriedOut === endCalls) return true;
      queues.shift(user);
      this.#carriedOut++;
      carryOut(user, call);
    }
    if (!user.hasDueSlots || user.round === places.number) return true;
    if (!hasPlace && !places.reserve(user, undefined)) return false;
    const slots = user.takeDueSlots();
    if (slots.length > 0) places.addLists(user, slots);
    return true;
  }
}

/** True for a call that becomes a job of a round; a round takes one such call of each user. */
function takesPart(call: QueuedCall): boolean {
  return call.op !== 'close' && call.op !== 'release' && call.op !== 'open' && call.op !== 'graph';
}

/** What the call wants ranked; undefined for every call but `rank`. */
function requestOf(call: QueuedCall): RankRequest | undefined {
  return call.op === 'rank' ? call.request : undefined;
}
