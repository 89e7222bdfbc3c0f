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
  asMovedPage,
  loadPages,
  storedPosition,
  type PageWrite,
} from '../../../../../shards/graph/interactions/interaction-pages.js';
import { PageSweep } from '../../../../../shards/graph/interactions/page-sweep.js';
import { ReplayedPages } from '../../../../../shards/graph/interactions/replayed-pages.js';
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

/** The click at a position of the journal: every second one goes on with the session before it. */
function click(graph: InteractionGraph, position: number, session = 0): number {
  const own = graph.isOwnSession(session) ? session : graph.openSession();
  const items = [(position * 37) % BOUNDS.items, ((position - 1) * 37) % BOUNDS.items];
  const interaction = createInteraction();
  Object.assign(interaction, {
    item: items[0],
    atMs: T0 + position,
    session: own,
    beforeCount: position % 2,
  });
  interaction.before[0] = items[1];
  graph.appendToSession(own, items[0]);
  graph.learn(interaction);
  return own;
}

/** Clicks from one position to another, each session of two of them. */
function shop(graph: InteractionGraph, from: number, to: number, sessions: number[]): void {
  for (let n = from; n < to; n++) sessions[n] = click(graph, n, n % 2 === 1 ? sessions[n - 1] : 0);
}

test('a bite has so many pages, and the position comes when the last is taken', () => {
  const graph = graphOf();
  shop(graph, 0, 100, []);
  const sweep = new PageSweep(graph, 100, asItIs);
  const bites: number[] = [];
  while (!sweep.isOver) bites.push(sweep.take(2, 100).length);
  expect(bites).toEqual([2, 2, 2]);
  expect(graph.dirtyItemPages.size + graph.dirtySessionPages.size).toBe(0);
});

test('what changes once its page was taken is in the next one', () => {
  const graph = graphOf();
  shop(graph, 0, 100, []);
  const sweep = new PageSweep(graph, 100, asItIs);
  sweep.take(2, 100);
  shop(graph, 100, 200, []);
  while (!sweep.isOver) sweep.take(2, 200);
  expect([...graph.dirtyItemPages]).toHaveLength(2);
  expect([...graph.dirtySessionPages]).toHaveLength(0);
});

test.each([0, 1, 2, 3])(
  'each click counts once, whenever a sweep is cut off (after %i bites)',
  async (bites) => {
    const graph = graphOf();
    const sessions: number[] = [];
    const store = openMemoryStore();
    shop(graph, 0, 300, sessions);
    const first = new PageSweep(graph, 300, asItIs);
    for (let at = 300; !first.isOver; at += 7) {
      await store.commit({ blobs: first.take(2, at) });
      shop(graph, at, at + 7, sessions);
    }
    const begun = sessions.length;
    const second = new PageSweep(graph, begun, asItIs);
    for (let at = begun, left = bites; left > 0; left--, at += 10) {
      await store.commit({ blobs: second.take(2, at) });
      shop(graph, at, at + 10, sessions);
    }

    const again = graphOf();
    const replayed = new ReplayedPages();
    loadPages(again, store, replayed);
    const from = storedPosition(store)!;
    again.continueSessions(sessions.length - from);
    again.replayed = replayed;
    for (let n = from; n < sessions.length; n++) {
      replayed.entry = n;
      click(again, n, sessions[n]);
    }
    const { itemSession: _, sessionId, sessionCount: __, sessionItem: ___, ...expected } = graph.arrays;
    expect(again.arrays).toMatchObject(expected);
    // A session that no stored page has is another one now; the others are what they were.
    const { sessionLength } = BOUNDS;
    for (let row = 0; row < BOUNDS.sessions; row++) {
      if (again.arrays.sessionId[row] !== sessionId[row]) continue;
      const of = ({ sessionItem }: typeof again.arrays) =>
        sessionItem.subarray(row * sessionLength, (row + 1) * sessionLength);
      expect(of(again.arrays)).toEqual(of(graph.arrays));
    }
  },
);

test('a page for the store of another shard says of no position that it contains it', async () => {
  const graph = graphOf();
  shop(graph, 0, 10, []);
  const store = openMemoryStore();
  const blobs = new PageSweep(graph, 10, asItIs).take(9, 10).slice(0, 1);
  await store.commit({ blobs: blobs.map(({ key, bytes }) => ({ key, bytes: asMovedPage(bytes) })) });
  const replayed = new ReplayedPages();
  expect(loadPages(graphOf(), store, replayed)).toEqual({ loaded: 1, unfit: 0 });
  expect(replayed.isBehind('items', Number(blobs[0].key.split('/')[2]))).toBe(true);
});
