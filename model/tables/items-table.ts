import { ITEM_LIMITS } from '../catalogue/item.js';
import type { Item } from '../catalogue/shared-catalogue.js';
import { ownText } from './own-text.js';
import { describeGift } from './gift-titles.js';
import { LineProblems } from './line-problems.js';
import type { TakeRow } from './line-splitter.js';
import { idProblem } from './id-check.js';
import { isNothing, readNumber } from './read-number.js';
import type { ReadingRules } from './reading-options.js';
import { readTable } from './table-file.js';
import type { TableHeader } from './table-header.js';
import { TimeReader } from './time-reader.js';

export const ITEM_COLUMN = ['item', 'item_id', 'itemid', 'product', 'product_id', 'sku'];
const TITLE = ['title', 'name'];
const PRICE = ['price', 'median_price_gbp', 'median_price'];
const CATEGORY = ['category', 'category_id', 'category_code'];
const BRAND = ['brand', 'brand_id'];
const CREATED = ['first_sold', 'created_ms'];

/**
 * The items of a table, in its order. Only the id must be there; a price is a number of 0 or more, a time is read as those of
 * events are. An id stands once, or says the same each time. `isGiftShop`: category and colours come from the title, and an item
 * without one is called a gift. Rejects with `StartupError` `data_unreadable`.
 */
export async function readItems(path: string, isGiftShop: boolean, rules: ReadingRules): Promise<Item[]> {
  const items = new Map<string, Item>();
  const problems = new LineProblems(path);
  const taken = { items, problems, isGiftShop, times: new TimeReader(rules) };
  await readTable(path, rules.encoding, (header) => itemTaker(header, taken));
  problems.check();
  return [...items.values()];
}

interface TakenItems {
  readonly items: Map<string, Item>;
  readonly problems: LineProblems;
  readonly isGiftShop: boolean;
  readonly times: TimeReader;
}

function itemTaker(header: TableHeader, { items, problems, isGiftShop, times }: TakenItems): TakeRow {
  const id = header.need(ITEM_COLUMN);
  const [title, price, category, brand, created] = [TITLE, PRICE, CATEGORY, BRAND, CREATED].map((names) =>
    header.place(names),
  );
  return (cells, line) => {
    const own = ownText(cells[id]);
    const wrong = idProblem(own);
    if (wrong !== undefined) return problems.add(line, 'item', wrong, own);
    const checked = new CellChecks(cells, line, problems);
    const name = checked.text('title', title, ITEM_LIMITS.title);
    const numbers = {
      price: checked.number('price', price, PRICE_CELL),
      createdMs: checked.number('first_sold', created, {
        read: (cell) => Math.round(times.read(cell)),
        expected: times.expected,
      }),
    };
    const item = isGiftShop
      ? giftOf(own, name, numbers)
      : present({
          id: own,
          title: name,
          category: checked.text('category', category, ITEM_LIMITS.name),
          brand: checked.text('brand', brand, ITEM_LIMITS.name),
          ...numbers,
        });
    if (!checked.areRight) return;
    const known = items.get(own);
    if (known === undefined) items.set(own, item);
    else if (JSON.stringify(known) !== JSON.stringify(item))
      problems.add(line, 'item', 'an id once, or what it said before', own);
  };
}

/** The cells of one line that may be empty; what is wrong with one is told. */
class CellChecks {
  areRight = true;
  readonly #cells: readonly string[];
  readonly #line: number;
  readonly #problems: LineProblems;

  constructor(cells: readonly string[], line: number, problems: LineProblems) {
    this.#cells = cells;
    this.#line = line;
    this.#problems = problems;
  }

  /** '' without a column, and for an empty cell. */
  text(column: string, place: number, lengthMax: number): string {
    const cell = place < 0 || isNothing(this.#cells[place]) ? '' : this.#cells[place];
    return cell.length <= lengthMax ? cell : this.#wrong(column, `at most ${lengthMax} characters`, cell, '');
  }

  /** Undefined without a column, and where the cell says nothing. */
  number(column: string, place: number, { read, expected }: NumberCell): number | undefined {
    const cell = place < 0 ? '' : this.#cells[place];
    if (isNothing(cell)) return undefined;
    const value = read(cell);
    return value >= 0 ? value : this.#wrong(column, `nothing, or ${expected}`, cell, undefined);
  }

  #wrong<T>(column: string, expected: string, found: string, instead: T): T {
    this.areRight = false;
    this.#problems.add(this.#line, column, expected, found);
    return instead;
  }
}

/** How the number in a cell is read, and what it is. */
interface NumberCell {
  readonly read: (cell: string) => number;
  readonly expected: string;
}

const PRICE_CELL: NumberCell = {
  read: readNumber,
  expected: 'a number of 0 or more such as 1299.00, without a currency or marks between thousands',
};

type ItemNumbers = { readonly [name in 'price' | 'createdMs']?: number | undefined };

/** An item of the gift shop by its id and title alone. */
export function giftOf(id: string, raw: string, { price, createdMs }: ItemNumbers = {}): Item {
  const { title, category, colours } = describeGift(raw);
  return {
    id,
    title: title === '' ? `Gift ${id}` : title,
    ...(price !== undefined && { price }),
    category,
    ...(colours.length > 0 ? { attributes: { colour: colours } } : {}),
    ...(createdMs !== undefined && { createdMs }),
  };
}

interface ReadItem extends ItemNumbers {
  readonly id: string;
  readonly title: string;
  readonly category: string;
  readonly brand: string;
}

/** Without what the table does not say. */
function present({ id, title, price, category, brand, createdMs }: ReadItem): Item {
  return {
    id,
    ...(title !== '' && { title: ownText(title) }),
    ...(price !== undefined && { price }),
    ...(category !== '' && { category: ownText(category) }),
    ...(brand !== '' && { brand: ownText(brand) }),
    ...(createdMs !== undefined && { createdMs }),
  };
}
