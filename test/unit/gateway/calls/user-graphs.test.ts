import { expect, test } from 'vitest';
import { attributeNodes } from '../../../../gateway/calls/attribute-nodes.js';
import { UserGraphs, wireGraph } from '../../../../gateway/calls/user-graphs.js';
import { importBody } from '../../../../gateway/calls/graph-imports.js';
import { readJson } from '../../../../gateway/protocol/json-text.js';
import { ENTRIES_MAX } from '../../../../gateway/protocol/limits.js';
import type { ItemAttribute } from '../../../../model/catalogue/words/word-lists.js';
import { MergedError, named, NODE, OverloadedError, type UserGraph } from '../../../../shards/api.js';

const NAMES = {
  idOf: (item: number) => ['mug', 'category:mugs'][item],
  titleOf: (item: number) => (item === 0 ? 'Red mug' : undefined),
  categoryOf: (code: number) => `c${code}`,
  brandOf: (code: number) => `b${code}`,
  attributesOf: (): ItemAttribute[] => [],
  communityOf: () => undefined,
};
const node = (kind: number, key: number, term = '') => ({
  kind,
  key,
  term,
  weight: 0.12345678,
  firstMs: 1_000,
  lastMs: 2_500,
  interest: 1,
});
const GRAPH: UserGraph = {
  atMs: 3_000,
  nodes: [
    node(NODE.item, 0),
    { ...node(NODE.item, 1), firstMs: 0 },
    node(NODE.category, 3),
    node(NODE.category, -1),
    node(NODE.brand, 2),
    node(NODE.term, 77, 'red mug'),
  ],
  edges: [
    { from: 0, to: 1, weight: 2, lastMs: 2_500 },
    { from: 0, to: 2, weight: 1, lastMs: 2_000 },
    { from: 0, to: 4, weight: 1, lastMs: 2_000 },
    { from: 5, to: 0, weight: 1, lastMs: 2_000 },
    { from: 2, to: 0, weight: 1, lastMs: 2_000 },
  ],
  interests: [],
  consent: { personalise: true, learn: true },
  segments: [],
  session: [],
};

test('a graph is told in names, and no two nodes have one id', () => {
  const { nodes, edges, atMs } = wireGraph(GRAPH, NAMES);
  expect(atMs).toBe(3_000);
  expect(nodes.map(({ id, kind, name }) => [id, kind, name])).toEqual([
    ['mug', 'item', 'Red mug'],
    ['item:category:mugs', 'item', undefined],
    ['category:c3', 'category', 'c3'],
    ['category:', 'category', undefined],
    ['brand:b2', 'brand', 'b2'],
    ['term:red mug', 'term', 'red mug'],
  ]);
  expect(nodes[0]).toMatchObject({ weight: 0.123457, firstMs: 1_000, lastMs: 2_500, interest: 1 });
  expect(nodes[1]).not.toHaveProperty('firstMs');
  expect(edges.map(({ from, to, kind }) => [from, to, kind])).toEqual([
    ['mug', 'item:category:mugs', 'next'],
    ['mug', 'category:c3', 'of'],
    ['mug', 'brand:b2', 'of'],
    ['term:red mug', 'mug', 'found'],
    ['category:c3', 'mug', 'next'],
  ]);
});

test.each([
  [new OverloadedError('too many wait'), 'overloaded'],
  [new MergedError('a named user has them'), 'session_merged'],
  [new Error('down'), 'shard_restarting'],
])('%s is %s', async (error, code) => {
  const graphs = new UserGraphs({ graph: () => Promise.reject(error) }, NAMES);
  expect(await graphs.read(named('ada'))).toMatchObject({ code });
});

test('what items have in common is a node that they all lead to, in the interest of most of its weight', () => {
  const attributesOf = (item: number): ItemAttribute[] =>
    item === 0
      ? [
          { name: 'colour', value: 'red' },
          { name: 'material', value: 'glass' },
        ]
      : [{ name: 'colour', value: 'red' }];
  const weights = [3, 1];
  const nodes = GRAPH.nodes.slice(0, 2).map((of, at) => ({ ...of, weight: weights[at], interest: at + 1 }));
  const told = wireGraph({ ...GRAPH, nodes, edges: [] }, { ...NAMES, attributesOf });
  expect(told.nodes.slice(2)).toEqual([
    {
      id: 'attribute:colour:red',
      kind: 'attribute',
      name: 'red',
      attribute: 'colour',
      weight: 1.2,
      firstMs: 1_000,
      lastMs: 2_500,
      interest: 1,
    },
    expect.objectContaining({ id: 'attribute:material:glass', weight: 0.9, interest: 1 }),
  ]);
  expect(told.edges.map(({ from, to, kind, weight }) => [from, to, kind, weight])).toEqual([
    ['mug', 'attribute:colour:red', 'of', 3],
    ['item:category:mugs', 'attribute:colour:red', 'of', 1],
    ['mug', 'attribute:material:glass', 'of', 3],
  ]);
});

test('16 attributes are told, the strongest, and none of what the shopper turned against', () => {
  const items = Array.from({ length: 20 }, (_, item) => ({
    node: { id: `i${item}`, kind: 'item' as const, weight: item - 2, lastMs: 1 },
    attributes: [{ name: 'size', value: `${item} cm` }] as const,
  }));
  const { nodes } = attributeNodes(items);
  expect(nodes.map(({ name }) => name)).toEqual(Array.from({ length: 16 }, (_, at) => `${19 - at} cm`));
  expect(attributeNodes(items.slice(0, 3)).nodes).toEqual([]);
});

test('the largest graph that is told is one that another gateway takes', () => {
  const nodes = Array.from({ length: 32 }, (_, i) => ({ ...node(NODE.item, i), weight: 1 + i }));
  const edges = Array.from({ length: 64 }, (_, i) => ({ from: i % 32, to: 0, weight: 1, lastMs: 2_000 }));
  const common = Array.from({ length: 12 }, (_, i) => ({ name: 'colour' as const, value: `v${i}` }));
  const names = {
    ...NAMES,
    idOf: (item: number) => `${'x'.repeat(120)}${item}`,
    titleOf: (item: number) => `${'t'.repeat(500)}${item}`,
    attributesOf: () => common,
  };
  const told = wireGraph({ ...GRAPH, nodes, edges }, names);
  expect(told.nodes).toHaveLength(32 + 12);
  expect(told.edges).toHaveLength(64 + 256);
  expect(
    Math.min(...told.edges.filter(({ kind }) => kind === 'of').map(({ weight }) => weight)),
  ).toBeGreaterThan(10);
  const text = JSON.stringify({ user: 'ann', ...told });
  const read = readJson(new TextEncoder().encode(text), ENTRIES_MAX);
  expect(read).toMatchObject({ ok: true });
  expect(importBody.safeParse(read.value).success).toBe(true);
});
