import { ITEM_LIMITS } from '../../../catalogue/item.js';
import type { Item } from '../../../catalogue/shared-catalogue.js';
import { ownText } from '../dataset-builder.js';
import { describeGift } from './gift-titles.js';
import { LineProblems } from './line-problems.js';
import type { TakeRow } from './line-splitter.js';
import { readTable } from './table-file.js';
import type { TableHeader } from './table-header.js';
export const ITEM_COLUMN = ['item', 'item_id', 'itemid', 'product', 'product_id'];
const TITLE = ['title', 'name'];
const PRICE = ['price', 'median_price_gbp', 'median_price'];
const CATEGORY = ['category', 'category_id', 'category_code'];
const BRAND = ['brand', 'brand_id'];
const CREATED = ['first_sold', 'created_ms'];

/**
 * The items of a table, each id once, in its order. Only the id must be there; what is empty, no number or too long for a
 * catalogue is left out. `isGiftShop`: category and colours come from the title, and an item without one is called a gift.
 */
export async function readItems(path: string, isGiftShop: boolean): Promise<Item[]> {
  const items: Item[] = [];
  const problems = new LineProblems(path);
  await readTable(path, (header) => itemTaker(header, isGiftShop, items, problems));
  problems.check();
  return items;
}

function itemTaker(header: TableHeader, isGiftShop: boolean, items: Item[], problems: LineProblems): TakeRow {
  const known = new Set<string>();
  const id = header.need(ITEM_COLUMN);
  const [title, price, category, brand, created] = [TITLE, PRICE, CATEGORY, BRAND, CREATED].map((names) =>
    header.place(names),
  );
  return (cells, line) => {
    const own = ownText(cells[id] ?? '');
    const wrong = idProblem(own);
    if (wrong !== undefined) return problems.add(line, 'item', wrong, own);
    if (known.has(own)) return;
    known.add(own);
    const cell = (place: number) => (place < 0 ? '' : (cells[place] ?? ''));
    if (isGiftShop) return void items.push(giftOf(own, cell(title), cell(price), cell(created)));
    items.push({
      id: own,
      ...textField('title', cell(title), ITEM_LIMITS.title),
      ...numberField('price', cell(price)),
      ...textField('category', cell(category), ITEM_LIMITS.name),
      ...textField('brand', cell(brand), ITEM_LIMITS.name),
      ...numberField('createdMs', cell(created)),
    });
  };
}

/** What is wrong with an item's id. */
export function idProblem(id: string): string | undefined {
  if (id.length > 0 && id.length <= ITEM_LIMITS.id) return undefined;
  return `an id of 1 to ${ITEM_LIMITS.id} characters`;
}

/** An item of the gift shop by its id and title alone. */
export function giftOf(id: string, raw: string, price: string, firstSold: string): Item {
  const { title, category, colours } = describeGift(raw);
  return {
    id,
    title: title === '' ? `Gift ${id}` : title,
    ...numberField('price', price),
    category,
    ...(colours.length > 0 ? { attributes: { colour: colours } } : {}),
    ...numberField('createdMs', firstSold),
  };
}

function textField(name: 'title' | 'category' | 'brand', text: string, lengthMax: number): Partial<Item> {
  return text === '' || text.length > lengthMax ? {} : { [name]: ownText(text) };
}

function numberField(name: 'price' | 'createdMs', text: string): Partial<Item> {
  const value = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? { [name]: value } : {};
}
