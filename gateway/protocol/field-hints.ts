import { isPlainMap } from './codec.js';
import { FIELD_SHAPES, type FieldShape } from './field-shapes.js';
import type { RawEvent } from './mended-event.js';

/** Letters that may differ. */
const DISTANCE_MAX = 2;
/** Longer names are not looked at, nor more unknown ones of a map, nor more maps of a list: one name takes 20 microseconds. */
const NAME_LETTERS_MAX = 24;
const NAMES_MAX = 8;
const MAPS_MAX = 16;

/**
 * What the first misspelt field of a message or a body, or of the maps in it, may mean. Unknown fields are ignored (C2), which is silence
 * for whoever misspelt one: a name that is nearly one of the map's own is told of, one that stands elsewhere, and in a closed map any other.
 * @param kind a name of `FIELD_SHAPES`; of another one nothing is known.
 * @returns undefined when there is none among the first unknown names of each map.
 */
export function hintOf(kind: string, raw: RawEvent): string | undefined {
  const shape = FIELD_SHAPES.get(kind);
  if (shape === undefined) return undefined;
  return hintIn(kind, shape, raw) ?? innerHint(shape, raw);
}

function innerHint({ inner }: FieldShape, raw: RawEvent): string | undefined {
  for (const field in inner) {
    const value = raw[field];
    const hint = Array.isArray(value) ? hintOfList(inner[field], value) : hintOfMap(inner[field], value);
    if (hint !== undefined) return hint;
  }
  return undefined;
}

function hintOfList(kind: string, list: readonly unknown[]): string | undefined {
  for (let i = 0; i < list.length && i < MAPS_MAX; i++) {
    const hint = hintOfMap(kind, list[i]);
    if (hint !== undefined) return hint;
  }
  return undefined;
}

function hintOfMap(kind: string, value: unknown): string | undefined {
  return isPlainMap(value) ? hintOf(kind, value) : undefined;
}

function hintIn(
  kind: string,
  { fields, isClosed, elsewhere }: FieldShape,
  raw: RawEvent,
): string | undefined {
  let unknown = 0;
  for (const name in raw) {
    if (fields.has(name)) continue;
    if (++unknown > NAMES_MAX) return undefined;
    const place = elsewhere?.get(name);
    const meant = place === undefined ? nearestOf(name, fields) : undefined;
    const advice = place ?? (meant && `did you mean ${meant}?`);
    if (advice !== undefined || isClosed) return hintText(kind, name, advice);
  }
  return undefined;
}

function hintText(kind: string, name: string, advice: string | undefined): string {
  const ignored = `${kind} has no field ${JSON.stringify(name.slice(0, NAME_LETTERS_MAX))}, which is ignored`;
  return advice === undefined ? ignored : `${ignored}; ${advice}`;
}

function nearestOf(name: string, fields: ReadonlySet<string>): string | undefined {
  if (name.length > NAME_LETTERS_MAX) return undefined;
  for (const field of fields) if (isNear(name, field)) return field;
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

/** Letters put in, taken out or changed, or two neighbours that change places (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    before = row;
    row = next;
  }
  return row[b.length];
}
