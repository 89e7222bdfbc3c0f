import type { AfterclickClient } from '../afterclick-client.js';
import type { EventFields } from '../events/pending-event.js';
import type { EventName } from '../../protocol/messages.js';

/** What Google's tags keep of a page: an array of maps (Tag Manager) and of calls of `gtag`, which are `arguments`. */
export type DataLayer = unknown[];

/** Fields of GA4 that an event of Afterclick has as well, under the same name. */
const SHARED = ['value', 'query', 'quantity'] as const;

/**
 * Tracks what a page tells Google's tags already: what is in `dataLayer` now, and all that is pushed until the function returned is
 * called. `{event, ecommerce: {items, value}}` of Tag Manager and `gtag('event', name, {items, value})` are taken; `items` as GA4
 * has them. What Afterclick has no name for stays on the page.
 */
export function trackDataLayer(client: AfterclickClient, dataLayer: DataLayer = pageDataLayer()): () => void {
  const push = dataLayer.push;
  for (const entry of dataLayer) follow(client, entry);
  dataLayer.push = (...entries) => {
    const length = push.apply(dataLayer, entries);
    for (const entry of entries) follow(client, entry);
    return length;
  };
  return () => {
    dataLayer.push = push;
  };
}

/** That of the page, which is made when it has none yet: tags that load later find it. */
function pageDataLayer(): DataLayer {
  const page = globalThis as { dataLayer?: DataLayer };
  return (page.dataLayer ??= []);
}

function follow(client: AfterclickClient, entry: unknown): void {
  if (typeof entry !== 'object' || entry === null) return;
  const call = entry as Readonly<Record<number, unknown>>;
  const map = entry as { readonly event?: unknown; readonly ecommerce?: unknown };
  if (call[0] === 'event') track(client, call[1], call[2]);
  else if (map.event !== undefined) track(client, map.event, map.ecommerce ?? map);
}

function track(client: AfterclickClient, name: unknown, given: unknown): void {
  if (typeof name !== 'string' || typeof given !== 'object' || given === null) return;
  const from = given as Readonly<Record<string, unknown>>;
  const fields: Record<string, unknown> = {};
  for (const field of SHARED) if (from[field] !== undefined) fields[field] = from[field];
  if (Array.isArray(from.items)) fields.items = from.items;
  if (typeof from.search_term === 'string') fields.query = from.search_term;
  const isView = name === 'view_search_results';
  client.track((isView ? 'search' : name) as EventName, oneItem(fields));
}

/** Events about one item have it by itself; GA4 always has a list. */
function oneItem(fields: Record<string, unknown>): EventFields {
  const { items, ...others } = fields;
  if (!Array.isArray(items) || items.length !== 1) return fields;
  return { item: items[0] as string, ...others };
}
