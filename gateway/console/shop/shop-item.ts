/** An item as `GET /v1/items` tells it; what the page does not show is left out. */
export interface ShopItem {
  readonly id: string;
  readonly title?: string;
  readonly price?: number;
  readonly category?: string;
}

const POUNDS = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' });

/** Words that keep a capital when a shouted title is set in lower case. */
const NAMES =
  /\b(i|t-light|union jack|union flag|london|england|paris|christmas|easter|french|english|regency)\b/g;

/** The title as the page writes it: shouted ones in sentence case, a missing one replaced by the id. */
export function titleOf(item: ShopItem): string {
  const title = item.title?.trim().replace(/\s+/g, ' ').replace(/[.,]$/, '');
  if (!title) return `Item ${item.id}`;
  if (title !== title.toUpperCase()) return title;
  const lower = title.toLowerCase().replace(/\bled\b/g, 'LED');
  return capitalised(lower.replace(NAMES, (name) => name.split(' ').map(capitalised).join(' ')));
}

export function priceOf(item: ShopItem): string {
  return item.price === undefined ? '' : POUNDS.format(item.price);
}

export function pounds(amount: number): string {
  return POUNDS.format(amount);
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
