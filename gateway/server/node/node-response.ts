import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RawResponse } from '../transport/transport.js';
import { addressBytes } from './address-bytes.js';

/** What is handed to Node at a time of a body that the peer reads slowly. */
const PIECE_BYTES = 64 * 1024;
/** A connection without progress is closed, also in the middle of a request or an answer. */
export const PROGRESS_MS = 10_000;
const NOTHING = new Uint8Array();

/** Makes a socket of the request that this response answers. */
export type Upgrade = (userData: object, protocol: string) => void;

/**
 * A response of `node:http`. Of a body, one piece at most is with Node and not with the kernel; a body that fits one is handed over
 * whole when the peer has read what came before.
 */
export class NodeResponse implements RawResponse {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #upgrade: Upgrade;
  #status = 200;
  #reason = '';
  readonly #headers: string[] = [];
  #bodyBytes = -1;
  #offset = 0;
  /** The body is of a length that nobody knows. */
  #isInPieces = false;
  /** The whole body is with the kernel. */
  #isFinished = false;
  /** The gateway was told that it is over. */
  #isOver = false;
  #writable: ((offset: number) => boolean) | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, upgrade: Upgrade) {
    this.#request = request;
    this.#response = response;
    this.#upgrade = upgrade;
    response.on('drain', () => this.#writable?.(this.#offset));
    response.on('finish', () => {
      this.#isFinished = true;
      if (!this.#isOver) this.#writable?.(this.#offset);
    });
  }

  writeStatus(status: string): void {
    this.#status = Number(status.slice(0, 3));
    this.#reason = status.slice(4);
  }

  writeHeader(key: string, value: string): void {
    this.#headers.push(key, value);
  }

  end(body: Uint8Array, closeConnection: boolean): void {
    this.#isOver = true;
    if (!this.#isInPieces) this.#begin(body.byteLength, closeConnection);
    this.#response.end(body);
  }

  write(chunk: Uint8Array): boolean {
    if (!this.#isInPieces) this.#response.writeHead(this.#status, this.#reason, this.#headers);
    this.#isInPieces = true;
    this.#request.socket.setTimeout(PROGRESS_MS);
    return this.#response.write(chunk);
  }

  tryEnd(chunk: Uint8Array, bodyBytes: number): [isTaken: boolean, isEnded: boolean] {
    const response = this.#response;
    if (this.#isFinished) return this.#ended();
    if (this.#bodyBytes < 0) {
      this.#begin(bodyBytes, false);
      if (this.#hasNoBody(bodyBytes)) {
        response.end();
        return this.#ended();
      }
      if (chunk.byteLength === bodyBytes && bodyBytes <= PIECE_BYTES && this.#isRead) {
        this.#offset = bodyBytes;
        response.end(chunk);
        return this.#ended();
      }
    }
    return [this.#writePieces(chunk), false];
  }

  onWritable(handler: (offset: number) => boolean): void {
    this.#writable = handler;
  }

  getWriteOffset(): number {
    return this.#offset;
  }

  close(): void {
    this.#request.socket.destroy();
  }

  getRemoteAddress(): ArrayBuffer {
    return addressBytes(this.#request.socket.remoteAddress ?? '');
  }

  cork(write: () => void): void {
    write();
  }

  onAborted(handler: () => void): void {
    this.#response.on('close', () => {
      if (!this.#isOver) handler();
      this.#isOver = true;
    });
  }

  onData(handler: (chunk: Uint8Array, isLast: boolean) => void): void {
    const { headers, socket } = this.#request;
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined)
      return handler(NOTHING, true);
    socket.setTimeout(PROGRESS_MS);
    this.#request.on('data', (chunk: Uint8Array) => handler(chunk, false));
    this.#request.on('end', () => {
      socket.setTimeout(0);
      handler(NOTHING, true);
    });
  }

  upgrade(userData: object, _key: string, protocol: string): void {
    this.#isOver = true;
    this.#upgrade(userData, protocol);
  }

  /** The peer has read all answers before this one, as far as Node knows. */
  get #isRead(): boolean {
    return this.#request.socket.writableLength === 0;
  }

  #hasNoBody(bodyBytes: number): boolean {
    return bodyBytes === 0 || this.#request.method === 'HEAD';
  }

  #begin(bodyBytes: number, closeConnection: boolean): void {
    this.#bodyBytes = bodyBytes;
    if (this.#status !== 204 && this.#status !== 304) this.#headers.push('content-length', String(bodyBytes));
    if (closeConnection && !this.#headers.includes('connection')) this.#headers.push('connection', 'close');
    this.#response.writeHead(this.#status, this.#reason, this.#headers);
  }

  /** Writes until Node would buffer more than a piece. */
  #writePieces(chunk: Uint8Array): boolean {
    const { socket } = this.#request;
    socket.setTimeout(PROGRESS_MS);
    for (let at = 0; at < chunk.byteLength;) {
      const piece = chunk.subarray(at, at + PIECE_BYTES);
      at += piece.byteLength;
      this.#offset += piece.byteLength;
      if (this.#offset === this.#bodyBytes) this.#response.end(piece);
      else if (!this.#response.write(piece) && at < chunk.byteLength) return false;
    }
    return true;
  }

  #ended(): [isTaken: boolean, isEnded: boolean] {
    this.#isOver = true;
    return [true, true];
  }
}
