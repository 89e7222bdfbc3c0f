import {
  AttributeColumns,
  COLUMNS_DICTIONARY,
  type Attributes,
  type Cell,
  type StagedKinds,
} from './attribute-columns.js';
import type { StoredCode } from './catalogue-journal.js';
import { type Item, COLUMN } from './shared-catalogue.js';
import { Dictionary, plainMembers, type TextBudget } from './dictionary.js';
import { ITEM_LIMITS } from './item.js';
import { dictionaryFull, tooManyAttributes, type ItemRefusal } from './item-refusal.js';

/** An attribute, or `price`, `category` or `brand`, as a filter finds it. */
export interface FilterColumn {
  readonly column: number;
  readonly kind: 'number' | 'dictionary';
  /** Codes of the values; absent for `price`. */
  readonly dictionary?: Dictionary;
  /** Grows whenever a filter that names this column may have to be compiled again. */
  readonly version: number;
}

/** Everything in a catalogue that turns texts into numbers: categories, brands, attribute names and values. */
export class CatalogueDictionaries {
  /** Codes given out that are not on disk yet: they go with the next write, before anything that uses them is shown. */
  readonly unsaved: StoredCode[] = [];
  readonly #budget: TextBudget = { used: 0 };
  readonly categories = new Dictionary('category', this.unsaved, this.#budget, plainMembers);
  readonly brands = new Dictionary('brand', this.unsaved, this.#budget, plainMembers);
  readonly columns: AttributeColumns;

  constructor(columnMax: number) {
    this.columns = new AttributeColumns(columnMax, this.unsaved, this.#budget);
  }

  /** Grows whenever a filter may have to be compiled again, whatever it names. */
  get version(): number {
    return this.categories.version + this.brands.version + this.columns.version;
  }

  /** What a filter tests under this name; undefined for a name that no item ever had. */
  filterColumn(name: string): FilterColumn | undefined {
    if (name === 'price') return { column: COLUMN.price, kind: 'number', version: 0 };
    if (name === 'category') return namesColumn(COLUMN.category, this.categories);
    if (name === 'brand') return namesColumn(COLUMN.brand, this.brands);
    const found = this.columns.find(name);
    if (found === undefined) return undefined;
    const { column, kind, dictionary } = found;
    return { column, kind, dictionary, version: 1 + found.kindChanges + dictionary.version };
  }

  /** Says why `item` cannot be taken in place of one with the attributes `replaced`; changes nothing. */
  refusal(item: Item, replaced: Attributes | undefined, kinds: StagedKinds): ItemRefusal | undefined {
    const { category, brand, attributes } = item;
    if (category !== undefined && this.categories.hasNoRoomFor(category)) return dictionaryFull('categories');
    if (brand !== undefined && this.brands.hasNoRoomFor(brand)) return dictionaryFull('brands');
    if (attributes === undefined) return undefined;
    if (Object.keys(attributes).length > ITEM_LIMITS.attributes) return tooManyAttributes();
    return this.columns.refusal(attributes, replaced, kinds);
  }

  /** Gives codes to everything new about an item that `refusal` had nothing against; returns its attribute cells. */
  encode(item: Item, kinds: StagedKinds): readonly Cell[] {
    if (item.category !== undefined) this.categories.intern(item.category);
    if (item.brand !== undefined) this.brands.intern(item.brand);
    return item.attributes === undefined ? [] : this.columns.cells(item.attributes, kinds);
  }

  /** Counts an item that is shown; its cells are those of `encode`. */
  retain({ category, brand }: Item, cells: readonly Cell[]): void {
    if (category !== undefined) this.categories.retain(this.categories.codeOf(category));
    if (brand !== undefined) this.brands.retain(this.brands.codeOf(brand));
    for (const cell of cells) this.columns.retain(cell);
  }

  /** Counts an item that was shown, and is replaced or taken out. */
  release({ category, brand, attributes }: Item): void {
    if (category !== undefined) this.categories.release(this.categories.codeOf(category));
    if (brand !== undefined) this.brands.release(this.brands.codeOf(brand));
    if (attributes !== undefined) this.columns.release(attributes);
  }

  /** Forgets what no item has any more. Call when all items that were given codes are counted. */
  letGoUnused(): void {
    for (const dictionary of this.#all()) dictionary.letGoUnused();
  }

  /** As `letGoUnused`, and gives codes to others where that may be. Call before anything is made of codes but rows. */
  reuseCodes(): void {
    for (const dictionary of this.#all()) dictionary.reuseCodes();
  }

  /** All codes given out, those of one dictionary by ascending code; '' for a value that was let go. */
  *codes(): Iterable<StoredCode> {
    for (const { column, name } of this.columns.all())
      yield { dictionary: COLUMNS_DICTIONARY, code: column, value: name };
    for (const dictionary of this.#all())
      for (let code = 0; code < dictionary.size; code++)
        yield { dictionary: dictionary.name, code, value: dictionary.value(code) };
  }

  /** How many codes were given out. */
  get codeCount(): number {
    let count = 0;
    for (const dictionary of this.#all()) count += dictionary.size;
    return count;
  }

  *#all(): Iterable<Dictionary> {
    yield this.categories;
    yield this.brands;
    for (const { dictionary } of this.columns.all()) yield dictionary;
  }
}

function namesColumn(column: number, dictionary: Dictionary): FilterColumn {
  return { column, kind: 'dictionary', dictionary, version: dictionary.version };
}
