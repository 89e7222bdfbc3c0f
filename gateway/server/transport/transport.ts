import type { StartupError } from '../../../metrics/process/startup-error.js';
import type { TlsFiles } from '../../access/tls-files.js';
import type { ConnectionIntake } from '../../admission/file-reserve.js';

/**
 * What carries requests and sockets, as the gateway needs it. Two implementations: uWebSockets.js (`server/uws`), and `ws`
 * with `node:http` (`server/node`), which runs wherever Node does. The shapes are those of uWebSockets.js, whose objects are
 * used as they are: what a click costs must not grow by a layer.
 *
 * Memory that is given to a callback dies with the callback.
 */
export type TransportName = (typeof TRANSPORT_NAMES)[number];
export const TRANSPORT_NAMES = ['uws', 'ws'] as const;

/** An open WebSocket. */
export interface RawSocket<T> {
  /** `message` is copied. 1: sent, 0: buffered, 2: dropped, because `maxBackpressure` was reached. */
  send(message: Uint8Array, isBinary: boolean): number;
  getBufferedAmount(): number;
  /** Sends a close frame after what is buffered; `close` of the behaviour is called with `code` before it returns. */
  end(code: number, reason: string): void;
  /** Ends the connection at once, without a close frame; `close` of the behaviour is called with 1006 before it returns. */
  close(): void;
  cork(write: () => void): void;
  getUserData(): T;
}

/** The answer to a request. Valid until `onAborted` or its end. */
export interface RawResponse {
  writeStatus(status: string): unknown;
  writeHeader(key: string, value: string): unknown;
  /** What the peer does not read is copied and waits, however much it is. */
  end(body: Uint8Array, closeConnection: boolean): unknown;
  /** A piece of a body of unknown length. False when the peer has not read all of it: the rest is kept, and `onWritable` tells when it went. */
  write(chunk: Uint8Array): boolean;
  /**
   * Hands over as much of `chunk` as the peer reads, and buffers a little of it at most. The first call fixes the body's length.
   * @returns whether all of it was taken, and whether the body is whole, which ends the response.
   */
  tryEnd(chunk: Uint8Array, bodyBytes: number): [isTaken: boolean, isEnded: boolean];
  /** Called when there is room again; `offset` is what of the body was taken. Returns whether its `tryEnd` was taken. */
  onWritable(handler: (offset: number) => boolean): unknown;
  /** Bytes of the body that were taken. */
  getWriteOffset(): number;
  /** Ends the connection at once; `onAborted` is called. */
  close(): unknown;
  /** 4 or 16 bytes. */
  getRemoteAddress(): ArrayBuffer;
  cork(write: () => void): unknown;
  onAborted(handler: () => void): unknown;
  /** The body, once, in pieces as they come; the last may be empty. */
  onData(handler: (chunk: ArrayBuffer | Uint8Array, isLast: boolean) => void): unknown;
  /** Makes a socket of the request; headers as they came, `context` as `upgrade` of the behaviour got it. */
  upgrade(userData: object, key: string, protocol: string, extensions: string, context: object): void;
}

/** Valid during the callback alone. */
export interface RawRequest {
  /** Name in the certificate that the peer has shown; absent where none is asked for. */
  readonly certificate?: string | undefined;
  /** The first of that name; '' when there is none. */
  getHeader(lowerCaseKey: string): string;
  /** All headers as they came, also those that stand twice; names in lower case. */
  forEach(note: (name: string, value: string) => void): void;
  /** Path, not decoded. */
  getUrl(): string;
  /** Without the question mark; '' when there is none. */
  getQuery(): string;
  getMethod(): string;
}

/** What becomes of sockets. */
export interface SocketBehavior<T> {
  readonly maxPayloadLength: number;
  /** Whole seconds, 8 to 960; a peer is pinged before it ends (`heartbeatMs`). */
  readonly idleTimeout: number;
  readonly maxBackpressure: number;
  /** Answers, or calls `response.upgrade`. */
  readonly upgrade: (response: RawResponse, request: RawRequest, context: object) => void;
  readonly open: (socket: RawSocket<T>) => void;
  readonly message: (socket: RawSocket<T>, message: Uint8Array, isBinary: boolean) => void;
  readonly drain: (socket: RawSocket<T>) => void;
  /** A ping came in and its pong is sent or buffered. */
  readonly ping: (socket: RawSocket<T>) => void;
  readonly pong: (socket: RawSocket<T>) => void;
  /** Once for each upgrade that was asked for, also when no socket came of it. */
  readonly close: (socket: RawSocket<T>, code: number) => void;
}

/** Who takes what comes in: sockets at one path, everything else as requests. */
export interface TransportHandlers<T> {
  readonly socketPath: string;
  readonly sockets: SocketBehavior<T>;
  readonly request: (response: RawResponse, request: RawRequest) => void;
}

/** Where is listened. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** The port that is listened on. What is connected does not notice whether it is; who connects meanwhile is refused by the system. */
export interface TransportListener extends ConnectionIntake {
  /** The one that was taken when any would do. */
  readonly port: number;
  /** Listens no more, for good. */
  stop(): void;
}

/** What listens, and the end of it. */
export interface TransportServer {
  readonly listener: TransportListener;
  /** Shows who connects from now on the certificate that stands in the files now; false when that failed. */
  renew(): boolean;
  /** Closes the listener and every connection. */
  close(): void;
}

/** What an implementation needs to listen. */
export interface TransportSite extends ListenAddress {
  /** Without it nothing is encrypted. */
  readonly tls: TlsFiles | undefined;
  /** Made when the address is taken. */
  readonly refused: () => StartupError;
}

export interface Transport {
  readonly name: TransportName;
  /** A request whose body comes in chunks is the last of its connection. */
  readonly endsAfterChunks: boolean;
  /** Listens. Rejects with what `refused` makes when the address is taken. */
  open<T>(site: TransportSite, handlers: TransportHandlers<T>): Promise<TransportServer>;
}
