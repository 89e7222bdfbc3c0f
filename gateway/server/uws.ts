import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartupError } from '../../metrics/process/startup-error.js';

/**
 * The only file that loads uWebSockets.js. It loads the native addon itself (`uws_PLATFORM_ARCH_ABI.node`) out of whichever
 * package is installed, never a package's entry file, because one of them replaces an addon that does not load by a slow
 * implementation in JavaScript.
 *
 * Below is what the gateway uses of the addon; memory of an `ArrayBuffer` given to a callback dies with the callback.
 */
export interface UwsWebSocket<T> {
  /** 1: sent, 0: buffered, 2: dropped, because `maxBackpressure` was reached. */
  send(message: Uint8Array, isBinary: boolean): number;
  getBufferedAmount(): number;
  end(code: number, reason: string): void;
  /** Ends the connection at once, without a close frame; `close` of the behaviour is called with 1006 before it returns. */
  close(): void;
  cork(write: () => void): void;
  getUserData(): T;
}

/**
 * Valid until `onAborted` or the end of the response. While one is not ended, another request on its connection closes the
 * connection.
 */
export interface UwsResponse {
  writeStatus(status: string): UwsResponse;
  writeHeader(key: string, value: string): UwsResponse;
  /** What the peer does not read is copied and waits, however much it is. */
  end(body: Uint8Array, closeConnection: boolean): UwsResponse;
  /** A piece of a body of unknown length. False when the peer has not read all of it: the rest is kept and told of by `onWritable`. */
  write(chunk: Uint8Array): boolean;
  /**
   * Hands over as much of `chunk` as the peer reads, and buffers nothing. The first call fixes the body's length.
   * @returns whether all of it was taken, and whether the body is whole, which ends the response.
   */
  tryEnd(chunk: Uint8Array, bodyBytes: number): [isTaken: boolean, isEnded: boolean];
  /** Called when there is room again; `offset` is what of the body was taken. Returns whether its `tryEnd` was taken. */
  onWritable(handler: (offset: number) => boolean): UwsResponse;
  /** Bytes of the body that were taken. */
  getWriteOffset(): number;
  /** Ends the connection at once; `onAborted` is called. */
  close(): UwsResponse;
  /** 4 or 16 bytes. */
  getRemoteAddress(): ArrayBuffer;
  cork(write: () => void): UwsResponse;
  onAborted(handler: () => void): UwsResponse;
  onData(handler: (chunk: ArrayBuffer, isLast: boolean) => void): UwsResponse;
  upgrade(userData: object, key: string, protocol: string, extensions: string, context: object): void;
}

/** Valid during the callback alone. */
export interface UwsRequest {
  /** The first of that name; '' when there is none. */
  getHeader(lowerCaseKey: string): string;
  /** All headers as they came, also those that stand twice; names in lower case. */
  forEach(note: (name: string, value: string) => void): void;
  getUrl(): string;
  getQuery(): string;
  getMethod(): string;
  setYield(isUnhandled: boolean): UwsRequest;
}

export interface UwsBehavior<T> {
  readonly maxPayloadLength: number;
  /** Whole seconds, 8 to 960. */
  readonly idleTimeout: number;
  readonly sendPingsAutomatically: boolean;
  readonly maxBackpressure: number;
  readonly upgrade: (response: UwsResponse, request: UwsRequest, context: object) => void;
  readonly open: (socket: UwsWebSocket<T>) => void;
  readonly message: (socket: UwsWebSocket<T>, message: ArrayBuffer, isBinary: boolean) => void;
  readonly drain: (socket: UwsWebSocket<T>) => void;
  /** A ping came in and its pong is sent or buffered. */
  readonly ping: (socket: UwsWebSocket<T>) => void;
  readonly pong: (socket: UwsWebSocket<T>) => void;
  readonly close: (socket: UwsWebSocket<T>, code: number) => void;
}

export interface UwsApp {
  ws<T>(pattern: string, behavior: UwsBehavior<T>): UwsApp;
  any(pattern: string, handler: (response: UwsResponse, request: UwsRequest) => void): UwsApp;
  /** `token` is false when the address is taken. */
  listen(host: string, port: number, options: number, listening: (token: object | false) => void): UwsApp;
  /** Closes the listen socket and every connection. */
  close(): void;
}

export interface Uws {
  App(): UwsApp;
  /** TLS 1.2 and 1.3. PEM files, read when the app is made. */
  SSLApp(options: { readonly cert_file_name: string; readonly key_file_name: string }): UwsApp;
  us_socket_local_port(token: object): number;
  /** Nothing connects any more; what is connected stays. */
  us_listen_socket_close(token: object): void;
  /** `listen` option: fail when somebody else listens on the port, instead of sharing it. */
  readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number;
}

/** Where an addon may be: a package, and the folder of its addons beside the package's entry file. */
export interface AddonSource {
  readonly packageName: string;
  readonly folder: string;
  readonly needs: string;
}

const SOURCES: readonly AddonSource[] = [
  {
    packageName: '@btc-vision/uwebsockets.js',
    folder: '.',
    needs: 'Node 20 to 25, glibc 2.38 or newer (Debian 13, Ubuntu 24.04)',
  },
  {
    packageName: '@trufflesuite/uws-js-unofficial',
    folder: '../binaries',
    needs: 'Node 16 to 20, glibc 2.27 or newer',
  },
  { packageName: 'uWebSockets.js', folder: '.', needs: 'the official release, installed from GitHub' },
];

/** Loads the addon. Throws `StartupError` `uws_missing`, which names the platform, what was tried and what to install. */
export function loadUws(sources: readonly AddonSource[] = SOURCES): Uws {
  const failures: string[] = [];
  for (const source of sources) {
    const loaded = load(source);
    if (typeof loaded !== 'string') return loaded;
    failures.push(`${source.packageName} (${source.needs}): ${loaded}`);
  }
  throw new StartupError('uws_missing', missing(failures));
}

function load(source: AddonSource): Uws | string {
  const require = createRequire(import.meta.url);
  try {
    const entry = require.resolve(source.packageName);
    const file = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
    const addon = require(join(dirname(entry), source.folder, file)) as Partial<Uws>;
    return typeof addon.App === 'function' ? (addon as Uws) : 'loaded, but it is not uWebSockets.js';
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}

function missing(failures: readonly string[]): string {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  const glibc = report?.header?.glibcVersionRuntime;
  const libc = glibc === undefined ? 'no glibc' : `glibc ${glibc}`;
  return (
    `the uWebSockets.js addon is not available for Node ${process.versions.node} (ABI ${process.versions.modules}) on ` +
    `${process.platform} ${process.arch}, ${libc}. Tried:\n${failures.map((failure) => `  - ${failure}`).join('\n')}\n` +
    'Run "npm ci" without --omit=optional on one of these platforms, or install the official release: ' +
    'npm install uNetworking/uWebSockets.js#v20.57.0'
  );
}
