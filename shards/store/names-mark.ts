import type { CommitBatch, ShardStore } from './store.js';

/** Blob of a store whose visitors have names of their own (`user-key.ts`): every store that a shard has run on since data format 2. */
const KEY = 'names';

export function hasNamesMark(store: Pick<ShardStore, 'blob'>): boolean {
  return store.blob(KEY) !== undefined;
}

export function namesMark(): Pick<CommitBatch, 'blobs'> {
  return { blobs: [{ key: KEY, bytes: Uint8Array.of(1) }] };
}
