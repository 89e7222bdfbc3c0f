import { titleOf } from '../shop/shop-item.js';
import type { Thing } from './market-answer.js';

/** What something is called; titles that shout are set in lower case. */
export function nameOf({ id, name, title }: Thing): string {
  if (name !== undefined) return name;
  return titleOf({ id: String(id), ...(title !== undefined && { title }) });
}
