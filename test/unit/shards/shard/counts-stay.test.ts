import { expect, test } from 'vitest';
import type { RelationAsked } from '../../../../shards/wire/slot-lists.js';
import { aClick, aLeave, openAs } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';

const ASKER = openAs(900);
/** What one shopper looks at, in order: with each more of them, counts grow and orders stay. */
const WALK = [5, 6, 9, 5, 6, 5];
const ASKED: readonly RelationAsked[] = [
  { how: 'trending', item: -1 },
  { how: 'together', item: 5 },
  { how: 'similar', item: 5 },
  { how: 'new', item: -1 },
];

/** A shop in which so many shoppers did the same, and somebody without a past. */
async function shopAfter(shoppers: number): Promise<ShardHarness> {
  const shard = await ShardHarness.make();
  for (let number = 1; number <= shoppers; number++) {
    const by = openAs(number);
    await shard.open({ ...by, user: `shopper-${number}` });
    for (const [i, item] of WALK.entries()) await shard.tick(aClick({ by, seq: i + 1, on: [item] }));
    await shard.tick(...aLeave(by));
  }
  await shard.open({ ...ASKER, user: 'newcomer' });
  return shard;
}

async function told(shard: ShardHarness, relation: RelationAsked) {
  const { items, scores, reasons } = await shard.rank({
    by: ASKER,
    relation,
    slot: { k: 10, explain: true },
  });
  return { items: [...items], scores: [...scores], reasons };
}

test('lists of the shop tell in which order, never how often or by how many: with twice the shoppers they are the same', async () => {
  const [few, many] = [await shopAfter(3), await shopAfter(6)];
  const counts = [few, many].map(({ built }) => Math.round(built.interactions.popular(5)));
  expect(counts).toEqual([9, 18]);
  for (const relation of ASKED)
    expect(await told(many, relation), relation.how).toEqual(await told(few, relation));
});
