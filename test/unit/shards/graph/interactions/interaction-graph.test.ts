import { describe, expect, test } from 'vitest';
import {
  createSharedInteractions,
  PAGE_ITEMS,
  PAGE_SESSIONS,
} from '../../../../../shards/graph/interactions/interaction-buffers.js';
import {
  createInteraction,
  InteractionGraph,
} from '../../../../../shards/graph/interactions/interaction-graph.js';
import {
  loadPages,
  markAllPages,
  rebuildTops,
  storedPosition,
  takeChangedPages,
} from '../../../../../shards/graph/interactions/interaction-pages.js';
import { TopItems } from '../../../../../shards/graph/interactions/top-items.js';
import { warmInteractions } from '../../../../../shards/graph/interactions/warm-interactions.js';
import { openMemoryStore } from '../../../../../shards/store/memory/memory-store.js';

const T0 = 1_760_000_000_000;
const DAY_MS = 86_400_000;
const TIMES = { transitionHalfLifeMs: 10 * DAY_MS, popularHalfLifeMs: 20 * DAY_MS, recentHalfLifeMs: DAY_MS };
const BOUNDS = {
  items: 2 * PAGE_ITEMS,
  neighbours: 3,
  sessions: 2 * PAGE_SESSIONS,
  sessionsPerItem: 3,
  sessionLength: 4,
};

function graphOf(shard = 0, shards = 1, shared = createSharedInteractions(BOUNDS)): InteractionGraph {
  return new InteractionGraph(shared, TIMES, shard, shards);
}

function learn(
  graph: InteractionGraph,
  item: number,
  before: readonly number[] = [],
  atMs = T0,
  session = 0,
): void {
  const click = createInteraction();
  Object.assign(click, { item, atMs, session, beforeCount: before.length });
  click.before.set(before);
  graph.learn(click);
}

const row = (graph: InteractionGraph, item: number) => [
  ...graph.arrays.other.subarray(item * 3, item * 3 + graph.arrays.rowCount[item]),
];

