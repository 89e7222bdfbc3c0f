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
export function backoffMs(bounds: BackoffBounds, attempt: number, random: () => number): number {
  return random() * Math.min(bounds.maxMs, bounds.firstMs * 2 ** Math.min(attempt, 30));
}
