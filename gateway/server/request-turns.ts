import { Fifo } from '../../metrics/process/fifo.js';
import type { TurnGate, TurnTaker } from '../../metrics/process/turn-gate.js';
import type { AddressTimes } from '../admission/address-times.js';

/** Requests of one address that wait for their turn; and of one that took more than its share. */
export const REQUESTS_WAITING_MAX = 4_096;
export const REQUESTS_OVER_MAX = 128;

/**
 * Turns of requests. Many may come in one read of a socket: those that find the time of the event loop's turn used up, and
 * those of an address that took more than its share, wait in a line of their address, and the lines take turns.
 *
 * Bounds: `REQUESTS_WAITING_MAX` of an address, `REQUESTS_OVER_MAX` while it waits for its share; as many lines as addresses have something waiting.
 */
export class RequestTurns {
  readonly #gate: TurnGate;
  readonly #times: AddressTimes;
  readonly #lines = new Map<string, Fifo<() => void>>();
  readonly #clock: { nowUs(): number };

  constructor(gate: TurnGate, times: AddressTimes, clock: { nowUs(): number }) {
    this.#gate = gate;
    this.#times = times;
    this.#clock = clock;
  }

  /** Calls `go` at once, or when it is its turn. False: too many of the address wait, and it is not called. */
  enter(address: string, go: () => void): boolean {
    const line = this.#lines.get(address);
    const nowUs = this.#clock.nowUs();
    const isOver = this.#times.isOver(address, nowUs);
    if (line === undefined) {
      if (!isOver && this.#gate.pass(nowUs)) go();
      else this.#begin(address, go);
      return true;
    }
    if (line.length >= (isOver ? REQUESTS_OVER_MAX : REQUESTS_WAITING_MAX)) return false;
    line.push(go);
    return true;
  }

  #begin(address: string, go: () => void): void {
    const line = new Fifo<() => void>();
    line.push(go);
    this.#lines.set(address, line);
    this.#gate.wait(this.#taker(address, line));
  }

  /** One request a turn: the lines of others are next. */
  #taker(address: string, line: Fifo<() => void>): TurnTaker {
    return () => {
      if (this.#times.isOver(address, this.#clock.nowUs())) return 'later';
      line.shift()?.();
      if (line.length > 0) return 'more';
      this.#lines.delete(address);
      return 'done';
    };
  }
}
