import { AfterclickClient } from '../client/index.js';
import { SHELF_SLOT, Storefront } from './storefront.js';

const user = new URLSearchParams(location.search).get('user')?.trim() || undefined;

const client = new AfterclickClient({
  url: location.origin,
  slots: [SHELF_SLOT],
  storage: sessionStorage,
  ...(user !== undefined && { user }),
});

const shop = new Storefront(client, () => {
  client.close({ forget: true });
  sessionStorage.clear();
  location.assign('/');
});
shop.open();
