import { expect, test } from 'vitest';
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
  storedPosition,
  takeChangedPages,
  type PageWrite,
} from '../../../../../shards/graph/interactions/interaction-pages.js';
import { PageCopy } from '../../../../../shards/graph/interactions/page-copy.js';
import { openMemoryStore } from '../../../../../shards/store/memory/memory-store.js';

const T0 = 1_760_000_000_000;
const BOUNDS = {
  items: 4 * PAGE_ITEMS,
  neighbours: 3,
  sessions: 2 * PAGE_SESSIONS,
  sessionsPerItem: 3,
  sessionLength: 4,
};
const TIMES = { transitionHalfLifeMs: 1e9, popularHalfLifeMs: 1e9, recentHalfLifeMs: 1e8 };
const asItIs = (write: PageWrite): PageWrite => write;

function graphOf(): InteractionGraph {
  return new InteractionGraph(createSharedInteractions(BOUNDS), TIMES, 0, 1);
}

/** Some sessions over items of all pages. */
function shop(graph: InteractionGraph, from: number, count: number): void {
  for (let n = from; n < from + count; n++) {
    const session = graph.openSession();
    const [first, second] = [(n * 37) % BOUNDS.items, (n * 101 + 7) % BOUNDS.items];
    for (const [i, item] of [first, second].entries()) {
      const click = createInteraction();
      Object.assign(click, { item, atMs: T0 + n, session, beforeCount: i });
      click.before[0] = first;
      graph.appendToSession(session, item);
      graph.learn(click);
    }
  }
}

async function loaded(writes: readonly PageWrite[]): Promise<InteractionGraph['arrays']> {
  const store = openMemoryStore();
  await store.commit({ blobs: writes });
  const graph = graphOf();
  loadPages(graph, store);
  return graph.arrays;
}

test('holds the pages as they were when it began, whatever changes meanwhile', async () => {
  const graph = graphOf();
  shop(graph, 0, 300);
  const twin = graphOf();
  shop(twin, 0, 300);
  const expected = await loaded(takeChangedPages(twin, 7));
  const copy = new PageCopy(graph, 7, asItIs);
  for (let n = 300; copy.step(1); n += 5) shop(graph, n, 5);
  const writes = copy.end();
  expect(await loaded(writes)).toEqual(expected);
  const store = openMemoryStore();
  await store.commit({ blobs: writes });
  expect(storedPosition(store)).toBe(7);
});

test('what changes while it is made is in the next one', async () => {
  const graph = graphOf();
  shop(graph, 0, 100);
  const copy = new PageCopy(graph, 7, asItIs);
  shop(graph, 100, 40);
  while (copy.step(2));
  const writes = [...copy.end(), ...takeChangedPages(graph, 9)];
  expect(await loaded(writes)).toEqual(graph.arrays);
  expect(graph.copy).toBeUndefined();
});

test('one that is given up leaves all its pages as changed', async () => {
  const graph = graphOf();
  shop(graph, 0, 100);
  const copy = new PageCopy(graph, 7, asItIs);
  expect(copy.step(1)).toBe(true);
  expect(takeChangedPages(graph, 8)).toHaveLength(1);
  copy.abandon();
  expect(await loaded(takeChangedPages(graph, 8))).toEqual(graph.arrays);
});
