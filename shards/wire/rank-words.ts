import { RELATIONS, type RankRequest, type RelationAsked } from './slot-lists.js';
import type { WordReader, WordWriter } from './words.js';

/** Puts a value that is no number beside the words; gives its reference, from 1. */
export type PutExtra = (value: unknown) => number;

/** Packs a request; `unpackRequest` reads as many words. */
export function packRequest(
  words: WordWriter,
  { slot, candidates, values, relation, deadlineUs }: RankRequest,
  put: PutExtra,
): void {
  words.put4(put(slot.name), slot.k, slot.excludeSeen, slot.diversity);
  words.put4(slot.explain ? 1 : 0, slot.maxMoves, slot.minIntervalMs, deadlineUs);
  words.put2(slot.filter === undefined ? 0 : put(slot.filter), slot.crossesKinds === true ? 1 : 0);
  words.put2(relation === undefined ? -1 : RELATIONS.indexOf(relation.how), relation?.item ?? -1);
  packItems(words, slot.segments);
  packItems(words, slot.exclude);
  packItems(words, candidates);
  packValues(words, values);
}

/** The request that was packed; arrays are the caller's. `extras` by reference − 1. */
export function unpackRequest(words: WordReader, extras: readonly unknown[]): RankRequest {
  const name = extras[words.next() - 1] as string;
  const k = words.next();
  const excludeSeen = words.next() as 0 | 1 | 2;
  const diversity = words.next();
  const explain = words.next() === 1;
  const maxMoves = words.next();
  const minIntervalMs = words.next();
  const deadlineUs = words.next();
  const filter = words.next();
  const crossesKinds = words.next() === 1;
  const relation = unpackRelation(words);
  const segments = unpackItems(words);
  const exclude = unpackItems(words);
  const candidates = unpackItems(words);
  const values = unpackValues(words);
  const slot = {
    name,
    k,
    ...(filter !== 0 && { filter: extras[filter - 1] as RankRequest['slot']['filter'] }),
    ...(crossesKinds && { crossesKinds }),
    ...(segments && { segments: Array.from(segments) }),
    ...(exclude && { exclude }),
    excludeSeen,
    diversity,
    explain,
    maxMoves,
    minIntervalMs,
  } as RankRequest['slot'];
  return {
    slot,
    ...(candidates && { candidates }),
    ...(values && { values }),
    ...(relation && { relation }),
    deadlineUs,
  };
}

function unpackRelation(words: WordReader): RelationAsked | undefined {
  const how = words.next();
  const item = words.next();
  return how < 0 ? undefined : { how: RELATIONS[how], item };
}

/** How many, and each; −1 for none at all. */
function packItems(words: WordWriter, items: ArrayLike<number> | undefined): void {
  if (items === undefined) return words.put(-1);
  words.put(items.length);
  for (let i = 0; i < items.length; i++) words.put(items[i]);
}

function unpackItems(words: WordReader): Int32Array | undefined {
  const count = words.next();
  if (count < 0) return undefined;
  const items = new Int32Array(count);
  for (let i = 0; i < count; i++) items[i] = words.next();
  return items;
}

/** How many, and item and value of each; −1 for none at all. */
function packValues(words: WordWriter, values: ReadonlyMap<number, number> | undefined): void {
  words.put(values?.size ?? -1);
  values?.forEach((value, item) => words.put2(item, value));
}

function unpackValues(words: WordReader): ReadonlyMap<number, number> | undefined {
  const count = words.next();
  if (count < 0) return undefined;
  const values = new Map<number, number>();
  for (let i = 0; i < count; i++) values.set(words.next(), words.next());
  return values;
}
