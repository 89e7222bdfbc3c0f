import type { CatalogueStore, StoredItem } from '../../../model/catalogue/catalogue-journal.js';
import type { PromiseLedger } from '../workload/promise-ledger.js';
import type { FindingListener } from './cut-findings.js';

/** Each item is as the last answer left it, or as the call under way makes it. */
export function checkCatalogue(
  { items, isOpen }: PromiseLedger,
  store: CatalogueStore,
  found: FindingListener,
): void {
  const stored = new Map<number, StoredItem>();
  for (const item of store.load().items) {
    const { id } = JSON.parse(item.json) as { readonly id: string };
    // The journal knows items by their index: the first of the workload get theirs in order.
    if (id !== `item-${item.index}`) found('differs', `the item ${item.index} is ${id}`);
    stored.set(item.index, item);
  }
  for (const index of stored.keys())
    if (!items.has(index)) found('unexpected', `the item ${index}, which nobody put`);
  for (const [index, { done, asked }] of items) {
    const item = stored.get(index);
    const price = item === undefined ? null : priceOf(item);
    if (price === done || price === asked) continue;
    found(isOpen ? 'lost' : 'unexpected', `item-${index}: price ${price}, not ${done} nor ${asked}`);
  }
}

function priceOf({ json, isDeleted }: StoredItem): number | undefined {
  return isDeleted ? undefined : (JSON.parse(json) as { readonly price: number }).price;
}
