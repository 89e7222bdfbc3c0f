import type { BegunMerge } from '../wire/calls.js';
import { INTENT_KEYS } from '../store/entries/intent-rows.js';
import type { ShardStore } from '../store/store.js';

/** Whose the visitor is, when their merge is not over. */
export function intentOf(store: ShardStore, visitor: string): string | undefined {
  return textOf(store.blob(INTENT_KEYS + visitor));
}

/** All that are not over, in no order. */
export function begunMerges(store: ShardStore): BegunMerge[] {
  return Array.from(store.blobs(INTENT_KEYS), ({ key, bytes }) => ({
    visitor: key.slice(INTENT_KEYS.length),
    into: textOf(bytes) ?? '',
  }));
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString('utf16le');
}
