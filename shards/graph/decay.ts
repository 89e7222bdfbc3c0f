/** Share of a weight that is left after `ageMs` when half of it goes every `halfLifeMs`: 2^(−age / halfLife); 1 for negative ages. */
export function decay(ageMs: number, halfLifeMs: number): number {
  return ageMs <= 0 ? 1 : Math.exp((-Math.LN2 * ageMs) / halfLifeMs);
}