describe('rows', () => {
  test('a full row gives up its weakest neighbour', () => {
    const graph = graphOf();
    for (const other of [2, 2, 3, 4, 4]) learn(graph, other, [1]);
    learn(graph, 5, [1]);
    expect(row(graph, 1)).toEqual([2, 5, 4]);
    expect(graph.arrays.next[3 + 1]).toBe(1);
  });

  test('are owned by page: a shard writes its own alone and marks their pages', () => {
    const graph = graphOf(1, 2);
    expect([0, PAGE_ITEMS - 1, PAGE_ITEMS, 2 * PAGE_ITEMS - 1].map((item) => graph.owns(item))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    learn(graph, 1, [PAGE_ITEMS]);
    expect(row(graph, 1)).toEqual([]);
    expect(row(graph, PAGE_ITEMS)).toEqual([1]);
    expect(graph.popular(1)).toBe(0);
    expect([...graph.dirtyItemPages]).toEqual([1]);
  });

  test('an item does not follow itself', () => {
    const graph = graphOf();
    learn(graph, 1, [1, 2]);
    expect(row(graph, 1)).toEqual([2]);
  });
});

describe('sessions', () => {
  test('ids tell a session from the one that had its slot before', () => {
    const graph = graphOf();
    const first = graph.openSession();
    for (let i = 1; i < BOUNDS.sessions; i++) graph.openSession();
    expect(graph.isSession(first)).toBe(true);
    const next = graph.openSession();
    expect(next).toBe(first + BOUNDS.sessions);
    expect(graph.rowOfSession(next)).toBe(graph.rowOfSession(first));
    expect([graph.isSession(first), graph.isSession(next), graph.isSession(0)]).toEqual([false, true, false]);
  });

  test('two shards never use the same slot', () => {
    const shared = createSharedInteractions(BOUNDS);
    const [a, b] = [graphOf(0, 2, shared), graphOf(1, 2, shared)];
    const slots = (graph: InteractionGraph) =>
      Array.from({ length: 300 }, () => graph.rowOfSession(graph.openSession()));
    const [ofA, ofB] = [new Set(slots(a)), new Set(slots(b))];
    expect([...ofA].some((row) => ofB.has(row))).toBe(false);
    expect([...ofA].every((row) => a.ownsSessionRow(row) && !b.ownsSessionRow(row))).toBe(true);
    const foreign = b.openSession();
    expect([a.isSession(foreign), a.isOwnSession(foreign), b.isOwnSession(foreign)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('keep their last items; a repeat of the last one does not count', () => {
    const graph = graphOf();
    const id = graph.openSession();
    for (const item of [1, 1, 2, 3, 4, 5]) graph.appendToSession(id, item);
    expect([...graph.arrays.sessionItem.subarray(0, 4)]).toEqual([2, 3, 4, 5]);
  });

  test('an item remembers its latest sessions in a ring, each once', () => {
    const graph = graphOf();
    for (const session of [7, 7, 8, 9, 10]) learn(graph, 1, [], T0, session);
    expect([...graph.arrays.itemSession.subarray(3, 6)]).toEqual([10, 8, 9]);
    expect(graph.arrays.itemSessionCount[1]).toBe(4);
  });

  test('an item of more sessions than an Int32 counts keeps its ring', () => {
    const graph = graphOf();
    graph.arrays.itemSessionCount[1] = 2 ** 30 - 2;
    for (let session = 1; session <= 9; session++) learn(graph, 1, [], T0, session);
    expect(new Set(graph.arrays.itemSession.subarray(3, 6))).toEqual(new Set([7, 8, 9]));
    expect(graph.arrays.itemSessionCount[1]).toBeGreaterThan(2 ** 29);
    expect(graph.arrays.itemSessionCount[1]).toBeLessThanOrEqual(2 ** 30);
  });

  test('numbers go on behind the newest session after a restart', () => {
    const graph = graphOf();
    for (let i = 0; i < BOUNDS.sessions + 5; i++) graph.openSession();
    const again = graphOf(0, 1, graph.shared);
    again.continueSessions();
    expect(again.openSession()).toBe(BOUNDS.sessions + 6);
  });
});

describe('pages', () => {
  async function stored(graph: InteractionGraph, position = 5) {
    const store = openMemoryStore();
    await store.commit({ blobs: takeChangedPages(graph, position) });
    return store;
  }

  function filled(): InteractionGraph {
    const graph = graphOf();
    const session = graph.openSession();
    for (const [i, item] of [1, 2, 70, 71].entries()) {
      graph.appendToSession(session, item);
      learn(graph, item, [[], [1], [2, 1], [70, 2, 1]][i], T0 + i, session);
    }
    return graph;
  }

  test('bring the whole graph back, with the journal position they contain', async () => {
    const graph = filled();
    const store = await stored(graph);
    const again = graphOf();
    expect(loadPages(again, store)).toEqual({ loaded: 3, unfit: 0 });
    expect(again.arrays).toEqual(graph.arrays);
    expect(storedPosition(store)).toBe(5);
    expect(storedPosition(openMemoryStore())).toBeUndefined();
  });

  test('are written only when they changed', () => {
    const graph = filled();
    takeChangedPages(graph, 1);
    expect(takeChangedPages(graph, 2)).toHaveLength(1);
    learn(graph, 70);
    expect(takeChangedPages(graph, 3).map(({ key }) => key)).toEqual([
      'interactions/items/1',
      'interactions/position',
    ]);
  });

  test('of other bounds or another version are left out and counted', async () => {
    const store = await stored(filled());
    const bytes = new Uint8Array(store.blob('interactions/items/0')!);
    bytes[0] = 99;
    await store.commit({
      blobs: [
        { key: 'interactions/items/0', bytes },
        { key: 'interactions/items/77', bytes: new Uint8Array(8).fill(1) },
      ],
    });
    expect(loadPages(graphOf(), store)).toEqual({ loaded: 2, unfit: 2 });
    const wider = graphOf(0, 1, createSharedInteractions({ ...BOUNDS, neighbours: 4 }));
    expect(loadPages(wider, await stored(filled()))).toEqual({ loaded: 1, unfit: 2 });
  });

  test('all of them can be marked, those of other shards left alone', () => {
    const { shared } = filled();
    const graph = graphOf(1, 2, shared);
    markAllPages(graph);
    expect([...graph.dirtyItemPages]).toEqual([1]);
    expect([...graph.dirtySessionPages]).toEqual([]);
  });

  test('give the orders of trends and popularity back', () => {
    const graph = filled();
    learn(graph, 70, [], T0 + 10);
    const trends = new TopItems(3, DAY_MS);
    const popular = new TopItems(3, 20 * DAY_MS);
    rebuildTops(graph, trends, popular);
    expect(trends.items[0]).toBe(70);
    expect(popular.items[0]).toBe(70);
  });
});

test('a new gateway is warmed by the history of its bundle: what was recent then is recent now', () => {
  const shared = createSharedInteractions(BOUNDS);
  const history = Uint32Array.from([2, 1_000, 2, 0, 1, 3, 3, 2_000, 4, 0, 2, 2, 1, 3, 3, 3, 3]);
  warmInteractions(new InteractionGraph(shared, TIMES, 0, 1), history, Int32Array.of(5, 6, -1), T0);
  const graph = graphOf(0, 1, shared);
  expect(row(graph, 5)).toEqual([6]);
  expect(graph.arrays.next[5 * 3]).toBeCloseTo(2, 2);
  expect(graph.popularAt(5)).toBe(T0);
  expect([...graph.arrays.sessionCount.subarray(0, 2)]).toEqual([2, 2]);
});
