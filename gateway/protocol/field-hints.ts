import type { RawEvent } from './mended-event.js';

/**
 * Fields that a message most likely means. Unknown fields are ignored (C2), which is silence for whoever misspelt one; a name that
 * is nearly one of the message's own is told of.
 */
const SLOT = [
  'slot',
  'k',
  'filter',
  'exclude',
  'excludeSeen',
  'diversity',
  'explain',
  'fields',
  'maxMoves',
  'minIntervalMs',
];
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  hello: ['t', 'user', 'token', 'session', 'device', 'slots', 'resume', 'consent', 'attributes'],
  consent: ['t', 'id', 'personalise', 'learn'],
  subscribe: ['t', 'id', 'slots'],
  recommend: ['t', 'id', 'user', 'session', 'consent', 'how', 'item', ...SLOT],
  rank: ['t', 'id', 'user', 'session', 'consent', 'candidates', 'tmaxMs', ...SLOT],
  slot: SLOT,
};
const KNOWN = new Map(Object.entries(FIELDS).map(([name, fields]) => [name, new Set(fields)]));
/** Letters that may differ. */
const DISTANCE_MAX = 2;
/** Longer names are not looked at, nor more unknown ones of a map: one takes 20 microseconds. */
const NAME_LETTERS_MAX = 24;
const NAMES_MAX = 8;

/** What the first misspelt field of a message, or of its slots, may mean; undefined when none is among the first `NAMES_MAX` unknown ones of each. */
export function hintOf(kind: string, raw: RawEvent): string | undefined {
  const hint = hintIn(kind, raw);
  if (hint !== undefined || !Array.isArray(raw.slots)) return hint;
  for (const slot of raw.slots as unknown[])
    if (typeof slot === 'object' && slot !== null) {
      const found = hintIn('slot', slot as RawEvent);
      if (found !== undefined) return found;
    }
  return undefined;
}

function hintIn(kind: string, raw: RawEvent): string | undefined {
  const known = KNOWN.get(kind);
  if (known === undefined) return undefined;
  let unknown = 0;
  for (const name in raw) {
    if (known.has(name) || name.length > NAME_LETTERS_MAX) continue;
    if (++unknown > NAMES_MAX) return undefined;
    const meant = FIELDS[kind].find((field) => isNear(name, field));
    if (meant !== undefined)
      return `${kind} has no field ${JSON.stringify(name)}, which is ignored; did you mean ${meant}?`;
  }
  return undefined;
}

/** Near in letters, upper and lower case and underscores aside; short names are near when they are the same then. */
function isNear(name: string, field: string): boolean {
  const [a, b] = [plain(name), plain(field)];
  if (a === b) return true;
  return b.length > 3 && distance(a, b) <= Math.min(DISTANCE_MAX, Math.floor(b.length / 3));
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}

/** Levenshtein: letters put in, taken out or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}
