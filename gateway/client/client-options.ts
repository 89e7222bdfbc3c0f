import type { Attributes, SaidConsent, Slot } from '../protocol/messages.js';
import { type BackoffBounds, DEFAULT_BACKOFF } from './link/reconnect.js';
import { type Clock, systemClock } from './link/client-clock.js';
import { type Codec, jsonCodec } from './link/wire-format.js';
import type { SocketConstructor } from './link/gateway-link.js';
import { type PageEvents, pageEvents } from './link/page-events.js';
import { browserStorage, type SessionStorage } from './sessions/stored-session.js';
import { pageLocks } from './sessions/page-locks.js';
import type { SessionLocks } from './sessions/session-locks.js';

export interface ClientOptions {
  /** The gateway, as `https://host` or `wss://host/v1/ws`. Of a cluster the addresses of its nodes: the client goes from one that is silent to the next. */
  readonly url: string | readonly string[];
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
  /** Keeps session and unacknowledged events over a reload: `sessionStorage`, or `localStorage`. Memory alone when absent. */
  readonly storage?: SessionStorage;
  /**
   * Where no `storage` is given: true keeps the visitor in this browser for later days, which most laws let a shop do with the
   * visitor's consent; false for as long as the tab is open. See `AfterclickClient.remember`.
   */
  readonly remember?: boolean;
  /**
   * What the shopper allows, said with every hello. Where the page says nothing and the browser asks for privacy (Global Privacy
   * Control), neither is allowed. See `AfterclickClient.consent`.
   */
  readonly consent?: SaidConsent;
  /** What the page knows of the shopper, such as `{ country: 'AT' }`; for segments. Anybody can say it: no proof of anything. */
  readonly attributes?: Attributes;
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
  readonly network?: PageEvents;
  /** Who has which session; the page's when absent, none on Node. */
  readonly locks?: SessionLocks;
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

/** Options with every default filled in. */
export type CompleteOptions = ReturnType<typeof completeOptions>;

export function completeOptions(options: ClientOptions) {
  const { clock = systemClock, random = Math.random } = options;
  return {
    slots: [] as readonly Slot[],
    storageKey: 'afterclick',
    queueMax: 1_000,
    codec: jsonCodec,
    backoff: DEFAULT_BACKOFF,
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 10_000,
    requestsMax: 64,
    network: pageEvents(),
    locks: pageLocks(clock, random),
    clock,
    random,
    ...privacyControl(),
    ...(options.remember !== undefined && { storage: browserStorage(options.remember) }),
    ...givenOf(options),
  };
}

/** A browser that asks for privacy: https://w3c.github.io/gpc/ */
function privacyControl(): { readonly consent?: SaidConsent } {
  const { navigator } = globalThis as { readonly navigator?: { readonly globalPrivacyControl?: boolean } };
  return navigator?.globalPrivacyControl ? { consent: { personalise: false, learn: false } } : {};
}

/** An option that is `undefined` is not given. */
function givenOf(options: ClientOptions): ClientOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
