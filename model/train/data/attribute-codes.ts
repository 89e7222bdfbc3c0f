import type { Item } from '../../catalogue/shared-catalogue.js';
import { codes } from './dataset-builder.js';

/** Codes of the items' categories or brands, Int32 [items], −1 for none; null where no item has one. */
export function attributeCodes(items: readonly Item[], name: 'category' | 'brand'): Int32Array | null {
  if (items.every((item) => item[name] === undefined)) return null;
  return codes(items, (item) => item[name]);
}
