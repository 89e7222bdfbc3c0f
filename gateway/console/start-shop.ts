import { AfterclickClient } from '../client/index.js';
import { SHELF_SLOT, Storefront } from './storefront.js';

const storageKey = await claimSessionKey();
const user = new URLSearchParams(location.search).get('user')?.trim() || undefined;

const client = new AfterclickClient({
  url: location.origin,
  slots: [SHELF_SLOT],
  storage: sessionStorage,
  storageKey,
  ...(user !== undefined && { user }),
});

const shop = new Storefront(client, () => {
  client.close({ forget: true });
  location.assign('/');
});
shop.open();

/**
 * The storage key of this tab's session. A duplicated tab starts with a copy of the other one's `sessionStorage`; two pages
 * that number events of one session would hide each other's clicks, so the key belongs to whoever holds its lock.
 */
async function claimSessionKey(): Promise<string> {
  const stored = sessionStorage.getItem('afterclick-key');
  if (stored !== null && (await tryLock(stored))) return stored;
  const fresh = `afterclick-${crypto.randomUUID()}`;
  await tryLock(fresh);
  sessionStorage.setItem('afterclick-key', fresh);
  return fresh;
}

/** Takes the lock for as long as the page lives. False when another page has it. */
function tryLock(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock ? new Promise<never>(() => undefined) : undefined;
    });
  });
}
