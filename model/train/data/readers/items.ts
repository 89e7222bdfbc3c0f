import { ITEM_LIMITS } from '../../../catalogue/item.js';
import type { Item } from '../../../catalogue/shared-catalogue.js';
import { ownText } from '../dataset-builder.js';
import { describeGift } from './gift-titles.js';
import { LineProblems } from './line-problems.js';
import type { TakeRow } from './line-splitter.js';
import { isNothing, readNumber } from './read-number.js';
import { readTable } from './table-file.js';
import type { TableHeader } from './table-header.js';
import { TimeReader } from './time-reader.js';

export const ITEM_COLUMN = ['item', 'item_id', 'itemid', 'product', 'product_id'];
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
export async function readItems(path: string, isGiftShop: boolean): Promise<Item[]> {
  const items = new Map<string, Item>();
  const problems = new LineProblems(path);
  await readTable(path, (header) => itemTaker(header, isGiftShop, items, problems));
  problems.check();
  return [...items.values()];
}

function itemTaker(
  header: TableHeader,
  isGiftShop: boolean,
  items: Map<string, Item>,
  problems: LineProblems,
): TakeRow {
  const id = header.need(ITEM_COLUMN);
  const [title, price, category, brand, created] = [TITLE, PRICE, CATEGORY, BRAND, CREATED].map((names) =>
    header.place(names),
  );
  const times = new TimeReader();
  return (cells, line) => {
    const own = ownText(cells[id]);
    const wrong = idProblem(own);
    if (wrong !== undefined) return problems.add(line, 'item', wrong, own);
    const checked = new CellChecks(cells, line, problems);
    const name = checked.text('title', title, ITEM_LIMITS.title);
    const numbers = {
      price: checked.number('price', price, readNumber),
      createdMs: checked.number('first_sold', created, (cell) => Math.round(times.read(cell))),
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
    const cell = place < 0 ? '' : this.#cells[place];
    return cell.length <= lengthMax ? cell : this.#wrong(column, `at most ${lengthMax} characters`, cell, '');
  }

  /** Undefined without a column, and where the cell says nothing. */
  number(column: string, place: number, read: (cell: string) => number): number | undefined {
    const cell = place < 0 ? '' : this.#cells[place];
    if (isNothing(cell)) return undefined;
    const value = read(cell);
    return value >= 0 ? value : this.#wrong(column, EXPECTED[column], cell, undefined);
  }

  #wrong<T>(column: string, expected: string, found: string, instead: T): T {
    this.areRight = false;
    this.#problems.add(this.#line, column, expected, found);
    return instead;
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  price: 'nothing, or a number of 0 or more such as 12.50, without a currency',
  first_sold: 'nothing, or a time',
};

/** What is wrong with an item's id. */
export function idProblem(id: string): string | undefined {
  if (id.length > 0 && id.length <= ITEM_LIMITS.id) return undefined;
  return `an id of 1 to ${ITEM_LIMITS.id} characters`;
}

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
