import { expect, test, vi } from 'vitest';
import {
  ALIKE_MIN,
  GraphImports,
  IMPORTS_MAX,
  WEIGHT_MAX,
  importBody,
  type AlikeItem,
} from '../../../../gateway/calls/graph-imports.js';
import type { ImportedGraph } from '../../../../shards/graph/interest/import-graph.js';
import type { UserGraph } from '../../../../shards/graph/user-graph.js';
import { named } from '../../../../shards/store/user-key.js';

const ANN = named('ann');
const node = (id: string, name: string, weight = 1, lastMs = 5) => ({
  id,
  kind: 'item',
  name,
  weight,
  lastMs,
});

/** Imports into a shop of which this is known: what each text is nearest to. */
function imports(alike: Readonly<Record<string, AlikeItem | null>>, learn = true) {
  const brought: ImportedGraph[] = [];
  const asked: string[] = [];
  const made = new GraphImports({
    pool: {
      graph: () => Promise.resolve({ consent: { personalise: true, learn } } as UserGraph),
      importGraph: (_user, imported) => Promise.resolve(void brought.push(imported)),
    },
    alike: (text) => {
      asked.push(text);
      return Promise.resolve(alike[text]);
    },
    idOf: (item) => `item-${item}`,
  });
  return { made, brought, asked };
}

const at = (item: number, likeness = 0.9): AlikeItem => ({ item, likeness });

test('items are found by what they are called; what nothing is alike to, and what is no item, is left', async () => {
  const { made, brought } = imports({
    lamp: at(3),
    mug: at(4, ALIKE_MIN - 0.01),
    rug: null,
    cup: at(5, ALIKE_MIN),
  });
  const nodes = [
    node('a', 'lamp', 2, 7),
    node('b', 'mug'),
    node('c', 'rug'),
    node('d', 'cup'),
    { ...node('category:x', 'x'), kind: 'category' },
    node('e', 'lamp', -1),
  ];
  expect(await made.take(ANN, { nodes })).toEqual({
    imported: [
      { from: 'a', item: 'item-3', likeness: 0.9, weight: 2 },
      { from: 'd', item: 'item-5', likeness: ALIKE_MIN, weight: 1 },
    ],
    left: ['b', 'c', 'category:x', 'e'],
  });
  expect(brought.map((one) => one.nodes)).toEqual([
    [
      { item: 3, weight: 2, lastMs: 7 },
      { item: 5, weight: 1, lastMs: 5 },
    ],
  ]);
});

test('two that one item stands for are one', async () => {
  const { made, brought } = imports({ lamp: at(3), lantern: at(3) });
  await made.take(ANN, { nodes: [node('a', 'lamp', 2, 7), node('b', 'lantern', 1, 9)] });
  expect(brought[0].nodes).toEqual([{ item: 3, weight: 3, lastMs: 9 }]);
});

test('a weight beyond the greatest counts as that, by itself and where two add up', async () => {
  const { made, brought } = imports({ lamp: at(3), mug: at(4), cup: at(4) });
  const told = {
    nodes: [node('a', 'lamp', 1e300), node('b', 'mug', 0.7 * WEIGHT_MAX), node('c', 'cup', 0.7 * WEIGHT_MAX)],
  };
  const taken = await made.take(ANN, importBody.parse(told));
  expect(taken).toMatchObject({ imported: [{ weight: WEIGHT_MAX }, {}, {}] });
  expect(brought[0].nodes.map(({ weight }) => weight)).toEqual([WEIGHT_MAX, WEIGHT_MAX]);
});

test('the source is the same for the same graph of the same user, and no other', async () => {
  const { made, brought } = imports({ lamp: at(3), mug: at(4) });
  const nodes = [node('a', 'lamp')];
  await made.take(ANN, { nodes });
  await made.take(ANN, { nodes: [...nodes] });
  await made.take(named('bob'), { nodes });
  await made.take(ANN, { nodes: [node('a', 'lamp', 1, 6)] });
  const sources = brought.map(({ source }) => source);
  expect(sources[1]).toBe(sources[0]);
  expect(new Set(sources).size).toBe(3);
});

test('only the heaviest are looked up, and nothing is brought in halves where one is not known in time', async () => {
  const many = Array.from({ length: 200 }, (_, i) => node(`${i}`, `text ${i}`, 1 + i));
  const { made, asked } = imports(Object.fromEntries(many.map(({ name }) => [name, null])));
  await made.take(ANN, { nodes: many });
  expect(asked).toEqual(Array.from({ length: 32 }, (_, i) => `text ${199 - i}`));
  const late = imports({ lamp: at(3) });
  expect(await late.made.take(ANN, { nodes: [node('a', 'lamp'), node('b', 'mug')] })).toMatchObject({
    code: 'overloaded',
  });
  expect(late.brought).toEqual([]);
});

test('all is left of a user who lets nothing be kept', async () => {
  const { made, brought } = imports({ lamp: at(3) }, false);
  expect(await made.take(ANN, { nodes: [node('a', 'lamp')] })).toEqual({ imported: [], left: ['a'] });
  expect(brought).toEqual([]);
});

test('what is no graph is refused', () => {
  const refused = [{}, { nodes: [{ id: 'a' }] }, { nodes: [{ ...node('a', 'x'), weight: Infinity }] }];
  for (const body of refused) expect(importBody.safeParse(body).success).toBe(false);
  expect(
    importBody.safeParse({ nodes: [{ ...node('a', 'x'), firstMs: 1 }], edges: [], atMs: 3 }).success,
  ).toBe(true);
});

test('one import at a time asks the encoder, which others need for their searches', async () => {
  let answer: (found: AlikeItem) => void = () => undefined;
  const alike = vi.fn(() => new Promise<AlikeItem>((resolve) => (answer = resolve)));
  const pool = {
    graph: () => Promise.resolve({ consent: { personalise: true, learn: true } } as UserGraph),
    importGraph: () => Promise.resolve(),
  };
  const made = new GraphImports({ pool, alike, idOf: String });
  const body = { nodes: [node('a', 'lamp')] };
  const first = made.take(ANN, body);
  expect(await made.take(named('bob'), body)).toMatchObject({ code: 'overloaded' });
  expect(alike).toHaveBeenCalledTimes(IMPORTS_MAX);
  answer(at(3));
  expect(await first).toMatchObject({ imported: [{ item: '3' }] });
  const next = made.take(named('bob'), body);
  answer(at(3));
  expect(await next).toMatchObject({ imported: [{ item: '3' }] });
});
