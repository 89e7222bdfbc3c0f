import type { StoredCode } from './catalogue-journal.js';
import { attributeMembers, Dictionary, plainMembers, type TextBudget } from './dictionary.js';
import type { AttributeValue } from './item.js';
import { conflictingType, dictionaryFull, tooManyColumns, type ItemRefusal } from './item-refusal.js';

export type ColumnKind = 'number' | 'dictionary';
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** One attribute of the catalogue. Its column is permanent; its kind may change when no item uses it. */
export interface AttributeColumn {
  readonly name: string;
  readonly column: number;
  kind: ColumnKind;
  /** Items that have a value. */
  uses: number;
  /** Times the kind changed. */
  kindChanges: number;
  /** Texts, booleans and lists, as JSON. */
  readonly dictionary: Dictionary;
}

/** A value of an item as it is written into its row: a number, or the code of anything else. */
export interface Cell {
  readonly column: AttributeColumn;
  readonly kind: ColumnKind;
  readonly value: number;
}

/** Kinds that earlier items of the same batch have settled, by attribute name. */
export type StagedKinds = Map<string, ColumnKind>;

/** Name of the stored dictionary that maps attribute names to columns, and what those of their values start with. */
export const COLUMNS_DICTIONARY = 'columns';
export const COLUMN_PREFIX = 'column:';

/** Attribute names, their columns and dictionaries. At most `columnMax` names in the life of a catalogue. */
export class AttributeColumns {
  readonly columnMax: number;
  readonly #names: Dictionary;
  readonly #unsaved: StoredCode[];
  readonly #budget: TextBudget;
  readonly #columns: AttributeColumn[] = [];

  constructor(columnMax: number, unsaved: StoredCode[], budget: TextBudget) {
    this.columnMax = columnMax;
    this.#unsaved = unsaved;
    this.#budget = budget;
    this.#names = new Dictionary(COLUMNS_DICTIONARY, unsaved, budget, plainMembers);
  }

  get count(): number {
    return this.#columns.length;
  }

  /** Grows with every new attribute, every new value of one and every change of a kind. */
  get version(): number {
    return this.#columns.reduce(
      (sum, { kindChanges, dictionary }) => sum + kindChanges + dictionary.version,
      this.count,
    );
  }

  find(name: string): AttributeColumn | undefined {
    return this.#columns[this.#names.codeOf(name)];
  }

  /** Says why `given` cannot be taken in place of `replaced`, the attributes the item has now; changes nothing. */
  refusal(given: Attributes, replaced: Attributes | undefined, staged: StagedKinds): ItemRefusal | undefined {
    let newNames = 0;
    for (const [name, value] of Object.entries(given)) {
      const column = this.find(name);
      if (column === undefined) newNames++;
      const settled = staged.get(name) ?? kindInUse(column, replaced);
      if (settled !== undefined && settled !== kindOf(value)) return conflictingType(name, settled);
      if (hasNoRoomFor(column, value)) return dictionaryFull(`values of attribute "${name}"`);
    }
    return this.count + newNames > this.columnMax ? tooManyColumns(this.columnMax) : undefined;
  }

  /** Cells of attributes that `refusal` had nothing against; new names and values get their codes here. */
  cells(attributes: Attributes, staged: StagedKinds): Cell[] {
    return Object.entries(attributes).map(([name, value]) => {
      const kind = kindOf(value);
      const column = this.find(name) ?? this.#add(name, kind);
      staged.set(name, kind);
      return {
        column,
        kind,
        value: typeof value === 'number' ? value : column.dictionary.intern(JSON.stringify(value)),
      };
    });
  }

  /** Counts a cell that goes into a row. */
  retain({ column, kind, value }: Cell): void {
    if (column.kind !== kind) {
      column.kind = kind;
      column.kindChanges++;
    }
    column.uses++;
    if (kind === 'dictionary') column.dictionary.retain(value);
  }

  /** Counts attributes that go out of a row. */
  release(attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) {
      const column = this.find(name);
      if (column === undefined) continue;
      column.uses--;
      if (typeof value !== 'number')
        column.dictionary.release(column.dictionary.codeOf(JSON.stringify(value)));
    }
  }

  /** Gives the next column to a name that the store already holds. */
  restore(name: string): void {
    this.#names.restore(name);
    this.#make(name, 'dictionary');
  }

  /** All attributes, by column. */
  all(): readonly AttributeColumn[] {
    return this.#columns;
  }

  #add(name: string, kind: ColumnKind): AttributeColumn {
    this.#names.intern(name);
    return this.#make(name, kind);
  }

  #make(name: string, kind: ColumnKind): AttributeColumn {
    const dictionary = new Dictionary(COLUMN_PREFIX + name, this.#unsaved, this.#budget, attributeMembers);
    const column = { name, column: this.#columns.length, kind, uses: 0, kindChanges: 0, dictionary };
    this.#columns.push(column);
    return column;
  }
}

function kindOf(value: AttributeValue): ColumnKind {
  return typeof value === 'number' ? 'number' : 'dictionary';
}

/** The kind that items other than the replaced one hold the column to. */
function kindInUse(
  column: AttributeColumn | undefined,
  replaced: Attributes | undefined,
): ColumnKind | undefined {
  if (column === undefined) return undefined;
  const own = replaced !== undefined && Object.hasOwn(replaced, column.name) ? 1 : 0;
  return column.uses > own ? column.kind : undefined;
}

function hasNoRoomFor(column: AttributeColumn | undefined, value: AttributeValue): boolean {
  return (
    column !== undefined && typeof value !== 'number' && column.dictionary.hasNoRoomFor(JSON.stringify(value))
  );
}
