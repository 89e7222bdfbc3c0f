import type { ClientSocket, SendOutcome } from './client-socket.js';
import type { RawSocket } from './transport/transport.js';

const PINGS_PER_SEC_MAX = 64;

/** Ends `raw` with a close frame. */
export type EndSocket<T> = (raw: RawSocket<T>, code: number, reason: string) => void;

/** A transport's socket as a `ClientSocket`. */
export class PeerSocket<T> implements ClientSocket {
  readonly address: string;
  #raw: RawSocket<T> | undefined;
  #silentSweeps = 0;
  #pings = 0;
  #pingsSinceUs = 0;
  readonly #end: EndSocket<T>;

  /** @param end ends the transport's socket, now or when its peer has read what comes before. */
  constructor(raw: RawSocket<T>, address: string, end: EndSocket<T>) {
    this.#raw = raw;
    this.address = address;
    this.#end = end;
  }

  send(frame: Uint8Array, isBinary: boolean): SendOutcome {
    const outcome = this.#raw?.send(frame, isBinary) ?? 1;
    if (outcome === 1) return 'sent';
    return outcome === 0 ? 'buffered' : 'dropped';
  }

  bufferedBytes(): number {
    return this.#raw?.getBufferedAmount() ?? 0;
  }

  cork(write: () => void): void {
    this.#raw?.cork(write);
  }

  end(code: number, reason: string): void {
    if (this.#raw !== undefined) this.#end(this.#raw, code, reason);
  }

  /** A whole message, ping or pong came in. */
  heard(): void {
    this.#silentSweeps = 0;
  }

  /** Counts a ping, which the transport answers. False when there are more of them in a second than any honest peer sends. */
  pinged(nowUs: number): boolean {
    if (nowUs - this.#pingsSinceUs > 1_000_000) {
      this.#pingsSinceUs = nowUs;
      this.#pings = 0;
    }
    return ++this.#pings <= PINGS_PER_SEC_MAX;
  }

  /** Counts a sweep. True when nothing whole came in since `silentMax` of them. */
  sweep(silentMax: number): boolean {
    return ++this.#silentSweeps > silentMax;
  }

  cutOff(): void {
    this.#raw?.close();
  }

  /** The transport's object must not be touched any more. */
  gone(): void {
    this.#raw = undefined;
  }
}
