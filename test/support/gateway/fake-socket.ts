import type { ClientSocket, SendOutcome } from '../../../gateway/server/client-socket.js';
import { msgpackCodec } from '../../../gateway/protocol/codec.js';
import type { ServerMessage } from '../../../gateway/protocol/messages.js';

/**
 * A socket whose peer reads when told. Up to `roomBytes` go to the kernel; what is sent beyond that is buffered here until the
 * peer has read.
 */
export class FakeSocket implements ClientSocket {
  /** Everything the peer has read, in order. */
  readonly read: ServerMessage[] = [];
  closed: { code: number; reason: string } | undefined;
  /** Called by `end`, as the server reports a close. */
  onEnd: (code: number) => void = () => undefined;
  /** Largest number of bytes that were ever buffered. */
  bufferedMax = 0;
  writes = 0;
  readonly #inFlight: Uint8Array[] = [];
  #inFlightBytes = 0;
  readonly address: string;
  #roomBytes: number;

  constructor(roomBytes = Infinity, address = '192.0.2.1') {
    this.address = address;
    this.#roomBytes = roomBytes;
  }

  send(frame: Uint8Array, _isBinary: boolean): SendOutcome {
    if (this.closed !== undefined) return 'sent';
    this.#inFlight.push(frame.slice());
    this.#inFlightBytes += frame.length;
    this.bufferedMax = Math.max(this.bufferedMax, this.bufferedBytes());
    if (this.#roomBytes === Infinity) this.readAll();
    return this.bufferedBytes() === 0 ? 'sent' : 'buffered';
  }

  bufferedBytes(): number {
    return Math.max(0, this.#inFlightBytes - this.#roomBytes);
  }

  cork(write: () => void): void {
    this.writes++;
    write();
  }

  end(code: number, reason: string): void {
    if (this.closed !== undefined) return;
    this.closed = { code, reason };
    this.onEnd(code);
  }

  /** The peer reads all that was sent, and the kernel has so much room from now on. @returns true when the socket has to report room. */
  readAll(roomBytes = this.#roomBytes): boolean {
    const wasBuffered = this.bufferedBytes() > 0;
    this.#roomBytes = roomBytes;
    for (const frame of this.#inFlight.splice(0)) {
      const decoded = msgpackCodec.decode(frame);
      if (!decoded.ok) throw new Error(decoded.problem);
      this.read.push(decoded.message as unknown as ServerMessage);
    }
    this.#inFlightBytes = 0;
    return wasBuffered;
  }

  of<T extends ServerMessage['t']>(t: T): Extract<ServerMessage, { t: T }>[] {
    return this.read.filter((message): message is Extract<ServerMessage, { t: T }> => message.t === t);
  }
}
