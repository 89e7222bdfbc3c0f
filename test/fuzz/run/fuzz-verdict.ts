import type { FuzzResult } from './fuzz-run.js';

/** What memory may grow by between the first part of a run, in which what is kept fills up, and the last. */
const GROWTH = 1.1;
const GROWTH_MIB = 24;
/** A shorter run is over before all is full that is kept up to a bound: users, sessions, addresses, rates. */
const JUDGED_FROM = 1_000_000;

/** What of a run was wrong, and its last line. */
export function verdictOf({ sent, connections, crashes, problems, memoryMib }: FuzzResult): {
  readonly problems: readonly string[];
  readonly line: string;
} {
  const quarter = Math.ceil(memoryMib.length / 4);
  // The least of several looks: what is over before the next collection of garbage comes and goes.
  const [before, after] = [least(memoryMib.slice(quarter, 2 * quarter)), least(memoryMib.slice(-quarter))];
  const grows = sent >= JUDGED_FROM && after > before * GROWTH + GROWTH_MIB;
  const grown = `memory at least ${before.toFixed(0)} MiB in the second quarter, ${after.toFixed(0)} MiB in the last`;
  return {
    problems: grows ? [...problems, `it grows: ${grown}`] : problems,
    line: `${sent} frames and requests over ${connections} connections, ${crashes} crashes, ${problems.length} problems, ${grown}`,
  };
}

function least(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.min(...values);
}
