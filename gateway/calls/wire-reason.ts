import type { Reason } from '../protocol/messages.js';
import { PART_KINDS, REASON_SOURCES, type ReasonRow } from '../../shards/api.js';

/** A score or weight with six digits behind the point: what float32 holds of it, and short as JSON. */
export function roundScore(score: number): number {
  return Math.round(score * 1e6) / 1e6;
}

/** A product of a share and a value, with seven digits: it may be small. */
export function roundProduct(score: number): number {
  return Number(score.toPrecision(7));
}

/** A shard's reason as the protocol has it. */
export function wireReason(
  { because, weight, source, parts }: ReasonRow,
  idOf: (index: number) => string,
): Reason {
  return {
    because: because.map((index) => idOf(index)),
    weight: weight.map(roundScore),
    source: REASON_SOURCES[source],
    ...(parts && {
      parts: parts.map(({ of, item, score }) => ({
        of: PART_KINDS[of],
        ...(item >= 0 && { id: idOf(item) }),
        score: roundScore(score),
      })),
    }),
  };
}
