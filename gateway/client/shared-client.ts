import { AfterclickClient } from './afterclick-client.js';
import type { ClientOptions } from './client-options.js';

/** Clients of a page by the address of their gateway, or those of its nodes. */
const clients = new Map<string, AfterclickClient>();

/**
 * The one client of this page for a gateway: its lists, its tags and its own script speak as one visitor. The first who asks
 * says with what options; it is made anew when it was closed.
 */
export function sharedClient(
  url: string | readonly string[],
  options: Omit<ClientOptions, 'url'> = {},
): AfterclickClient {
  const key = String(url);
  const known = clients.get(key);
  if (known !== undefined && known.state.name !== 'closed') return known;
  const client = new AfterclickClient({ remember: false, ...options, url });
  clients.set(key, client);
  return client;
}
