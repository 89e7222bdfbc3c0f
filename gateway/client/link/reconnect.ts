import type { Reconnect } from '../../protocol/close-codes.js';
import type { Bye } from '../../protocol/messages.js';

/** How a connection ended, as a page sees it. */
export interface Ended {
  readonly code: number;
  readonly reason: string;
}

/** Of `CLOSES`, without their words, which a page has no use for; after all others `backoff`. */
const NEVER = new Set([1009, 4000, 4001, 4003, 4009, 4012]);
const NOW = new Set([1001, 4008, 4011]);
const TOKEN_EXPIRED = 4002;

/**
 * When to come back: what `bye` said, else what the contract says of the close code, else `backoff`. An expired token
 * allows another try only when a new one can be had.
 */
export function reconnectPolicy(ended: Ended, bye: Bye | undefined, canRenewToken: boolean): Reconnect {
  if (ended.code === TOKEN_EXPIRED && !canRenewToken) return 'never';
  if (bye !== undefined) return bye.reconnect;
  return NEVER.has(ended.code) ? 'never' : NOW.has(ended.code) ? 'now' : 'backoff';
}

/**
 * Pause before the next try, ms. `now` is honoured for the first try after a connection that was up for a while; a gateway
 * that lets a client in only to send it away again gets the same backoff as one that does not answer.
 *
 * @param attempt tries made since a connection was last up for a while, of several addresses rounds over all of them
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
