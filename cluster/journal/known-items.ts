import type { CatalogueView } from '../../model/catalogue/catalogue-view.js';
import type { Waiting } from './append-surely.js';
import type { JournalMessage } from './journal-message.js';

/** The items that this node has by now: their indices are those of all nodes, and count up. */
export type KnownItems = Pick<CatalogueView, 'indexCount'>;

const LOOK_MS = 10;

/** Resolves when this node has all items that a message may name: its owner may have had them earlier. Rejects when nobody waits any more. */
export function whenKnown(items: KnownItems, message: JournalMessage, waiting: Waiting): Promise<void> {
  return whenCounted(items, message.kind === 'group' ? message.items : 0, waiting);
}

/** Resolves when this node has so many indices of items. Rejects when nobody waits any more. */
export async function whenCounted(
  items: KnownItems,
  needed: number,
  { pause, isClosed }: Waiting,
): Promise<void> {
  while (items.indexCount < needed) {
    if (isClosed())
      throw new Error(`item ${needed - 1} of a journal is not in the catalogue of this node yet`);
    await pause(LOOK_MS);
  }
}
