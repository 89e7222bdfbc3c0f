import { expect, test } from 'vitest';
import type { KV, KvEntry } from '@nats-io/kv';
import { keptUnder } from '../../../../cluster/membership/kv-bucket.js';

const bucketWith = (entry: Partial<KvEntry> | null): Pick<KV, 'get'> => ({
  get: () => Promise.resolve(entry as KvEntry | null),
});

test('what somebody has taken away of a bucket is no text, and has a number that the next change follows', async () => {
  const string = (): string => '';
  expect(await keptUnder(bucketWith(null), 'node')).toEqual({ text: undefined, revision: 0 });
  for (const operation of ['DEL', 'PURGE'] as const)
    expect(await keptUnder(bucketWith({ operation, revision: 7, string }), 'node')).toEqual({
      text: undefined,
      revision: 7,
    });
  expect(
    await keptUnder(bucketWith({ operation: 'PUT', revision: 8, string: () => 'member' }), 'node'),
  ).toEqual({ text: 'member', revision: 8 });
});
