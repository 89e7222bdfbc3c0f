import { COUNTER } from './table.js';
import type { ThreadStats } from './thread-stats.js';

/** A state that the code rules out was reached. Never caught to carry on: the shard dies and the pool restarts it. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

let counted: ThreadStats | undefined;

/** Names the stats that this thread's broken invariants are counted in; once, when the thread starts. */
export function countInvariants(stats: ThreadStats): void {
  counted = stats;
}

/** Throws `InvariantError` with `message`, counted, unless `condition` holds. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (condition) return;
  counted?.count(COUNTER.invariantsBroken);
  throw new InvariantError(message);
}
