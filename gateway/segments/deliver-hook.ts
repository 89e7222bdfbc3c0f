import pRetry, { AbortError } from 'p-retry';
import { Webhook } from 'standardwebhooks';
import type { HookTurns } from './hook-turns.js';

/** How long one try may take. */
export const TRY_MS = 5_000;
/** Tries after the first, and the pauses before them: 1 s, then twice as long each, 60 s at most, each up to twice as long by chance. */
const RETRIES = { retries: 8, factor: 2, minTimeout: 1_000, maxTimeout: 60_000, randomize: true };
/** Answers of 4xx after which it is tried again: too early, too slow, too many. */
const TRIED_AGAIN: ReadonlySet<number> = new Set([408, 425, 429]);

/** A message on its way. */
export interface Delivery {
  /** The same in every try: who takes it knows a repeat by it. */
  readonly id: string;
  readonly url: string;
  readonly body: string;
}

/** With what messages are sent. */
export interface HookSender {
  readonly origins: readonly string[];
  /** Key of the HMAC. */
  readonly secret: string;
  readonly fetch: typeof fetch;
  /** Where each try waits for its turn: shoppers may come and go by the thousand. */
  readonly turns: Pick<HookTurns, 'rest'>;
  /** Milliseconds of the first pause, for tests. */
  readonly firstPauseMs?: number;
}

/**
 * True for an address of an origin that the configuration lists, where there is a key to sign with. One with a name and a password in
 * it is none: `fetch` refuses it, and everybody who may read segments would read them.
 */
export function mayTell(url: string, { origins, secret }: Pick<HookSender, 'origins' | 'secret'>): boolean {
  if (secret === '' || !URL.canParse(url)) return false;
  const { origin, username, password } = new URL(url);
  return username === '' && password === '' && origins.includes(origin);
}

/**
 * Sends a message as Standard Webhooks says (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`, and `webhook-signature`, an
 * HMAC-SHA-256 of both and the body. Resolves when it was taken (2xx). Rejects when it never was, when the answer says that trying
 * again is no use, and when `signal` ends it. An answer that leads elsewhere is not followed: the origin is what was allowed.
 */
export function deliverHook(delivery: Delivery, sender: HookSender, signal: AbortSignal): Promise<void> {
  const { firstPauseMs = RETRIES.minTimeout } = sender;
  return pRetry(() => tryOnce(delivery, sender, signal), {
    ...RETRIES,
    minTimeout: firstPauseMs,
    signal,
    unref: true,
  });
}

async function tryOnce(delivery: Delivery, sender: HookSender, signal: AbortSignal): Promise<void> {
  if (!mayTell(delivery.url, sender))
    throw new AbortError('its address is not one of those that may be told');
  await sender.turns.rest();
  await within(TRY_MS, signal, (ends) => post(delivery, sender, ends));
}

/**
 * Ends `work` after so long, or with `signal`. Nothing of it stays when it is over: signals of `AbortSignal.timeout` would live to the end
 * of their time, all that was sent with them, and make each collection of garbage take tens of milliseconds.
 */
async function within(
  ms: number,
  signal: AbortSignal,
  work: (ends: AbortSignal) => Promise<void>,
): Promise<void> {
  const ending = new AbortController();
  const end = (): void => ending.abort(signal.reason);
  const timer = setTimeout(() => ending.abort(new Error(`no answer within ${ms} ms`)), ms).unref();
  signal.addEventListener('abort', end, { once: true });
  try {
    signal.throwIfAborted();
    await work(ending.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

async function post({ id, url, body }: Delivery, sender: HookSender, signal: AbortSignal): Promise<void> {
  const now = new Date();
  const response = await sender.fetch(url, {
    method: 'POST',
    body,
    redirect: 'manual',
    signal,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': new Webhook(sender.secret, { format: 'raw' }).sign(id, now, body),
    },
  });
  await response.body?.cancel();
  if (response.ok) return;
  const message = `${new URL(url).host} answered ${response.status}`;
  if (response.status < 500 && !TRIED_AGAIN.has(response.status)) throw new AbortError(message);
  throw new Error(message);
}
