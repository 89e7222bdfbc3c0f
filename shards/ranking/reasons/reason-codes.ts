import { PART_KINDS, REASON_SOURCES } from '../../wire/slot-lists.js';

/** By which way a part of a score comes: index in `REASON_SOURCES`, by name. */
export const SOURCE = indexByName(REASON_SOURCES);

/** Kinds of a part: index in `PART_KINDS`, by name. */
export const PART = indexByName(PART_KINDS);

function indexByName<Name extends string>(names: readonly Name[]): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name, index) => [name, index])) as Record<Name, number>;
}
