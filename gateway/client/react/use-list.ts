import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { Slot } from '../../protocol/messages.js';
import { holdSlot } from '../lists/hold-slot.js';
import type { List } from '../lists/newest-lists.js';
import { useAfterclick } from './afterclick-provider.js';

/**
 * The newest list of a slot, which is subscribed to while a component is there that uses it; undefined until the first one has come, and on a
 * server. Whoever uses a slot in two places says the same of it in both.
 */
export function useList(slot: Slot): List | undefined {
  const client = useAfterclick();
  const { slot: name } = slot;
  // A slot that is written down in the component is a new object at each of its renderings.
  const wish = JSON.stringify(slot);
  useEffect(() => holdSlot(client, JSON.parse(wish) as Slot), [client, wish]);
  const listen = useCallback(
    (changed: () => void) => client.on('list', (list) => list.slot === name && changed()),
    [client, name],
  );
  return useSyncExternalStore(
    listen,
    () => client.list(name),
    () => undefined,
  );
}
