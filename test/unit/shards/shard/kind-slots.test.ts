import { expect, test } from 'vitest';
import { CatalogueView } from '../../../../model/catalogue/catalogue-view.js';
import { COLUMN, type CompiledFilter } from '../../../../model/catalogue/shared-catalogue.js';
import { CallPacker, unpackCalls } from '../../../../shards/wire/thread-batch.js';
import { KindLinkTable } from '../../../../model/encoder/kind-link-table.js';
import { CandidateSet } from '../../../../shards/ranking/candidates/candidate-set.js';
import { LinkedItems } from '../../../../shards/ranking/candidates/linked-items.js';
import type { ShardCall } from '../../../../shards/wire/calls.js';
import { aClick, aSubscription, openAs, slotOf } from '../../../support/shards/shard-calls.js';
import { freshCatalogue, ShardHarness } from '../../../support/shards/shard-harness.js';

const ANN = { user: 'ann', ...openAs(1) };
/** In the place of a kind: items from 30 on are the articles. */
const ARTICLES: CompiledFilter = { op: 'range', column: COLUMN.price, min: 31, max: Infinity };
const KIND_SLOT = { k: 5, filter: ARTICLES, crossesKinds: true };

/** A shard whose items lead to articles as `links` says: item → articles with their likeness. */
async function linked(links: Readonly<Record<number, readonly (readonly [number, number])[]>>) {
  const catalogue = await freshCatalogue();
  const table = new KindLinkTable(catalogue.shared);
  for (const [item, to] of Object.entries(links))
    table.write({
      index: Number(item),
      items: Int32Array.from(to, ([article]) => article),
      likeness: Float32Array.from(to, ([, likeness]) => likeness),
    });
  const shard = await ShardHarness.make({ catalogue });
  await shard.open(ANN);
  return { shard, catalogue };
}

const latest = (shard: ShardHarness) => shard.lists(ANN.channel).slice(-1)[0].items;

test('an interest won on goods leads to the articles that say the like, first of all, the most alike first', async () => {
  const { shard } = await linked({
    3: [
      [40, 0.9],
      [50, 0.7],
    ],
    4: [[45, 1]],
  });
  await shard.tick(aSubscription(ANN, KIND_SLOT));
  const before = latest(shard);
  expect(before.length).toBe(5);
  await shard.tick(aClick({ by: ANN, seq: 1, on: [3] }));
  expect(latest(shard).slice(0, 2)).toEqual([40, 50]);
  await shard.tick(aClick({ by: ANN, seq: 2, on: [4] }));
  expect(latest(shard).slice(0, 3)).toEqual([45, 40, 50]);
  expect(latest(shard).every((item) => item >= 30)).toBe(true);
});

test('what several interests lead to comes before what one does', async () => {
  const { shard } = await linked({
    3: [
      [40, 0.8],
      [50, 0.7],
    ],
    4: [[50, 0.7]],
    5: [[50, 0.7]],
  });
  await shard.tick(aSubscription(ANN, KIND_SLOT));
  for (const [i, item] of [4, 5, 3].entries()) await shard.tick(aClick({ by: ANN, seq: 1 + i, on: [item] }));
  expect(latest(shard).slice(0, 2)).toEqual([50, 40]);
});

test('a recommend and a rank that ask for a kind follow the links, others do not', async () => {
  const { shard } = await linked({ 3: [[40, 0.9]] });
  await shard.tick(aClick({ by: ANN, seq: 1, on: [3] }));
  const ask = async (slot: object, of?: readonly number[]) =>
    [...(await shard.rank({ by: ANN, slot, ...(of && { of }) })).items][0];
  expect(await ask(KIND_SLOT)).toBe(40);
  const others = [31, 35, 40, 52, 58];
  expect(await ask(KIND_SLOT, others)).toBe(40);
  const plain = await linked({});
  await plain.shard.tick(aClick({ by: ANN, seq: 1, on: [3] }));
  for (const of of [undefined, others]) {
    const slot = { k: 5, filter: ARTICLES };
    const without = await plain.shard.rank({ by: ANN, slot, ...(of && { of }) });
    const withLinks = await shard.rank({ by: ANN, slot, ...(of && { of }) });
    expect([...withLinks.items]).toEqual([...without.items]);
    expect([...withLinks.scores]).toEqual([...without.scores]);
  }
});

test('[R4] what a link leads to is left out where it is out of stock, excluded or of another kind', async () => {
  const { shard, catalogue } = await linked({
    3: [
      [40, 0.9],
      [50, 0.8],
      [10, 1],
      [42, 0.7],
    ],
  });
  await catalogue.patch('item-40', { stock: 0 });
  await shard.tick(aSubscription(ANN, { ...KIND_SLOT, exclude: Int32Array.of(50) }));
  await shard.tick(aClick({ by: ANN, seq: 1, on: [3] }));
  expect(latest(shard)[0]).toBe(42);
  for (const item of [10, 40, 50]) expect(latest(shard)).not.toContain(item);
});

test('of the links to what is wanted so many are followed, the strongest; others take no room', async () => {
  const to = [
    [10, 1],
    [11, 1],
    [40, 0.5],
    [50, 0.9],
    [55, 0.7],
  ] as const;
  const { shard, catalogue } = await linked({ 3: to });
  await shard.tick(aClick({ by: ANN, seq: 1, on: [3] }));
  const { graph, users } = shard.built;
  const found = new LinkedItems(graph, new CatalogueView(catalogue.shared), 2, 64);
  const candidates = new CandidateSet(64, 64);
  candidates.begin();
  found.want(ARTICLES);
  found.collect(users.load('ann'), shard.clock.nowMs());
  expect(found.room).toBe(2);
  found.addTo(candidates);
  expect([...candidates.item.subarray(0, candidates.count)]).toEqual([50, 55]);
  found.begin();
  expect(found.room).toBe(0);
});

test('that a slot asks for a kind crosses to the shard with a rank', () => {
  const packer = new CallPacker();
  const slots = [slotOf(KIND_SLOT), slotOf({ k: 2, filter: ARTICLES })];
  for (const slot of slots)
    packer.add({ op: 'rankFor', call: 5, user: 'ann', request: { slot, deadlineUs: 0 } });
  const calls: ShardCall[] = [];
  unpackCalls(packer.take(), (unpacked) => calls.push(unpacked));
  expect(calls).toMatchObject([{ request: { slot: { crossesKinds: true } } }, { op: 'rankFor' }]);
  expect(calls[1]).not.toHaveProperty('request.slot.crossesKinds');
});
