const CAN_BE_ORDERED = new Set([
  'instock',
  'limitedavailability',
  'onlineonly',
  'preorder',
  'presale',
  'backorder',
  'available',
  'availablefororder',
  'true',
  'yes',
]);
const CANNOT = new Set(['outofstock', 'soldout', 'discontinued', 'unavailable', 'false', 'no']);

/**
 * Whether an item can be ordered, as feeds say it: `in_stock`, `out of stock`, `preorder`, `backorder`, addresses of schema.org. Undefined for
 * other words.
 */
export function isAvailable(text: string): boolean | undefined {
  const word = text
    .toLowerCase()
    .replace(/^https?:\/\/schema\.org\//, '')
    .replace(/[\s_-]+/g, '');
  if (CAN_BE_ORDERED.has(word)) return true;
  return CANNOT.has(word) ? false : undefined;
}
