/**
 * Merges that a shard has begun: which visitor is whose from now on. The intent stands in the visitor's store from the moment
 * their state is given away until the moment they are forgotten, so that a crash in between is known of at the next start.
 * It is a blob: `merge/` and the visitor's key → the named user's key, UTF-16LE.
 */
export const INTENT_KEYS = 'merge/';

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
