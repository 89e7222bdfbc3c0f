import { randomBytes } from 'node:crypto';
import { msgpackCodec } from '../../gateway/protocol/codec.js';
import type { ClientMessage, EventName, Hello, ServerMessage } from '../../gateway/protocol/messages.js';
import { clickFrame } from './click-frames.js';
import { clientFrame, FrameReader, OPCODE } from './frame-reader.js';
import { GLANCE, glance, glanced } from './message-glance.js';
import { RawConnection } from './raw-connection.js';
import { withToken } from './shown-token.js';

/** Hears what a socket hears, in order. After `closed` nothing more comes. */
export interface ClickListener {
  /** The hello is on its way. */
  opened(): void;
  /** A list that knows the events of the session up to `cause`. */
  listed(cause: number): void;
  acked(seq: number): void;
  /** Everything else, and while `wantsLists` lists too, before `listed`. */
  message(message: ServerMessage): void;
  /** `code` as on the wire; 1006 when the connection broke or was never made. */
  closed(code: number, reason: string): void;
}

/** No answer to an upgrade has so many bytes. */
const HEAD_BYTES_MAX = 16 * 1024;
/** The status line of an answer that has no words of its own is told. */
const REASON_CHARS = 200;

/**
 * One WebSocket of a shopper in MessagePack, made for load: it reads lists by their `cause` alone and writes clicks by hand, which
 * costs a third of what a general library does (docs/BENCHMARKS.md). Says `hello` as soon as it is open and never reconnects by itself.
 */
export class ClickSocket {
  /** True: lists are decoded, for whoever looks at their items. */
  wantsLists = true;
  readonly #connection: RawConnection;
  readonly #frames = new FrameReader((opcode, payload) => this.#frame(opcode, payload));
  readonly #listener: ClickListener;
  #head = '';
  #isUpgraded = false;
  #isEnded = false;
  #code = 1006;
  #reason = '';

  constructor(baseUrl: string, hello: Hello, listener: ClickListener) {
    this.#listener = listener;
    const url = new URL('/v1/ws', baseUrl);
    this.#connection = new RawConnection(url, {
      opened: () => this.#connection.write(upgradeRequest(url)),
      bytes: (bytes) => (this.#isUpgraded ? this.#read(bytes) : this.#upgrade(bytes, hello)),
      closed: (failure) => this.#close(failure),
    });
  }

  click(seq: number, e: EventName, item: string): void {
    this.#connection.write(clickFrame(seq, e, item));
  }

  send(message: ClientMessage): void {
    this.#connection.write(clientFrame(OPCODE.binary, msgpackCodec.encode(message)));
  }

  /** Bytes that the kernel has not taken yet: a server that reads nothing makes them grow. */
  get waitingBytes(): number {
    return this.#connection.waitingBytes;
  }

  /** Stops reading until `resume`: a slow reader. */
  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  /** Closes with 1000; the listener still hears `closed`. */
  close(): void {
    if (this.#isUpgraded && !this.#isEnded) this.#connection.write(clientFrame(OPCODE.close, CLOSE_1000));
    else this.#connection.destroy();
    this.#isEnded = true;
    this.#connection.end();
  }

  /** Breaks the connection without a word. */
  drop(): void {
    this.#connection.destroy();
  }

  #upgrade(bytes: Uint8Array, hello: Hello): void {
    this.#head += Buffer.from(bytes).toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0 && this.#head.length < HEAD_BYTES_MAX) return;
    if (end < 0 || !this.#head.startsWith('HTTP/1.1 101 ')) {
      this.#reason = `the upgrade was answered: ${this.#head.split('\r\n')[0].slice(0, REASON_CHARS)}`;
      return this.drop();
    }
    this.#isUpgraded = true;
    const rest = Buffer.from(this.#head.slice(end + 4), 'latin1');
    this.#head = '';
    this.send(withToken(hello));
    this.#listener.opened();
    if (rest.length > 0) this.#read(rest);
  }

  #read(bytes: Uint8Array): void {
    const problem = this.#frames.read(bytes);
    if (problem !== undefined) this.#fail(problem);
  }

  #frame(opcode: number, payload: Uint8Array): void {
    if (opcode === OPCODE.binary) return this.#message(payload);
    if (opcode === OPCODE.ping) this.#connection.write(clientFrame(OPCODE.pong, payload));
    else if (opcode === OPCODE.close) this.#hearClose(payload);
    else if (opcode !== OPCODE.pong) this.#fail(`a frame of the kind ${opcode}`);
  }

  #message(payload: Uint8Array): void {
    const kind = glance(payload);
    if (kind === GLANCE.ack) return this.#listener.acked(glanced);
    if (kind === GLANCE.list && !this.wantsLists) return this.#listener.listed(glanced);
    const decoded = msgpackCodec.decode(payload);
    if (!decoded.ok) return this.#fail(`a frame that does not decode: ${decoded.problem}`);
    const message = decoded.message as unknown as ServerMessage;
    if (message.t === 'ack') return this.#listener.acked(message.seq);
    this.#listener.message(message);
    if (message.t === 'recs') this.#listener.listed(message.cause);
  }

  #hearClose(payload: Uint8Array): void {
    if (payload.length >= 2) this.#code = payload[0] * 256 + payload[1];
    this.#reason = Buffer.from(payload.subarray(2)).toString();
    if (!this.#isEnded) this.#connection.write(clientFrame(OPCODE.close, payload.slice(0, 2)));
    this.#isEnded = true;
    this.#connection.end();
  }

  #fail(reason: string): void {
    this.#reason = reason;
    this.drop();
  }

  #close(failure: string): void {
    this.#listener.closed(this.#code, this.#reason || failure);
  }
}

const CLOSE_1000 = Uint8Array.of(1000 >>> 8, 1000 & 0xff);

function upgradeRequest(url: URL): Uint8Array {
  return Buffer.from(
    `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
      `Sec-WebSocket-Protocol: ${msgpackCodec.subprotocol}\r\n\r\n`,
    'latin1',
  );
}
