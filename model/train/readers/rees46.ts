import { join } from 'node:path';
import { EVENT_KIND } from '../../event-kinds.js';
import type { Dataset } from '../dataset.js';
import { codes, DatasetBuilder } from '../dataset-builder.js';
import { readTable } from './tsv.js';

const KINDS: Readonly<Record<string, number>> = {
  view: EVENT_KIND.view_item,
  cart: EVENT_KIND.add_to_cart,
  remove_from_cart: EVENT_KIND.remove_from_cart,
  purchase: EVENT_KIND.purchase,
};

/** REES46 store: views, carts and purchases with second timestamps; sessions by the shop's session id, categories by id, brands. */
export function readRees46(folder: string): Dataset {
  const { rows, hash } = readTable(join(folder, 'events.tsv.gz'), [
    'session_or_user',
    'item',
    'event_type',
    'timestamp',
    'user',
  ]);
  const builder = new DatasetBuilder();
  for (const [session, item, type, timestamp, user] of rows) {
    builder.click(session, user, item, KINDS[type] ?? EVENT_KIND.unknown, Number(timestamp));
  }
  const items = readTable(join(folder, 'items.tsv.gz'), ['item', 'category_id', 'brand']).rows;
  const about = new Map(items.map(([item, category, brand]) => [item, { category, brand }]));
  const category = codes(builder.items.texts, (item) => about.get(item)?.category);
  const brand = codes(builder.items.texts, (item) => about.get(item)?.brand);
  return builder.build('rees46-mini', hash, category, brand);
}
