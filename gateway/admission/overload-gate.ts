import type { Clock } from '../../metrics/process/clock.js';

/** A look that comes so much later than it should says that this thread has too much to do, µs; others on the machine make it late by less. */
const LATE_US = 250_000;
/** So many late looks in a row shut the gate, and so many in time open it again: one collection of garbage does neither. */
const LOOKS = 4;
/** Level of a shard at which it refuses. */
const REFUSES_LEVEL = 4;
/** Who is refused is told to come back after 1, 2 or 3 s by turns, so that not all come at once. */
const RETRY_SPREAD_SEC = 3;

/** What a gate goes by. */
export interface GateContext {
  readonly clock: Pick<Clock, 'nowUs'>;
  /** Of the shard with the most to do. */
  readonly shedLevel: () => number;
  /** Pause between two calls of `look`, ms. */
  readonly lookEveryMs: number;
}

/**
 * Whether new connections are let in: not while a shard refuses events, whose connections are enough to do, nor while the
 * gateway's own thread is late again and again. Those that are open stay.
 */
export class OverloadGate {
  readonly #context: GateContext;
  #dueUs: number;
  #isLate = false;
  /** Looks in a row that say the opposite of `#isLate`. */
  #against = 0;
  #refused = 0;

  constructor(context: GateContext) {
    this.#context = context;
    this.#dueUs = this.#nextUs();
  }

  get isShut(): boolean {
    return this.#isLate || this.#context.shedLevel() >= REFUSES_LEVEL;
  }

  /** Seconds after which the next one who is refused may come back. */
  retryAfterSec(): number {
    return 1 + (this.#refused++ % RETRY_SPREAD_SEC);
  }

  /** Looks how late this thread is; to be called by a timer. */
  look(): void {
    const isLate = this.#context.clock.nowUs() - this.#dueUs > LATE_US;
    this.#dueUs = this.#nextUs();
    this.#against = isLate === this.#isLate ? 0 : this.#against + 1;
    if (this.#against < LOOKS) return;
    this.#isLate = isLate;
    this.#against = 0;
  }

  #nextUs(): number {
    return this.#context.clock.nowUs() + 1_000 * this.#context.lookEveryMs;
  }
}
