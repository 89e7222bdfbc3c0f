import { expect, test } from 'vitest';
import { REASONS_MAX } from '../../../../shards/wire/shard-limits.js';
import { aClick, openAs } from '../../../support/shards/shard-calls.js';
import { freshCatalogue, ITEM_MAX, ShardHarness } from '../../../support/shards/shard-harness.js';

const ANN = { user: 'ann', ...openAs(1) };
const CANDIDATES = Array.from({ length: 40 }, (_, i) => i);

async function clicked(): Promise<ShardHarness> {
  const shard = await ShardHarness.make();
  await shard.open(ANN);
  await shard.tick(aClick({ by: ANN, seq: 1, on: [3] }));
  return shard;
}

test('[T2] a rank with values is ordered by p · value of all candidates, cut to k', async () => {
  const shard = await clicked();
  const plain = await shard.rank({ by: ANN, of: CANDIDATES, slot: { k: CANDIDATES.length } });
  const sum = plain.scores.reduce((total, score) => total + Math.exp(score), 0);
  const values = new Map(CANDIDATES.map((item) => [item, (item * 7) % 11]));
  const worths = Array.from(plain.items, (item, i) => [
    item,
    (Math.exp(plain.scores[i]) / sum) * (values.get(item) as number),
  ]);
  const expected = worths.toSorted(([, a], [, b]) => b - a).slice(0, 5);
  const valued = await shard.rank({ by: ANN, of: CANDIDATES, values, slot: { k: 5 } });
  expect([...valued.items]).toEqual(expected.map(([item]) => item));
  expected.forEach(([, worth], i) => expect(valued.scores[i]).toBeCloseTo(worth, 6));
});

test('its reasons are those of the items that are told, and add up to the ranker’s scores', async () => {
  const shard = await clicked();
  const plain = await shard.rank({ by: ANN, of: CANDIDATES, slot: { k: CANDIDATES.length } });
  const scoreOf = new Map(Array.from(plain.items, (item, i) => [item, plain.scores[i]]));
  const values = new Map(CANDIDATES.map((item) => [item, item]));
  const { items, reasons = [] } = await shard.rank({
    by: ANN,
    of: CANDIDATES,
    values,
    slot: { k: 6, explain: true },
  });
  expect(reasons).toHaveLength(6);
  reasons.forEach(({ parts = [] }, i) => {
    const sum = parts.reduce((total, { score }) => total + score, 0);
    expect(sum).toBeCloseTo(scoreOf.get(items[i]) as number, 4);
  });
});

test('so many items of an answer have reasons, the best ones, and no more', async () => {
  const catalogue = await freshCatalogue();
  const more = Array.from({ length: ITEM_MAX - catalogue.size }, (_, i) => ({ id: `more-${i}` }));
  await catalogue.upsert(more);
  const shard = await ShardHarness.make({ catalogue });
  await shard.open(ANN);
  await shard.tick(aClick({ by: ANN, seq: 1, on: [3] }));
  const all = Array.from({ length: ITEM_MAX }, (_, i) => i);
  const { items, reasons } = await shard.rank({ by: ANN, of: all, slot: { k: ITEM_MAX, explain: true } });
  expect(items).toHaveLength(ITEM_MAX);
  expect(reasons).toHaveLength(REASONS_MAX);
});

test('[T1] past its deadline it answers the order given, by value', async () => {
  const shard = await clicked();
  const values = new Map([
    [9, 1.5],
    [7, 3],
  ]);
  const deadlineUs = shard.clock.nowUs() - 1_000;
  const answer = await shard.rank({ by: ANN, of: [9, 3, 7], values, slot: { k: 2 }, deadlineUs });
  expect(answer).toMatchObject({ degraded: true, items: Int32Array.of(7, 9) });
});
