import { CLOSES, type Close, type Reconnect } from '../../protocol/close-codes.js';
import type { Bye } from '../../protocol/messages.js';

/** How a connection ended, as a page sees it. */
export interface Ended {
  readonly code: number;
  readonly reason: string;
}

const BY_CODE = new Map<number, Close>(Object.values(CLOSES).map((close) => [close.code, close]));

/**
 * When to come back: what `bye` said, else what the contract says of the close code, else `backoff`. An expired token
 * allows another try only when a new one can be had.
 */
export function reconnectPolicy(ended: Ended, bye: Bye | undefined, canRenewToken: boolean): Reconnect {
  if (ended.code === CLOSES.tokenExpired.code && !canRenewToken) return 'never';
  return bye?.reconnect ?? BY_CODE.get(ended.code)?.reconnect ?? 'backoff';
}

/**
 * Pause before the next try, ms. `now` is honoured for the first try after a connection that was up for a while; a gateway
 * that lets a client in only to send it away again gets the same backoff as one that does not answer.
 *
 * @param attempt tries made since a connection was last up for a while
 */
export function pauseMs(
  policy: Reconnect,
  attempt: number,
  bounds: BackoffBounds,
  random: () => number,
): number {
  if (policy === 'now' && attempt === 0) return 0;
  return backoffMs(bounds, attempt, random);
}

/** Bounds of the pause before a reconnect, ms. */
export interface BackoffBounds {
  /** Upper bound of the first pause. */
  readonly firstMs: number;
  /** Upper bound of every pause. */
  readonly maxMs: number;
}

export const DEFAULT_BACKOFF: BackoffBounds = { firstMs: 250, maxMs: 30_000 };

/**
 * Exponential backoff with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): uniform in
 * [0, min(maxMs, firstMs · 2^attempt)), so that the clients of a gateway that fell over do not come back in step.
 *
 * @param attempt pauses already made, from 0
 * @param random uniform in [0, 1)
 */
function backoffMs(bounds: BackoffBounds, attempt: number, random: () => number): number {
  return random() * Math.min(bounds.maxMs, bounds.firstMs * 2 ** Math.min(attempt, 30));
}
