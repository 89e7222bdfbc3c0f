import { Packr, Unpackr } from 'msgpackr';
import { WebSocket } from 'ws';
import type { ClientMessage, Hello, ServerMessage } from '../../../gateway/protocol/messages.js';

/** How a client speaks; both know the contract and nothing of the project's code. */
export type Tongue = 'json' | 'msgpack';

/** Hears a connection, in order. After `closed` nothing comes. */
export interface PlainListener {
  message(message: ServerMessage): void;
  closed(code: number): void;
}

const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/** One WebSocket to the gateway, written from the contract alone. Says `hello` once it is open. */
export class PlainClient {
  readonly #socket: WebSocket;
  readonly #tongue: Tongue;

  constructor(url: string, tongue: Tongue, hello: Hello, listener: PlainListener) {
    this.#tongue = tongue;
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, [`afterclick.v1.${tongue}`], {
      perMessageDeflate: false,
    });
    this.#socket.on('open', () => this.send(hello));
    this.#socket.on('message', (frame: Buffer) => listener.message(this.#decode(frame)));
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', (code) => listener.closed(code));
  }

  /** Dropped when the connection is not open: the listener hears `closed` then. */
  send(message: ClientMessage): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(this.#tongue === 'json' ? JSON.stringify(message) : packr.pack(message));
  }

  /** Cuts the connection without a word; the listener hears `closed` once more. */
  cut(): void {
    this.#socket.terminate();
  }

  #decode(frame: Buffer): ServerMessage {
    return this.#tongue === 'json'
      ? (JSON.parse(frame.toString()) as ServerMessage)
      : (unpackr.unpack(frame) as ServerMessage);
  }
}
