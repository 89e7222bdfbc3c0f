import { expect, test } from 'vitest';
import { ClusterSnapshots } from '../../../../gateway/snapshots/cluster-snapshots.js';
import type { KeptSnapshot } from '../../../../shards/api.js';

const kept = (madeAtMs: number): KeptSnapshot => ({ shard: 3, madeAtMs, journalEnd: 12, bytes: 700 });
const told = (madeAt: string): object => ({ shard: 3, madeAt, journalEnd: 12, bytes: 700 });

test('whoever asks while snapshots are made gets the same ones; what counts is listed, the newest first', async () => {
  const ends: ((made: readonly KeptSnapshot[]) => void)[] = [];
  const snapshots = new ClusterSnapshots({
    snapshot: () => new Promise((end) => ends.push(end)),
    snapshots: () => Promise.resolve({ newest: [kept(2_000)], older: [kept(1_000)] }),
  });
  const both = [snapshots.take(), snapshots.take()];
  expect(ends).toHaveLength(1);
  ends[0]([kept(3_000)]);
  for (const one of both) expect(await one).toEqual([told('1970-01-01T00:00:03.000Z')]);
  void snapshots.take();
  expect(ends).toHaveLength(2);
  expect(await snapshots.list()).toEqual([
    { name: 'newest', shards: [told('1970-01-01T00:00:02.000Z')] },
    { name: 'older', shards: [told('1970-01-01T00:00:01.000Z')] },
  ]);
});
