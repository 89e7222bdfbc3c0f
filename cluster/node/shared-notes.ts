import type { KV } from '@nats-io/kv';
import type { SharedNote } from '../../shards/pool/shard-pool.js';
import { keptUnder, putAfter } from '../membership/kv-bucket.js';

/** A note that the NATS servers keep in a bucket, under its name. */
export function natsNote(bucket: KV, name: string): SharedNote {
  const key = `note.${name}`;
  return {
    read: async () => {
      const { text = '', revision } = await keptUnder(bucket, key);
      return { text, revision };
    },
    write: (text, revision) => putAfter(bucket, { key, revision }, text),
  };
}
