import type { KV } from '@nats-io/kv';
import type { SharedNote } from '../../shards/pool/shard-pool.js';
import { putAfter } from '../membership/kv-bucket.js';

/** A note that the NATS servers keep in a bucket, under its name. */
export function natsNote(bucket: KV, name: string): SharedNote {
  const key = `note.${name}`;
  return {
    read: async () => {
      const kept = await bucket.get(key);
      return kept === null ? { text: '', revision: 0 } : { text: kept.string(), revision: kept.revision };
    },
    write: (text, revision) => putAfter(bucket, { key, revision }, text),
  };
}
