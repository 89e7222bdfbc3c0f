import { expect, test } from 'vitest';
import { usersAtRisk } from '../../../../shards/pool/all-shards.js';
import type { ShardHandle } from '../../../../shards/pool/shard-handle.js';
import { named } from '../../../../shards/store/user-key.js';
import type { AtRiskPage, UserAtRisk } from '../../../../shards/graph/return-risk.js';

const atRisk = (name: string): UserAtRisk => ({
  user: named(name),
  days: 30,
  risk: 0.8,
  visits: 1,
  meanGapDays: 0,
  lastMs: 1,
  spend: 2,
});

/** A shard that tells these pages, and notes what it is asked. */
function shardOf(pages: readonly AtRiskPage[], asked: object[]): ShardHandle {
  let next = 0;
  const answerTo = (call: object): Promise<object> => {
    asked.push(call);
    return Promise.resolve(
      next < pages.length
        ? { op: 'atRisk', call: 1, page: pages[next++] }
        : { op: 'failed', call: 1, message: 'the shard is down' },
    );
  };
  return { answerTo } as Partial<ShardHandle> as ShardHandle;
}

test('shard after shard is gone through, each from where its last page ended; pages of nobody are not told', async () => {
  const asked: object[] = [];
  const shards = [
    shardOf(
      [
        { users: [atRisk('ann')], after: 'b' },
        { users: [], after: 'm' },
        { users: [atRisk('zoe')], after: undefined },
      ],
      asked,
    ),
    shardOf([{ users: [atRisk('bob')], after: undefined }], asked),
  ];
  const told: string[][] = [];
  for await (const page of usersAtRisk(shards, { days: 30, least: 0.7 }))
    told.push(page.map(({ user }) => user));
  expect(told).toEqual([['ann'], ['zoe'], ['bob']]);
  const from = (after: string) => ({ op: 'atRisk', days: 30, least: 0.7, after });
  expect(asked).toEqual([from(''), from('b'), from('m'), from('')]);
});

test('a shard that does not answer is an error, also in the middle', async () => {
  const pages = usersAtRisk([shardOf([{ users: [atRisk('ann')], after: 'a' }], [])], {
    days: 30,
    least: 0,
  });
  expect((await pages.next()).value).toHaveLength(1);
  await expect(pages.next()).rejects.toThrow('the shard is down');
});
