import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { RawSocket, SocketBehavior } from '../transport/transport.js';

/** Bytes that are with Node and count as sent: as much as a stream of it takes before it says that it is full. */
const IN_TRANSIT_BYTES = 16 * 1024;
/** Bytes that a cork holds before more of them count as buffered. */
const CORKED_BYTES = 64 * 1024;
const GONE = 1006;

/** A socket of `ws`. `stream` is what it runs over. */
export class NodeSocket<T> implements RawSocket<T> {
  readonly #userData: T;
  readonly #behavior: SocketBehavior<T>;
  readonly #stream: Duplex & { readonly bytesRead?: number };
  #ws: WebSocket | undefined;
  #isOver = false;
  #isCorked = false;
  /** Something was buffered, and `drain` is to be told when it is not any more. */
  #owesDrain = false;
  #bytesSeen = 0;
  #silentSec = 0;

  constructor(userData: T, behavior: SocketBehavior<T>, stream: Duplex) {
    this.#userData = userData;
    this.#behavior = behavior;
    this.#stream = stream;
  }

  /** The upgrade is done. */
  opened(ws: WebSocket): void {
    this.#ws = ws;
    const behavior = this.#behavior;
    ws.on('message', (message: Buffer, isBinary) => {
      if (!this.#isOver) behavior.message(this, message, isBinary);
    });
    ws.on('ping', (payload: Buffer) => {
      if (this.#isOver) return;
      if (this.#stream.writableLength < behavior.maxBackpressure) ws.pong(payload);
      behavior.ping(this);
    });
    ws.on('pong', () => {
      if (!this.#isOver) behavior.pong(this);
    });
    ws.on('error', () => undefined);
    ws.on('close', (code) => this.over(code));
    behavior.open(this);
  }

  /** It has ended, or no socket came of the upgrade. */
  over(code = GONE): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#behavior.close(this, code);
  }

  send(message: Uint8Array, isBinary: boolean): number {
    const ws = this.#ws;
    if (ws === undefined || this.#isOver) return 1;
    if (this.#stream.writableLength > this.#behavior.maxBackpressure) return 2;
    ws.send(Buffer.from(message), { binary: isBinary, compress: false }, this.#flushed);
    if (this.#isCorked && this.#stream.writableLength <= CORKED_BYTES) return 1;
    return this.getBufferedAmount() === 0 ? 1 : 0;
  }

  getBufferedAmount(): number {
    const bytes = this.#stream.writableLength;
    if (bytes <= IN_TRANSIT_BYTES) return 0;
    this.#owesDrain = true;
    return bytes;
  }

  end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#ws?.close(code, reason);
    // Nothing comes after it: a peer that does not answer the close frame sees the connection end.
    this.#stream.end();
    this.over(code);
  }

  close(): void {
    this.#ws?.terminate();
    this.over();
  }

  cork(write: () => void): void {
    this.#stream.cork();
    this.#isCorked = true;
    write();
    this.#isCorked = false;
    this.#stream.uncork();
  }

  getUserData(): T {
    return this.#userData;
  }

  /** A second has passed: pings who was silent for `pingSec`, cuts off who was for `idleSec`. */
  second(pingSec: number, idleSec: number): void {
    const bytes = this.#stream.bytesRead ?? 0;
    this.#silentSec = bytes === this.#bytesSeen ? this.#silentSec + 1 : 0;
    this.#bytesSeen = bytes;
    if (this.#silentSec >= idleSec) this.close();
    else if (this.#silentSec === pingSec) this.#ws?.ping();
  }

  /** Bound once: each send takes it. */
  readonly #flushed = (): void => {
    if (!this.#owesDrain || this.#isOver || this.#stream.writableLength > IN_TRANSIT_BYTES) return;
    this.#owesDrain = false;
    this.#behavior.drain(this);
  };
}
