import type { BegunMerge } from '../wire/calls.js';
import type { ShardStore } from '../store/store.js';

/**
 * Merges that a shard has begun: which visitor is whose from now on. The intent stands in the visitor's store from the moment
 * their state is given away until the moment they are forgotten, so that a crash in between is known of at the next start.
 * It is a blob: `merge/` and the visitor's key → the named user's key, UTF-16LE.
 */
const INTENT_KEYS = 'merge/';

/** A blob to be committed. */
export interface IntentWrite {
  readonly key: string;
  readonly bytes: Uint8Array | undefined;
}

/** Says that the visitor is `into`'s; undefined takes it back. */
export function intentWrite(visitor: string, into: string | undefined): IntentWrite {
  return {
    key: INTENT_KEYS + visitor,
    bytes: into === undefined ? undefined : Buffer.from(into, 'utf16le'),
  };
}

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
