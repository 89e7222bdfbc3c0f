import { StartupError } from '../../metrics/process/startup-error.js';
import { COLUMN_PREFIX, COLUMNS_DICTIONARY } from './attribute-columns.js';
import type { CatalogueDictionaries } from './catalogue-dictionaries.js';
import { LOST, type StoredCatalogue, type StoredCode, type StoredItem } from './catalogue-journal.js';
import type { Item } from './shared-catalogue.js';

/** Where restored things go. Codes come before the items that use them. */
export interface RestoreTarget {
  readonly dictionaries: CatalogueDictionaries;
  put(index: number, item: Item): void;
  remove(index: number, id: string): void;
}

/** Fills the target from the store. Throws `StartupError` when the store holds more than the maxima, or is broken. */
export function restoreCatalogue(
  stored: StoredCatalogue,
  limits: { readonly itemMax: number; readonly columnMax: number },
  target: RestoreTarget,
): void {
  const codes = [...stored.codes];
  const items = [...stored.items];
  checkMaxima(codes, items, limits);
  for (const entry of codes) if (entry.dictionary === COLUMNS_DICTIONARY) restoreColumn(entry, target);
  const hasLost = codes.some(
    ({ dictionary, value }) => dictionary === COLUMNS_DICTIONARY && value.startsWith(LOST),
  );
  for (const entry of codes) if (entry.dictionary !== COLUMNS_DICTIONARY) restoreCode(entry, target, hasLost);
  items.forEach((entry, position) => restoreItem(entry, position, target));
}

function checkMaxima(
  codes: readonly StoredCode[],
  items: readonly StoredItem[],
  limits: { readonly itemMax: number; readonly columnMax: number },
): void {
  const columns = codes.filter(({ dictionary }) => dictionary === COLUMNS_DICTIONARY).length;
  const problems = [
    tooSmall('items, removed ones included', items.length, limits.itemMax, 'AFTERCLICK_ITEMS_MAX'),
    tooSmall('attributes', columns, limits.columnMax, 'AFTERCLICK_ATTRIBUTE_COLUMNS_MAX'),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new StartupError('catalogue_too_large', problems);
}

/** Throws `StartupError` when there are or were more items than there is room for. */
export function checkItemCount(count: number, itemMax: number): void {
  const problem = tooSmall('items, lost ones included', count, itemMax, 'AFTERCLICK_ITEMS_MAX');
  if (problem !== undefined) throw new StartupError('catalogue_too_large', problem);
}

function tooSmall(what: string, found: number, max: number, option: string): string | undefined {
  return found <= max
    ? undefined
    : `the stored catalogue has ${found} ${what}, over ${max}; set ${option} to ${found} or more`;
}

function restoreColumn({ code, value }: StoredCode, { dictionaries: { columns } }: RestoreTarget): void {
  if (code !== columns.count)
    throw broken(`attribute "${value}" has column ${code}, expected ${columns.count}`);
  columns.restore(value);
}

/** With `hasLost` the name of an attribute was damaged: its codes belong to nothing, and are left out. */
function restoreCode(
  { dictionary: name, code, value }: StoredCode,
  { dictionaries }: RestoreTarget,
  hasLost: boolean,
): void {
  const { categories, brands, columns } = dictionaries;
  const dictionary = name.startsWith(COLUMN_PREFIX)
    ? columns.find(name.slice(COLUMN_PREFIX.length))?.dictionary
    : [categories, brands].find((candidate) => candidate.name === name);
  if (dictionary === undefined && hasLost && name.startsWith(COLUMN_PREFIX)) return;
  if (dictionary === undefined) throw broken(`dictionary "${name}" belongs to nothing`);
  if (code !== dictionary.size)
    throw broken(`dictionary "${name}" has code ${code}, expected ${dictionary.size}`);
  dictionary.restore(value);
}

function restoreItem({ index, json, isDeleted }: StoredItem, position: number, target: RestoreTarget): void {
  if (index !== position) throw broken(`item ${index} stands where ${position} was expected`);
  const item = parsed(json);
  if (typeof item?.id !== 'string') throw broken(`item ${index} is not an item in JSON`);
  if (isDeleted) target.remove(index, item.id);
  else target.put(index, item);
}

function parsed(json: string): Item | undefined {
  try {
    return JSON.parse(json) as Item | undefined;
  } catch {
    return undefined;
  }
}

function broken(what: string): StartupError {
  return new StartupError(
    'catalogue_broken',
    `the stored catalogue is broken: ${what}; restore a snapshot, or move the folder catalogue away, start once with --accept-store-loss yes and put all items again`,
  );
}
