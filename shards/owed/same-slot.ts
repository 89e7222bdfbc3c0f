import type { SlotDefinition } from '../wire/slot-lists.js';

/** True when two definitions of a slot ask for the same. Filters are compared by identity: the gateway compiles each once. */
export function isSameSlot(a: SlotDefinition | undefined, b: SlotDefinition): boolean {
  return (
    a !== undefined &&
    a.k === b.k &&
    a.filter === b.filter &&
    a.excludeSeen === b.excludeSeen &&
    a.diversity === b.diversity &&
    a.explain === b.explain &&
    a.maxMoves === b.maxMoves &&
    a.minIntervalMs === b.minIntervalMs &&
    hasSame(a.exclude, b.exclude) &&
    hasSame(a.segments, b.segments)
  );
}

function hasSame(a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
