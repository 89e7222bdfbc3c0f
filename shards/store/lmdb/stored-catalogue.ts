import {
  LOST,
  lostId,
  type StoredCode,
  type StoredItem,
} from '../../../model/catalogue/catalogue-journal.js';
import { readIndex, readNameNumber } from '../keys.js';

/** A row of a sealed table; `value` is undefined when it is damaged. */
export interface CatalogueRow {
  readonly key: Buffer;
  readonly value: Buffer | undefined;
}

/** Dictionaries whose codes are in users' states. */
const KEPT_BY_STATES = ['category', 'brand'];

/**
 * Items by ascending index. One whose row is damaged is removed, under an id that no shop gives, and keeps its index, because
 * journals and states hold that. Its key is not believed, since the damage may be there: its index is one that is missing, or
 * the next one after all others.
 */
export function itemsOf(rows: Iterable<CatalogueRow>): StoredItem[] {
  const items: StoredItem[] = [];
  let damaged = 0;
  for (const { key, value } of rows) {
    if (value === undefined) damaged++;
    else items.push({ index: readIndex(key), json: value.toString('utf8', 1), isDeleted: value[0] === 1 });
  }
  if (damaged === 0) return items;
  items.sort((a, b) => a.index - b.index);
  return filled(
    items,
    ({ index }) => index,
    { most: damaged, atEnd: damaged },
    (index) => ({
      index,
      json: JSON.stringify({ id: lostId(index) }),
      isDeleted: true,
    }),
  );
}

/**
 * Codes, those of one dictionary by ascending code. A damaged row's key is not believed here either: its code is one that is
 * missing, or the next one of any dictionary that users' states have codes of. Its text is one that no item has.
 */
export function codesOf(rows: Iterable<CatalogueRow>): StoredCode[] {
  const byName = new Map<string, StoredCode[]>();
  const codes: StoredCode[] = [];
  let damaged = 0;
  for (const { key, value } of rows) {
    if (value === undefined) {
      damaged++;
      continue;
    }
    const { name, number } = readNameNumber(key);
    const code = { dictionary: name, code: number, value: JSON.parse(value.toString('utf8')) as string };
    codes.push(code);
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [code]);
    else same.push(code);
  }
  if (damaged === 0) return codes;
  for (const name of KEPT_BY_STATES) if (!byName.has(name)) byName.set(name, []);
  return [...byName].flatMap(([name, same]) => {
    same.sort((a, b) => a.code - b.code);
    const atEnd = KEPT_BY_STATES.includes(name) ? damaged : 0;
    return filled(
      same,
      ({ code }) => code,
      { most: damaged, atEnd },
      (code) => lostCode(name, code),
    );
  });
}

function lostCode(dictionary: string, code: number): StoredCode {
  return { dictionary, code, value: `${LOST}code ${code}` };
}

/**
 * `found`, which is sorted by number, with what is missing between its members: `most` in all, and up to `atEnd` of those that
 * are missing nowhere, after the last. Where more are missing the gap stays.
 */
function filled<T>(
  found: readonly T[],
  numberOf: (one: T) => number,
  { most, atEnd }: { readonly most: number; readonly atEnd: number },
  make: (number: number) => T,
): T[] {
  const all: T[] = [];
  let left = most;
  for (const one of found) {
    for (; left > 0 && all.length < numberOf(one); left--) all.push(make(all.length));
    all.push(one);
  }
  for (let i = Math.min(left, atEnd); i > 0; i--) all.push(make(all.length));
  return all;
}
