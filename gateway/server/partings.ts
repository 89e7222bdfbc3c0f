import type { Clock } from '../../metrics/process/clock.js';
import type { RawSocket } from './transport/transport.js';

/** Bytes in all that may wait with a close behind them; the longest wait gives way. As a library's end does, which has no bound. */
export const PARTING_BYTES_MAX = 16 * 1024 * 1024;
/** Idle timeouts that a close waits at most, however slowly its peer reads. */
export const PARTING_TIMEOUTS_MAX = 4;
/** Messages, pings included, that a peer may send on while their close waits: clicks that were under way. */
export const PARTING_MESSAGES_MAX = 256;

/** A close that waits until its peer has read what comes before it. */
interface Parting {
  readonly code: number;
  readonly reason: string;
  readonly bytes: number;
  readonly untilUs: number;
  heard: number;
}

/**
 * Closes of peers who have not read everything yet.
 *
 * A transport that is told to end a connection gives a peer who reads nothing some seconds only, then it drops what is
 * buffered, the close frame with it: the peer sees 1006. So the transport is told when the buffer is empty, and until then the
 * connection has the time that any silent peer has: whoever reads at all within the idle timeout sees the code.
 *
 * Bounds: bytes in all, time, and messages that come in meanwhile. Past one of them the transport is told at once.
 */
export class Partings<T> {
  readonly #waiting = new Map<RawSocket<T>, Parting>();
  readonly #clock: Pick<Clock, 'nowUs'>;
  readonly #longestUs: number;
  #bytes = 0;

  constructor(clock: Pick<Clock, 'nowUs'>, idleTimeoutMs: number) {
    this.#clock = clock;
    this.#longestUs = PARTING_TIMEOUTS_MAX * idleTimeoutMs * 1_000;
  }

  /** Closes that wait now. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Keeps the close of `socket` while something is buffered. False: nothing is, or there is no room; the transport is told now. */
  keep(socket: RawSocket<T>, code: number, reason: string): boolean {
    const bytes = socket.getBufferedAmount();
    if (bytes === 0 || bytes > PARTING_BYTES_MAX) return false;
    while (this.#bytes + bytes > PARTING_BYTES_MAX) this.#endFirst();
    this.#bytes += bytes;
    const untilUs = this.#clock.nowUs() + this.#longestUs;
    this.#waiting.set(socket, { code, reason, bytes, untilUs, heard: 0 });
    return true;
  }

  /** There is room: ends in a turn of its own, for an end inside the transport's call may be left without its last packet. */
  drained(socket: RawSocket<T>): void {
    if (this.#waiting.has(socket)) setImmediate(() => this.#endIfRead(socket));
  }

  /** Something came in, and is not looked at. */
  heard(socket: RawSocket<T>): void {
    const parting = this.#waiting.get(socket);
    if (parting !== undefined && ++parting.heard > PARTING_MESSAGES_MAX) this.#end(socket);
  }

  /** The socket is gone. */
  gone(socket: RawSocket<T>): void {
    const parting = this.#waiting.get(socket);
    if (parting === undefined) return;
    this.#waiting.delete(socket);
    this.#bytes -= parting.bytes;
  }

  /** Ends whose time is over, and who has read everything without a word of it from the transport. */
  look(): void {
    const nowUs = this.#clock.nowUs();
    for (const [socket, { untilUs }] of this.#waiting)
      if (nowUs >= untilUs) this.#end(socket);
      else this.#endIfRead(socket);
  }

  #endFirst(): void {
    const [first] = this.#waiting.keys();
    this.#end(first);
  }

  #endIfRead(socket: RawSocket<T>): void {
    if (this.#waiting.has(socket) && socket.getBufferedAmount() === 0) this.#end(socket);
  }

  #end(socket: RawSocket<T>): void {
    const parting = this.#waiting.get(socket);
    if (parting === undefined) return;
    this.gone(socket);
    socket.end(parting.code, parting.reason);
  }
}
