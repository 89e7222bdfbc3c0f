/** Items of the shop: those of the bundles first. */
export const SHOP_ITEMS = 540;
/** Users whom visitors may turn out to be, each with items of their own: what a user has seen fits into their marks. */
export const USERS = 6;
const ITEMS_PER_USER = SHOP_ITEMS / USERS;

export function userName(user: number): string {
  return `user-${user}`;
}

/** One of the user's items. */
export function itemOf(user: number, random: (limit: number) => number): string {
  return `item-${user * ITEMS_PER_USER + random(ITEMS_PER_USER)}`;
}
