import { crc32 } from 'node:zlib';
import type { ItemOutcome } from '../../model/catalogue/write-plan.js';

/** How far a node has carried out the log of the catalogue, and what that came to. */
export interface CarriedOut {
  /** Sequence of the last message that was carried out; 0 for none. */
  readonly sequence: number;
  /** Equal on all nodes that have carried out the same messages. */
  readonly digest: number;
}

/**
 * The digest after a message: of the one before it, of what became of each item, indices included, and of how many codes were given out.
 * Two nodes whose digests differ after the same message mean different items by the same numbers.
 */
export function digestAfter(
  before: number,
  outcomes: readonly (readonly ItemOutcome[])[],
  codeCount: number,
): number {
  return crc32(`${before} ${codeCount} ${outcomes.flat().map(wordOf).join()}`);
}

function wordOf(outcome: ItemOutcome): string {
  if (typeof outcome !== 'object') return String(outcome);
  return outcome.status === 'refused' ? outcome.status : `${outcome.status} ${outcome.index}`;
}
