import { WebSocket } from 'ws';
import { msgpackCodec } from '../../gateway/protocol/codec.js';
import type { ClientMessage, Hello, ServerMessage } from '../../gateway/protocol/messages.js';

/** Whose socket it is, to which gateway, and how long a list they want in their one slot. */
export interface SocketOwner {
  readonly url: string;
  readonly user: string;
  readonly k: number;
}

const SLOT = 'home';

/** The first message of a user who wants one list. */
export function helloOf({ user, k }: SocketOwner): Hello {
  return { t: 'hello', user, slots: [{ slot: SLOT, k }] };
}

/** Hears what a socket hears, in order. After `closed` nothing more comes. */
export interface SocketListener {
  message(message: ServerMessage): void;
  /** `code` as on the wire; 1006 when the connection broke or was never made. */
  closed(code: number, reason: string): void;
}

/**
 * One WebSocket to a gateway in MessagePack. Sends `hello` as soon as it is open; the listener hears the rest. It never
 * reconnects by itself. Messages sent before it is open or after it is closed are an error of the caller.
 */
export class GatewaySocket {
  readonly #socket: WebSocket;

  constructor(baseUrl: string, hello: Hello, listener: SocketListener) {
    this.#socket = new WebSocket(socketUrl(baseUrl), msgpackCodec.subprotocol, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    let failure = '';
    this.#socket.on('open', () => this.send(hello));
    this.#socket.on('message', (frame: Buffer) => {
      const decoded = msgpackCodec.decode(frame);
      if (decoded.ok) return listener.message(decoded.message as unknown as ServerMessage);
      failure = `a frame that does not decode: ${decoded.problem}`;
      this.#socket.terminate();
    });
    this.#socket.on('error', (error) => (failure = error.message));
    this.#socket.on('close', (code, reason) => listener.closed(code, reason.toString() || failure));
  }

  send(message: ClientMessage): void {
    this.#socket.send(msgpackCodec.encode(message));
  }

  /** Closes with 1000; the listener still hears `closed`. */
  close(): void {
    this.#socket.close(1000);
  }
}

function socketUrl(baseUrl: string): string {
  const url = new URL('/v1/ws', baseUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
