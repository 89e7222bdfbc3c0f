import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Longest wait for room to write, or for something that has to come. */
const WAIT_MS = 5_000;

/** A TCP connection to the gateway that sends what no well-kept client would, and reads when told. */
export class RawSocket {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  #isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    socket.on('close', () => (this.#isClosed = true));
    socket.on('error', () => undefined);
  }

  static async open(url: string): Promise<RawSocket> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const raw = new RawSocket(socket);
    await once(socket, 'connect');
    return raw;
  }

  /** Opens a WebSocket and says hello, unless `user` is undefined. Rejects with what refused it. */
  static async upgraded(url: string, user?: string): Promise<RawSocket> {
    const raw = await RawSocket.open(url);
    await raw.write(upgradeRequest(url));
    await raw.reads('\r\n\r\n');
    if (!raw.text.startsWith('HTTP/1.1 101')) throw new Error(raw.text);
    if (user === undefined) return raw;
    await raw.write(frame(1, Buffer.from(JSON.stringify({ t: 'hello', user }))));
    await raw.reads('"welcome"');
    return raw;
  }

  /** All that was read. */
  get text(): string {
    return Buffer.concat(this.#chunks).toString('latin1');
  }

  get bytesRead(): number {
    return this.#chunks.reduce((bytes, chunk) => bytes + chunk.length, 0);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Stops reading. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** @returns whether there is room for more; waits for it `waitMs` at most, or until the connection is closed. */
  write(bytes: Uint8Array | string, waitMs = WAIT_MS): Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false);
    if (this.#socket.write(bytes)) return Promise.resolve(true);
    return new Promise((done) => {
      const end = (hasRoom: boolean): void => {
        clearTimeout(timer);
        this.#socket.off('drain', drained).off('close', gone);
        done(hasRoom);
      };
      const drained = (): void => end(true);
      const gone = (): void => end(false);
      const timer = setTimeout(gone, waitMs);
      this.#socket.on('drain', drained).on('close', gone);
    });
  }

  /** Resolves when `text` has been read. */
  async reads(text: string): Promise<void> {
    await this.#until(() => this.text.includes(text), `"${text}" was not read`);
  }

  /** Resolves when the connection is closed. */
  async closed(): Promise<void> {
    this.resume();
    await this.#until(() => this.#isClosed, 'the connection is still open');
  }

  drop(): void {
    this.#socket.destroy();
  }

  #until(isTrue: () => boolean, otherwise: string): Promise<void> {
    return new Promise((done, failed) => {
      const end = (act: () => void): void => {
        clearTimeout(timer);
        this.#socket.off('data', look).off('close', look);
        act();
      };
      const look = (): void => {
        if (isTrue()) end(done);
        else if (this.#isClosed) end(() => failed(new Error(`${otherwise}, and the connection is closed`)));
      };
      const timer = setTimeout(() => end(() => failed(new Error(`${otherwise} in ${WAIT_MS} ms`))), WAIT_MS);
      this.#socket.on('data', look).on('close', look);
      look();
    });
  }
}

/** A request for a WebSocket, with more `headers`, which may replace `Host`. */
export function upgradeRequest(url: string, headers: Readonly<Record<string, string>> = {}): string {
  return requestText('GET /v1/ws', {
    Host: new URL(url).host,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  });
}

/** @param line method and path. */
export function requestText(line: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** The head of a frame with a mask of zeros, so that its payload is what is sent. */
export function frameHead(opcode: number, bytes: number, isLast = true): Buffer {
  const first = (isLast ? 0x80 : 0) | opcode;
  if (bytes < 126) return Buffer.from([first, 0x80 | bytes, 0, 0, 0, 0]);
  const head = Buffer.alloc(bytes < 65_536 ? 8 : 14);
  head[0] = first;
  head[1] = bytes < 65_536 ? 0xfe : 0xff;
  if (bytes < 65_536) head.writeUInt16BE(bytes, 2);
  else head.writeBigUInt64BE(BigInt(bytes), 2);
  return head;
}

export function frame(opcode: number, payload: Uint8Array, isLast = true): Buffer {
  return Buffer.concat([frameHead(opcode, payload.length, isLast), payload]);
}
