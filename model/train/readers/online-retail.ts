import { join } from 'node:path';
import { EVENT_KIND } from '../../event-kinds.js';
import type { Item } from '../../catalogue.js';
import type { Dataset } from '../dataset.js';
import { codes, DatasetBuilder } from '../dataset-builder.js';
import { describeGift } from './gift-titles.js';
import { readTable } from './tsv.js';

/** The shop's catalogue, in the order of `items.tsv.gz`: title, price, and category and colours as the title tells them. */
export function readOnlineRetailItems(folder: string): Item[] {
  const columns = ['item', 'title', 'median_price_gbp', 'first_sold'];
  return readTable(join(folder, 'items.tsv.gz'), columns).rows.map(([id, raw, price, firstSold]) => {
    const { title, category, colours } = describeGift(raw);
    return {
      id,
      title: title === '' ? `Gift ${id}` : title,
      price: Number(price),
      category,
      ...(colours.length > 0 ? { attributes: { colour: colours } } : {}),
      createdMs: Number(firstSold),
    };
  });
}

/**
 * UCI Online Retail: an invoice is a session, its lines are the clicks in the file's order; the customer is the user.
 * Item rows are those of `readOnlineRetailItems`. Returns are refunds, not clicks, and are left out.
 */
export function readOnlineRetail(folder: string): Dataset {
  const items = readOnlineRetailItems(folder);
  const categories = new Map(items.map(({ id, category }) => [id, category]));
  const columns = ['customer', 'invoice', 'item', 'event_type', 'timestamp'];
  const { rows, hash } = readTable(join(folder, 'events.tsv.gz'), columns);
  const builder = new DatasetBuilder(items.map(({ id }) => id));
  for (const [customer, invoice, item, type, timestamp] of rows) {
    if (type === 'purchase') builder.click(invoice, customer, item, EVENT_KIND.purchase, Number(timestamp));
  }
  const category = codes(builder.items.texts, (item) => categories.get(item));
  return builder.build('online-retail', hash, category);
}
