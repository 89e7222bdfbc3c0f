import { expect, test } from 'vitest';
import { NODE } from '../../../../shards/graph/interest/interest-slabs.js';
import type { UserGraph } from '../../../../shards/graph/user-graph.js';
import { named } from '../../../../shards/store/user-key.js';
import { tinyModel } from '../../../support/model/tiny-models.js';
import { aClick, anEvent, openAs } from '../../../support/shards/shard-calls.js';
import { DurableShards } from '../../../support/shards/durable-shards.js';
import { sharedCatalogue, ShardHarness } from '../../../support/shards/shard-harness.js';
import { temporaryFolder } from '../../../support/store/store-kinds.js';

const ANN = { user: 'ann', ...openAs(1) };
const DAY_MS = 86_400_000;
const SOURCE = 'import of something';

async function graphOf(shard: ShardHarness): Promise<UserGraph> {
  shard.said.length = 0;
  await shard.tick({ op: 'graph', call: 80, user: 'ann' });
  const told = shard.said.find(({ op }) => op === 'graph');
  if (told?.op !== 'graph') throw new Error('the graph was not told');
  return told.graph;
}

const weightOf = ({ nodes }: UserGraph, kind: number, key: number) =>
  nodes.find((node) => node.kind === kind && node.key === key)?.weight ?? 0;

async function imported(nodes: readonly (readonly [item: number, weight: number, daysAgo: number])[]) {
  const shard = await ShardHarness.make();
  await shard.open(ANN);
  const given = nodes.map(([item, weight, daysAgo]) => ({
    item,
    weight,
    lastMs: shard.clock.nowMs() - daysAgo * DAY_MS,
  }));
  const bring = async (source = SOURCE) => {
    shard.built.shard.importGraph('ann', source, given);
    await shard.tick();
  };
  return { shard, bring };
}

test('an imported item has the weight that it had, now, and its category and brand their share of it', async () => {
  const { shard, bring } = await imported([
    [4, 2.5, 28],
    [7, 1, 0],
  ]);
  await bring();
  const graph = await graphOf(shard);
  expect(weightOf(graph, NODE.item, 4)).toBeCloseTo(2.5, 3);
  expect(weightOf(graph, NODE.item, 7)).toBeCloseTo(1, 3);
  // Item 4 is of category 1, the only one of the two that has one, and of brand 0.
  expect(weightOf(graph, NODE.category, 1)).toBeCloseTo(1.25, 3);
  expect(weightOf(graph, NODE.brand, 0)).toBeCloseTo(0.75, 3);
  expect(graph.session.map(({ item }) => item)).toEqual([4, 7]);
  shard.clock.advanceMs(14 * DAY_MS);
  expect(weightOf(await graphOf(shard), NODE.item, 4)).toBeCloseTo(1.25, 3);
});

test('it adds to what is there; the same again changes nothing, another does', async () => {
  const { shard, bring } = await imported([[4, 2, 3]]);
  await shard.tick(aClick({ by: ANN, seq: 1, on: [4] }));
  await bring();
  expect(weightOf(await graphOf(shard), NODE.item, 4)).toBeCloseTo(3, 3);
  await bring();
  expect(weightOf(await graphOf(shard), NODE.item, 4)).toBeCloseTo(3, 3);
  await bring('import of something else');
  expect(weightOf(await graphOf(shard), NODE.item, 4)).toBeCloseTo(5, 3);
});

test('[D1] it survives a crash, before and after its user was written, and is brought once', async () => {
  const { shard, bring } = await imported([
    [4, 2, 3],
    [9, 1, 1],
  ]);
  await bring();
  const state = shard.stateOf('ann');
  const again = await ShardHarness.recovered({ store: await shard.store.afterCrash(99), clock: shard.clock });
  expect(again.stateOf('ann')).toBe(state);
  again.built.shard.importGraph('ann', SOURCE, [{ item: 4, weight: 9, lastMs: 1 }]);
  await again.tick();
  expect(again.stateOf('ann')).toBe(state);
});

test('nothing is brought for who lets nothing be kept, and others learn nothing of what is', async () => {
  const { shard, bring } = await imported([[4, 2, 3]]);
  await shard.tick({ op: 'consent', call: 5, user: 'ann', said: { learn: false } });
  await bring();
  expect((await graphOf(shard)).nodes).toEqual([]);
  await shard.tick({ op: 'consent', call: 6, user: 'ann', said: { learn: true } });
  shard.said.length = 0;
  await bring();
  expect(shard.said.filter(({ op }) => op === 'learn')).toEqual([]);
  expect(shard.built.interactions.arrays.rowCount[4]).toBe(0);
  expect(weightOf(await graphOf(shard), NODE.item, 4)).toBeCloseTo(2, 3);
});

test('what a time or a weight may be from elsewhere leaves a graph of finite numbers', async () => {
  const { shard, bring } = await imported([
    [4, 1e6, 20_000],
    [9, 1e-9, -900],
  ]);
  await bring();
  const { nodes } = await graphOf(shard);
  expect(nodes.every(({ weight, lastMs }) => Number.isFinite(weight) && lastMs <= shard.clock.nowMs())).toBe(
    true,
  );
  expect(weightOf({ nodes } as UserGraph, NODE.item, 4)).toBeCloseTo(1e6, -2);
});

test('a journal with it makes of an empty shard what the rows say, also with more shards', async () => {
  const model = tinyModel({ name: 'narrow', tag: 11, width: 4 });
  const shards = new DurableShards(temporaryFolder(), (await sharedCatalogue()).shared, model(64), 8);
  await shards.start(1);
  const ann = named('ann');
  shards.event(ann, 'a', anEvent({ seq: 1, on: [3] }));
  shards.tick();
  shards.importGraph(ann, SOURCE, [
    { item: 4, weight: 2, lastMs: 1_759_000_000_000 },
    { item: 9, weight: 1, lastMs: 1_759_500_000_000 },
  ]);
  shards.event(ann, 'a', anEvent({ seq: 2, on: [5] }));
  shards.tick();
  shards.sweep();
  const [report] = await shards.check();
  expect(report.differences).toEqual([]);
  await shards.reshard(2);
  for (const { differences } of await shards.check()) expect(differences).toEqual([]);
  await shards.close();
});
