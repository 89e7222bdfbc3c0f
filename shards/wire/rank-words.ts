import { RELATIONS, type RankRequest, type RelationAsked } from './slot-lists.js';
import type { WordReader, WordWriter } from './words.js';

/** The word that says whether reasons are asked for. */
const EXPLAINS = 1;
const EXPLAINS_ALL = 2;

/** Puts a value that is no number beside the words; gives its reference, from 1. */
export type PutExtra = (value: unknown) => number;

/** Packs a request; `unpackRequest` reads as many words. */
export function packRequest(
  words: WordWriter,
  { slot, candidates, relation, explainsAll, deadlineUs }: RankRequest,
  put: PutExtra,
): void {
  words.put4(put(slot.name), slot.k, slot.excludeSeen, slot.diversity);
  words.put4(
    slot.explain ? (explainsAll === true ? EXPLAINS_ALL : EXPLAINS) : 0,
    slot.maxMoves,
    slot.minIntervalMs,
    deadlineUs,
  );
  words.put(slot.filter === undefined ? 0 : put(slot.filter));
  words.put2(relation === undefined ? -1 : RELATIONS.indexOf(relation.how), relation?.item ?? -1);
  packItems(words, slot.segments);
  packItems(words, slot.exclude);
  packItems(words, candidates);
}

/** The request that was packed; arrays are the caller's. `extras` by reference − 1. */
export function unpackRequest(words: WordReader, extras: readonly unknown[]): RankRequest {
  const name = extras[words.next() - 1] as string;
  const k = words.next();
  const excludeSeen = words.next() as 0 | 1 | 2;
  const diversity = words.next();
  const explains = words.next();
  const maxMoves = words.next();
  const minIntervalMs = words.next();
  const deadlineUs = words.next();
  const filter = words.next();
  const relation = unpackRelation(words);
  const segments = unpackItems(words);
  const exclude = unpackItems(words);
  const candidates = unpackItems(words);
  const slot = {
    name,
    k,
    ...(filter !== 0 && { filter: extras[filter - 1] as RankRequest['slot']['filter'] }),
    ...(segments && { segments: Array.from(segments) }),
    ...(exclude && { exclude }),
    excludeSeen,
    diversity,
    explain: explains > 0,
    maxMoves,
    minIntervalMs,
  } as RankRequest['slot'];
  return {
    slot,
    ...(candidates && { candidates }),
    ...(relation && { relation }),
    ...(explains === EXPLAINS_ALL && { explainsAll: true }),
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
