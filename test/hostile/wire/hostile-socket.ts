import { connect, type Socket } from 'node:net';
import { codecOf } from '../../../gateway/protocol/codec.js';
import type { ServerMessage } from '../../../gateway/protocol/messages.js';
import { clientFrame, FrameReader, type FrameShape, OPCODE, type ServerFrame } from './frames.js';

export type Tongue = 'json' | 'msgpack';

export interface SocketWishes {
  readonly tongue?: Tongue;
  /** Header lines on top of those of a good upgrade, or in their place by name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Address of this machine to come from. */
  readonly localAddress?: string;
  /** Reads nothing after the upgrade. */
  readonly isDeaf?: boolean;
}

const OPEN_WAIT_MS = 5_000;
/** Messages kept for who asks. */
const KEPT_MAX = 200;

/** Bytes of a request for a WebSocket. */
export function upgradeRequest(host: string, { tongue = 'json', headers = {} }: SocketWishes = {}): string {
  const lines: Record<string, string> = {
    Host: host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'aG9zdGlsZSBjbGllbnQhIQ==',
    'Sec-WebSocket-Protocol': `afterclick.v1.${tongue}`,
    ...headers,
  };
  const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET /v1/ws HTTP/1.1\r\n${text.join('')}\r\n`;
}

/** A WebSocket by hand, on a plain TCP connection: it sends any bytes, good frames or bad, and need not read. */
export class HostileSocket {
  readonly tcp: Socket;
  /** The latest messages, oldest first. */
  readonly inbox: ServerMessage[] = [];
  /** Status of the answer to the upgrade; 0 before it. */
  status = 0;
  /** From the close frame; 1006 when the connection ended without one. */
  closeCode: number | undefined;
  onMessage: (message: ServerMessage) => void = () => undefined;
  /** What did not decode, in words. */
  onNonsense: (words: string) => void = () => undefined;
  readonly #tongue: Tongue;
  readonly #isDeaf: boolean;
  readonly #frames = new FrameReader();
  #head = Buffer.alloc(0);
  #opened: (isOpen: boolean) => void = () => undefined;

  constructor(port: number, wishes: SocketWishes = {}) {
    this.#tongue = wishes.tongue ?? 'json';
    this.#isDeaf = wishes.isDeaf ?? false;
    this.tcp = connect({ port, host: '127.0.0.1', localAddress: wishes.localAddress });
    this.tcp.setNoDelay(true);
    this.tcp.on('error', () => undefined);
    this.tcp.on('data', (bytes) => this.#read(bytes));
    this.tcp.on('close', () => {
      this.closeCode ??= 1006;
      this.#opened(false);
    });
    this.tcp.write(upgradeRequest(`127.0.0.1:${port}`, wishes));
  }

  /** Whether the upgrade was granted. */
  opened(): Promise<boolean> {
    if (this.status !== 0 || this.closeCode !== undefined) return Promise.resolve(this.status === 101);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), OPEN_WAIT_MS);
      this.#opened = (isOpen) => {
        clearTimeout(timer);
        resolve(isOpen);
      };
    });
  }

  get isOpen(): boolean {
    return this.status === 101 && this.closeCode === undefined && this.tcp.writable;
  }

  /** A message of the contract, or anything else that can be encoded. */
  send(message: object): boolean {
    return this.bytes(messageFrame(message, this.#tongue));
  }

  frame(payload: Uint8Array | string, shape?: FrameShape): boolean {
    return this.bytes(clientFrame(payload, shape));
  }

  /** False when more waits than the system takes: see `drained`. */
  bytes(bytes: Uint8Array): boolean {
    return this.tcp.writable && this.tcp.write(bytes);
  }

  /** Resolves when what was written is with the system, the connection ended, or after a while. */
  drained(waitMs = 1_000): Promise<void> {
    if (!this.tcp.writableNeedDrain || !this.tcp.writable) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.tcp.off('drain', settle).off('close', settle);
        resolve();
      };
      const timer = setTimeout(settle, waitMs);
      this.tcp.on('drain', settle).on('close', settle);
    });
  }

  /** Ends with a reset (RST), as a broken line does. */
  reset(): void {
    this.tcp.resetAndDestroy();
  }

  #read(bytes: Buffer): void {
    if (this.status !== 0) return this.#readFrames(bytes);
    this.#head = Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return;
    this.status = Number(/^HTTP\/1\.1 (\d{3})/.exec(this.#head.toString('latin1'))?.[1] ?? -1);
    if (this.#isDeaf) this.tcp.pause();
    else if (this.status === 101) this.#readFrames(this.#head.subarray(end + 4));
    this.#opened(this.status === 101);
  }

  #readFrames(bytes: Buffer): void {
    for (const frame of this.#frames.take(bytes)) this.#take(frame);
  }

  #take({ opcode, payload }: ServerFrame): void {
    if (opcode === OPCODE.close) this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    if (opcode === OPCODE.ping) this.frame(payload, { opcode: OPCODE.pong });
    if (opcode !== OPCODE.text && opcode !== OPCODE.binary) return;
    const decoded = codecOf(`afterclick.v1.${this.#tongue}`).decode(payload);
    if (!decoded.ok) return this.onNonsense(`the gateway sent what does not decode: ${decoded.problem}`);
    const message = decoded.message as unknown as ServerMessage;
    this.inbox.push(message);
    if (this.inbox.length > KEPT_MAX) this.inbox.shift();
    this.onMessage(message);
  }
}

/** A frame of one message. */
export function messageFrame(message: object, tongue: Tongue = 'json'): Buffer {
  const payload = codecOf(`afterclick.v1.${tongue}`).encode(message);
  return clientFrame(payload, { opcode: tongue === 'json' ? OPCODE.text : OPCODE.binary });
}
