import type { Problem } from '../protocol/validate-event.js';

/**
 * Why a token is not taken. `expired`: it was good once; a new one helps. `unchecked`: nothing is known against it, for the keys
 * cannot be read; the same one may be taken later.
 */
export interface TokenRefusal {
  readonly why: 'missing' | 'invalid' | 'expired' | 'unchecked';
  /** What is wrong and what to do; nothing of the token stands in it. */
  readonly message: string;
}

/** When it is worth the while to show a token again that could not be checked. */
export const UNCHECKED_RETRY_MS = 5_000;

/** The same, as it is said to who asked. */
export function refusalProblem({ why, message }: TokenRefusal): Problem {
  return { code: why === 'unchecked' ? 'overloaded' : 'not_authenticated', message };
}
