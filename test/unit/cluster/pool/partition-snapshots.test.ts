import { expect, test } from 'vitest';
import { snapshotPartitions } from '../../../../cluster/pool/partition-snapshots.js';
import { OverloadedError } from '../../../../shards/api.js';
import type { KeptSnapshot, ShardReply } from '../../../../shards/wire/calls.js';

const kept = (shard: number): KeptSnapshot => ({ shard, madeAtMs: 1, journalEnd: 2, bytes: 3 });

/** Partitions at this node and at others, and what is asked of whom. */
function cluster(
  served: readonly boolean[],
  answers: Readonly<Record<number, () => Promise<ShardReply>>> = {},
) {
  const asked: string[] = [];
  const isServed = [...served];
  const handles = served.map((_, shard) => ({
    shard,
    answerTo: (call: { readonly op: string }): Promise<ShardReply> => {
      asked.push(`${call.op} ${shard}`);
      return answers[shard]?.() ?? Promise.resolve({ op: 'kept', call: 1, snapshot: kept(shard) });
    },
  }));
  const here = (partition: number): Promise<KeptSnapshot> => {
    asked.push(`here ${partition}`);
    return Promise.resolve(kept(partition));
  };
  return { asked, isServed, makers: { handles, here, serves: (shard: number) => isServed[shard] } };
}

test('each partition is asked of its owner, and all are told when all are there', async () => {
  const { asked, makers } = cluster([true, false, true]);
  expect(await snapshotPartitions(makers)).toEqual([kept(0), kept(1), kept(2)]);
  expect(asked).toEqual(['here 0', 'keep 1', 'here 2']);
});

test('a partition that changes hands meanwhile is asked of its next owner', async () => {
  const answers = {
    1: () => {
      isServed[1] = true;
      return Promise.resolve({ op: 'failed', call: 1, message: 'it is yours' } as const);
    },
  };
  const { asked, isServed, makers } = cluster([true, false], answers);
  expect(await snapshotPartitions(makers)).toEqual([kept(0), kept(1)]);
  expect(asked).toEqual(['here 0', 'keep 1', 'here 1']);
});

test('partitions without a snapshot are named, when all have answered', async () => {
  const failed = (): Promise<ShardReply> => Promise.resolve({ op: 'failed', call: 1, message: 'no room' });
  const { asked, makers } = cluster([false, true, false], { 0: failed, 2: failed });
  const error = await snapshotPartitions(makers).catch((problem: unknown) => problem);
  expect(error).toBeInstanceOf(OverloadedError);
  expect((error as Error).message).toBe(
    'no snapshot of partition 0 (no room), of partition 2 (no room); the others are made: try again',
  );
  expect(asked).toHaveLength(3);
});
