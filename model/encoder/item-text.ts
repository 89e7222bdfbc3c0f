import type { Item } from '../catalogue/shared-catalogue.js';

/** Characters of an item's text that are encoded: titles come first, and an encoder cuts by itself at about this. */
export const ITEM_TEXT_CHARS = 1_024;

/** What is said of an item, as one text for the encoder: title, category, brand, what text its attributes hold. Empty when nothing is. */
export function itemText({ title, category, brand, attributes = {} }: Omit<Item, 'id'>): string {
  const words = Object.values(attributes).flatMap((value) =>
    typeof value === 'string' ? [value] : Array.isArray(value) ? (value as readonly string[]) : [],
  );
  return [title, category, brand, ...words]
    .filter((part) => part !== undefined && part !== '')
    .join(', ')
    .slice(0, ITEM_TEXT_CHARS);
}
