import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { StartupError } from '../../../metrics/process/startup-error.js';
import { forOlderGlibc, lacksNewerGlibc } from './older-glibc.js';
import type { RawRequest, RawResponse, RawSocket, SocketBehavior } from '../transport/transport.js';

/**
 * The only file that loads uWebSockets.js. It loads the native addon itself (`uws_PLATFORM_ARCH_ABI.node`) out of whichever
 * package is installed, never a package's entry file, which would end a start with an error of its own.
 *
 * Below is what the gateway uses of the addon beside what `transport.ts` names; a response that is not ended closes its
 * connection when another request comes on it.
 */
export interface UwsBehavior<T> extends Omit<SocketBehavior<T>, 'message'> {
  readonly sendPingsAutomatically: boolean;
  readonly message: (socket: RawSocket<T>, message: ArrayBuffer, isBinary: boolean) => void;
}

export interface UwsApp {
  ws<T>(pattern: string, behavior: UwsBehavior<T>): UwsApp;
  any(pattern: string, handler: (response: RawResponse, request: RawRequest) => void): UwsApp;
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

/** Where an addon may be: a package whose entry file it lies beside. */
export interface AddonSource {
  readonly packageName: string;
  readonly needs: string;
}

const SOURCES: readonly AddonSource[] = [
  {
    packageName: '@btc-vision/uwebsockets.js',
    needs: 'Node 20 to 25, glibc 2.36 or newer (Debian 12, Ubuntu 24.04)',
  },
  { packageName: 'uWebSockets.js', needs: 'the official release, installed from GitHub' },
];

/** What the head of a request may take, in packets of any size; more is answered with 431. Read by the addon when it is loaded. Whoever starts the process may say another number. */
const HEAD_BYTES = '16384';

/** Loads the addon. Throws `StartupError` `uws_missing`, which names the platform, what was tried and what to install. */
export function loadUws(sources: readonly AddonSource[] = SOURCES): Uws {
  process.env['UWS_HTTP_MAX_HEADERS_SIZE'] ??= HEAD_BYTES;
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
    const name = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
    const addon = loadFile(join(dirname(entry), name)) as Partial<Uws>;
    return typeof addon.App === 'function' ? (addon as Uws) : 'loaded, but it is not uWebSockets.js';
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}

function loadFile(file: string): unknown {
  const require = createRequire(import.meta.url);
  try {
    return require(file);
  } catch (error) {
    if (!lacksNewerGlibc(error as Error)) throw error;
    return loadCopy(file);
  }
}

/** A copy with glibc's older names, in a folder that nobody else can write into, gone as soon as it is loaded. */
function loadCopy(file: string): unknown {
  const require = createRequire(import.meta.url);
  const folder = mkdtempSync(join(tmpdir(), 'afterclick-addon-'));
  try {
    const copy = join(folder, basename(file));
    writeFileSync(copy, forOlderGlibc(readFileSync(file)), { mode: 0o500 });
    return require(copy);
  } finally {
    rmSync(folder, { recursive: true, force: true });
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
