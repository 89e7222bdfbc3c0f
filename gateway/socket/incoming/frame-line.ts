import type { Clock } from '../../../metrics/process/clock.js';
import type { TimeShare } from '../../../metrics/process/time-share.js';
import type { TurnGate, TurnTaker } from '../../../metrics/process/turn-gate.js';
import type { RankCalls } from '../../calls/rank-calls.js';
import type { Codec } from '../../protocol/codec.js';
import type { Rank } from '../../protocol/messages.js';
import { readMessage } from './message-reader.js';
import { WaitingFrames, type WaitingFrame } from './waiting-frames.js';
import { WaitingRank } from './waiting-rank.js';

/** Messages that waited and are carried out in one turn of the line. */
const FRAMES_A_TURN = 8;
/** How long messages of one connection pass in one turn of the event loop: one read of its socket may bring thousands. */
export const PASSES_US = 300;

/** Carries out what comes in; a connection. */
export interface FrameTaker {
  /** True while nothing is carried out: the user is being opened. */
  readonly isHeld: boolean;
  readonly hasEnded: boolean;
  /** The frame's turn has come; only to be read during the call. */
  take(frame: Uint8Array, isBinary: boolean, receivedUs: number): void;
  /** The turn of a `rank` has come that was answered while it waited. */
  pass(receivedUs: number): void;
  /** Answers a `rank` that waits still with the order it came with. */
  giveOrder(rank: Rank, receivedUs: number): void;
}

/** What all lines share. */
export interface FrameLineContext {
  readonly clock: Clock;
  readonly turns: TurnGate;
  readonly rankCalls: RankCalls;
}

/**
 * Where the frames of one connection wait for its user to be opened, or for its turn, in the order they came.
 *
 * Time: what passes, and what is carried out in turn, counts towards the connection's share; whoever took more waits until
 * time has made it good, and what comes after `PASSES_US` in one turn of the event loop waits for the next. A `rank` with a time of its own is answered in that time whatever it waits for (T1).
 * Bounds: `WaitingFrames` has them; what finds no room is `full`.
 */
export class FrameLine {
  readonly #taker: FrameTaker;
  readonly #context: FrameLineContext;
  readonly #codec: Codec;
  readonly #time: TimeShare;
  readonly #waiting = new WaitingFrames();
  #isInLine = false;
  /** The latest turn in which something passed, and since when; −1: nothing ever did. */
  #passedTurn = -1;
  #passedSinceUs = 0;
  /** Made when something waits for its turn first, which is never on most connections. */
  #turn: TurnTaker | undefined;

  /** @param time the connection's. */
  constructor(taker: FrameTaker, context: FrameLineContext, codec: Codec, time: TimeShare) {
    this.#taker = taker;
    this.#context = context;
    this.#codec = codec;
    this.#time = time;
  }

  get isEmpty(): boolean {
    return this.#waiting.isEmpty;
  }

  /** Bytes of the frames that wait. */
  get bytes(): number {
    return this.#waiting.bytes;
  }

  /** Has a frame wait, unless it may be carried out at once (`passes`) or there is no room (`full`). @param frame copied. */
  enter(frame: Uint8Array, isBinary: boolean, receivedUs: number): 'passes' | 'waits' | 'full' {
    const isOver = this.#time.isOver(receivedUs);
    const mustWait = isOver || this.#taker.isHeld || !this.#waiting.isEmpty || !this.#mayPass(receivedUs);
    if (!mustWait) return 'passes';
    if (!this.#waiting.add(frame, isBinary, receivedUs)) return 'full';
    if (!isOver) this.#watch(frame, isBinary, receivedUs);
    this.#stand();
    return 'waits';
  }

  /** Carries out what waited for the user to be opened; a part of it when it is much. */
  goOnAtOnce(): void {
    if (!this.#isInLine && this.#goOn() !== 'done') this.#waitForTurn();
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting.clear();
  }

  /** What comes first on a connection has no more room than what the greedy send: opening a user takes long, and many may come at once. */
  #mayPass(receivedUs: number): boolean {
    const { turns } = this.#context;
    const isFirst = this.#passedTurn < 0;
    if (turns.number !== this.#passedTurn) this.#passedSinceUs = receivedUs;
    this.#passedTurn = turns.number;
    return (
      turns.pass(receivedUs, isFirst || this.#time.isGreedy(receivedUs)) &&
      receivedUs - this.#passedSinceUs < PASSES_US
    );
  }

  #stand(): void {
    if (this.#isInLine || this.#taker.isHeld || this.#waiting.isEmpty) return;
    this.#isInLine = true;
    this.#waitForTurn();
  }

  #waitForTurn(): void {
    this.#turn ??= () => this.#goOn();
    this.#context.turns.wait(this.#turn);
  }

  /** Carries out some of what waits. */
  #goOn(): ReturnType<TurnTaker> {
    const { clock } = this.#context;
    const startUs = clock.nowUs();
    if (this.#time.isOver(startUs) && this.#goesOn) return 'later';
    // A waiting `identify`, or a `hello` after a failed one, opens again; what comes after it goes on waiting.
    for (let left = FRAMES_A_TURN; left > 0 && this.#goesOn; left--) {
      const oldest = this.#waiting.shift();
      if (oldest === undefined) break;
      this.#carryOut(oldest);
    }
    this.#spent(startUs);
    this.#isInLine = this.#goesOn;
    return this.#isInLine ? 'more' : 'done';
  }

  #carryOut({ frame, isBinary, receivedUs, rank }: WaitingFrame): void {
    if (rank?.end() === true) this.#taker.pass(receivedUs);
    else this.#taker.take(frame, isBinary, receivedUs);
  }

  /** True when something waits for nothing but its turn. */
  get #goesOn(): boolean {
    return !this.#taker.isHeld && !this.#waiting.isEmpty && !this.#taker.hasEnded;
  }

  /**
   * A frame waits as bytes; one that may be a `rank` with a time of its own is looked into at once, for its time runs (T1). Whoever
   * took more than their share is answered when it is their turn.
   */
  #watch(frame: Uint8Array, isBinary: boolean, receivedUs: number): void {
    if (!this.#waiting.mayWatch || !mayHaveTmax(frame)) return;
    const { rankCalls } = this.#context;
    const read = readMessage(this.#codec, frame, isBinary);
    if (read.ok && read.message.t === 'rank' && read.message.tmaxMs !== undefined) {
      const dueUs = rankCalls.dueUs(read.message.tmaxMs, receivedUs);
      const number = this.#waiting.newest;
      const rank = new WaitingRank(dueUs, () =>
        this.#answerInTime(this.#waiting.frame(number), isBinary, receivedUs),
      );
      this.#waiting.watch(rank);
      rankCalls.watch(rank);
    }
    this.#spent(receivedUs);
  }

  #answerInTime(frame: Uint8Array, isBinary: boolean, receivedUs: number): void {
    const startUs = this.#context.clock.nowUs();
    const read = readMessage(this.#codec, frame, isBinary);
    if (!read.ok || read.message.t !== 'rank') return;
    this.#taker.giveOrder(read.message, receivedUs);
    this.#spent(startUs);
  }

  #spent(startUs: number): void {
    const nowUs = this.#context.clock.nowUs();
    this.#time.spend(nowUs - startUs, nowUs);
  }
}

/** True when `tmaxMs` stands somewhere in the frame, in either encoding. */
function mayHaveTmax(frame: Uint8Array): boolean {
  return Buffer.from(frame.buffer, frame.byteOffset, frame.length).includes('tmaxMs');
}
