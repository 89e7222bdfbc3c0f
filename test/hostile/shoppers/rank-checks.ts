import type { Rank, Result } from '../../../gateway/protocol/messages.js';
import { isKnown, type Shop } from './shop.js';

/** What is wrong with the answer to a `rank` without `k`, filter and exclusions; undefined when nothing is. */
export function rankProblem(call: Rank, result: Result, shop: Shop): string | undefined {
  const wanted = [...new Set(call.candidates.map((one) => (typeof one === 'string' ? one : one.id)))].filter(
    (id) => !shop.soldOut.has(id),
  );
  const unknown = wanted.filter((id) => !isKnown(shop, id));
  const { ids } = result;
  if (new Set(ids).size < ids.length) return '[T2] a candidate twice';
  if (ids.length !== wanted.length || !wanted.every((id) => ids.includes(id)))
    return `[T2] ${ids.length} of ${wanted.length} candidates came back`;
  if (unknown.some((id) => result.unknown?.includes(id) !== true))
    return '[T2] an unknown candidate is not named';
  const tail = new Set(ids.slice(ids.length - unknown.length));
  if (!unknown.every((id) => tail.has(id))) return '[T2] unknown candidates are not last';
  return undefined;
}

/** T1: whether the answer took longer than it may, by the gateway's own clock. */
export function isLateRank(call: Rank, result: Result): boolean {
  return call.tmaxMs !== undefined && result.tookUs > call.tmaxMs * 1_000;
}
