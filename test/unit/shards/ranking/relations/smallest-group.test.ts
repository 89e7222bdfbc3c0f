import { describe, expect, test } from 'vitest';
import { shopperMark } from '../../../../../shards/graph/interactions/distinct-shoppers.js';
import { eraseUser } from '../../../../../shards/retention/erase-user.js';
import { aClick, aLeave, anEventCall, openAs, START_MS } from '../../../../support/shards/shard-calls.js';
import { type HarnessOptions, ShardHarness } from '../../../../support/shards/shard-harness.js';
import { RecordingStore } from '../../../../support/store/recording-store.js';

const GROUP = 3;
const DAY_MS = 86_400_000;
const TOGETHER = { how: 'together', item: 5 } as const;
const TRENDING = { how: 'trending', item: -1 } as const;
/** Shoppers of whom no two have one mark. */
const SHOPPERS = Array.from({ length: 60 }, (_, i) => `shopper-${i}`).filter(
  (name, i, all) => all.findIndex((other) => shopperMark(other) === shopperMark(name)) === i,
);

const aShop = (options: HarnessOptions = {}) =>
  ShardHarness.make({ ...options, tuning: { smallestGroup: GROUP } });

/** A shopper looks at items 5 and 6, one after the other. */
async function looks(shard: ShardHarness, number: number): Promise<void> {
  const by = openAs(number + 1);
  await shard.open({ ...by, user: SHOPPERS[number] });
  await shard.tick(aClick({ by, seq: 1, on: [5] }), aClick({ by, seq: 2, on: [6] }));
  await shard.tick(...aLeave(by));
}

/** What a newcomer is shown. */
async function shown(shard: ShardHarness, relation: typeof TOGETHER | typeof TRENDING) {
  const by = openAs(900);
  await shard.open({ ...by, user: 'newcomer' });
  const { items } = await shard.rank({ by, relation, slot: { k: 10 } });
  await shard.tick(...aLeave(by));
  return [...items].sort((a, b) => a - b);
}

describe.each([
  [TOGETHER, [6]],
  [TRENDING, [5, 6]],
] as const)('%o', (relation, items) => {
  test('shows what enough shoppers did, and nothing of fewer', async () => {
    const shard = await aShop();
    for (let number = 0; number < GROUP - 1; number++) await looks(shard, number);
    expect(await shown(shard, relation)).toEqual([]);
    await looks(shard, GROUP - 1);
    expect(await shown(shard, relation)).toEqual(items);
  });

  test('one shopper is one, in however many sessions', async () => {
    const shard = await aShop();
    const by = openAs(1);
    await shard.open({ ...by, user: 'often' });
    for (let day = 0; day < 6; day++)
      for (const [i, item] of [5, 6].entries())
        await shard.tick(
          anEventCall({ by, seq: 2 * day + i + 1, on: [item], tsMs: START_MS + day * DAY_MS + i * 1_000 }),
        );
    const { arrays } = shard.built.interactions;
    expect(arrays.itemSessionCount[5]).toBe(6);
    expect(await shown(shard, relation)).toEqual([]);
  });

  test('one who was erased counts no more', async () => {
    const shard = await aShop();
    for (let number = 0; number < GROUP; number++) await looks(shard, number);
    await eraseUser(shard.built, SHOPPERS[0]);
    expect(await shown(shard, relation)).toEqual([]);
  });

  test.each([false, true])(
    'a restart knows whose sessions were whose (pages stored: %s)',
    async (isStored) => {
      const store = new RecordingStore();
      const shard = await aShop({ store });
      for (let number = 0; number < GROUP - 1; number++) await looks(shard, number);
      if (isStored) await shard.checkpoint();
      const again = await ShardHarness.recovered({ store, tuning: { smallestGroup: GROUP } });
      // The same two again, and then a third one.
      for (let number = 0; number < GROUP - 1; number++)
        await again.open({ ...openAs(1), user: SHOPPERS[number] });
      expect(await shown(again, relation)).toEqual([]);
      await looks(again, GROUP - 1);
      expect(await shown(again, relation)).toEqual(items);
    },
  );
});

test('sessions in which only one of two items was clicked say nothing of both', async () => {
  const shard = await aShop();
  for (let number = 0; number < GROUP; number++) {
    const by = openAs(number + 1);
    await shard.open({ ...by, user: SHOPPERS[number] });
    // Many looked at 6, and one of them at 5 as well.
    await shard.tick(aClick({ by, seq: 1, on: [number === 0 ? 5 : 7] }), aClick({ by, seq: 2, on: [6] }));
    await shard.tick(...aLeave(by));
  }
  expect(await shown(shard, TOGETHER)).toEqual([]);
  expect(await shown(shard, TRENDING)).toEqual([6]);
});

test('without a smallest group what a single shopper did is shown', async () => {
  const shard = await ShardHarness.make();
  await looks(shard, 0);
  expect(await shown(shard, TOGETHER)).toEqual([6]);
});
