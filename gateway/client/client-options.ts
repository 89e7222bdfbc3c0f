import type { Slot } from '../protocol/messages.js';
import { type BackoffBounds, DEFAULT_BACKOFF } from './reconnect.js';
import { type Clock, systemClock } from './client-clock.js';
import { type Codec, jsonCodec } from './wire-format.js';
import type { SocketConstructor } from './gateway-link.js';

/** Where `online` and `offline` are heard; `window` on a page. */
export interface NetworkEvents {
  addEventListener(name: 'online' | 'offline', listener: () => void): void;
  removeEventListener(name: 'online' | 'offline', listener: () => void): void;
}

export interface ClientOptions {
  /** The gateway, as `https://host` or `wss://host/v1/ws`. */
  readonly url: string;
  /** Who shops; a visitor without a name when absent. */
  readonly user?: string;
  /** Sent with every hello; a function is asked for a new one on every connect. */
  readonly token?: string | (() => string | Promise<string>);
  /** The session to go on with; the gateway names a new one when absent. */
  readonly session?: string;
  /** Name of the device, for the shop's own use. */
  readonly device?: string;
  /** The lists the page shows; more with `subscribe`. */
  readonly slots?: readonly Slot[];
  /** Keeps session and unacknowledged events over a reload: `sessionStorage`. Memory alone when absent. */
  readonly storage?: SessionStorage;
  /** `afterclick` when absent. */
  readonly storageKey?: string;
  /** Unacknowledged events kept; the next one is refused. 1,000 when absent. */
  readonly queueMax?: number;
  /** JSON when absent. */
  readonly codec?: Codec;
  /** The runtime's when absent; Node 20 has none. */
  readonly WebSocket?: SocketConstructor;
  readonly backoff?: BackoffBounds;
  /** 10,000 when absent. */
  readonly connectTimeoutMs?: number;
  /** 10,000 when absent. */
  readonly requestTimeoutMs?: number;
  /** 64 when absent. */
  readonly requestsMax?: number;
  /** The page's when absent; none on Node. */
  readonly network?: NetworkEvents;
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

/** Options with every default filled in. */
export type CompleteOptions = ReturnType<typeof completeOptions>;

export function completeOptions(options: ClientOptions) {
  return {
    slots: [] as readonly Slot[],
    storageKey: 'afterclick',
    queueMax: 1_000,
    codec: jsonCodec,
    backoff: DEFAULT_BACKOFF,
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 10_000,
    requestsMax: 64,
    network: pageNetwork(),
    clock: systemClock,
    random: Math.random,
    ...givenOf(options),
  };
}

/** An option that is `undefined` is not given. */
function givenOf(options: ClientOptions): ClientOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

function pageNetwork(): NetworkEvents | undefined {
  const page = globalThis as Partial<NetworkEvents>;
  return page.addEventListener ? (page as NetworkEvents) : undefined;
}

/** The part of the browser's `Storage` that a client uses. A key has one owner at a time: two pages need two keys. */
export interface SessionStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}
