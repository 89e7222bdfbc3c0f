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
 * @param tries made since a connection was last up for a while
 * @param addresses that take turns: the pause grows with each round over all of them
 */
export function pauseMs(
  policy: Reconnect,
  { tries, addresses }: { readonly tries: number; readonly addresses: number },
  bounds: BackoffBounds,
  random: () => number,
): number {
  const round = Math.floor(tries / addresses);
  if (policy === 'now' && round === 0) return 0;
  const maxMs = addresses > 1 ? Math.min(bounds.maxMs, boundOfRoundMs(bounds, round)) : bounds.maxMs;
  return backoffMs({ ...bounds, maxMs }, round, random);
}

/**
 * Nodes that were all lost are back within a minute or two, and their clients soon after: a pause stays below 5 s for so long. Nodes
 * that stay away are asked as rarely as a single one.
 */
function boundOfRoundMs({ firstMs }: BackoffBounds, round: number): number {
  return Math.max(CLUSTER_MAX_MS, firstMs * 2 ** (round - CLUSTER_ROUNDS));
}

const CLUSTER_MAX_MS = 5_000;
/** Rounds by which the pauses of several addresses grow later beyond that. */
const CLUSTER_ROUNDS = 8;

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
