import type { Slot } from '../../protocol/messages.js';

/** As much of a client as slots need. */
interface SlotsClient {
  subscribe(slots: readonly Slot[]): void;
  unsubscribe(names: readonly string[]): void;
}

/** By client and name of a slot: places of the page that show it. */
const places = new WeakMap<SlotsClient, Map<string, number>>();

/**
 * Subscribes to a slot for one place of the page. Several places may show the same slot; who says last what it is, says it for all of
 * them. The function returned gives the place up, and called again does nothing: with the last one the slot is unsubscribed.
 */
export function holdSlot(client: SlotsClient, slot: Slot): () => void {
  const counts = places.get(client) ?? new Map<string, number>();
  places.set(client, counts);
  const name = slot.slot;
  counts.set(name, (counts.get(name) ?? 0) + 1);
  client.subscribe([slot]);
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    const left = (counts.get(name) ?? 1) - 1;
    if (left > 0) return void counts.set(name, left);
    counts.delete(name);
    client.unsubscribe([name]);
  };
}
