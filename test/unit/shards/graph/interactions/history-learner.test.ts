import { expect, test } from 'vitest';
import { HistoryLearner } from '../../../../../shards/graph/interactions/history-learner.js';
import {
  createSharedInteractions,
  PAGE_ITEMS,
  PAGE_SESSIONS,
} from '../../../../../shards/graph/interactions/interaction-buffers.js';
import {
  createInteraction,
  InteractionGraph,
  LINK_DISTANCE,
} from '../../../../../shards/graph/interactions/interaction-graph.js';

const NOW = 1_760_000_000_000;
const DAY_MS = 86_400_000;
const ITEMS = 2 * PAGE_ITEMS;
const NEIGHBOURS = 8;
const TIMES = { transitionHalfLifeMs: 10 * DAY_MS, popularHalfLifeMs: 20 * DAY_MS, recentHalfLifeMs: DAY_MS };

function emptyGraph(): InteractionGraph {
  const bounds = {
    items: ITEMS,
    neighbours: NEIGHBOURS,
    sessions: 2 * PAGE_SESSIONS,
    sessionsPerItem: 4,
    sessionLength: 5,
  };
  return new InteractionGraph(createSharedInteractions(bounds), TIMES, 0, 1);
}

/** Sessions, oldest first: rows get full, items return within a session, and some are clicked together once. */
const SESSIONS = Array.from({ length: 300 }, (_, session) => {
  const length = 1 + (session % 7);
  const items = Array.from({ length }, (_item, i) => ((session * 13) % 11) + (i % 4) * (1 + (session % 5)));
  return { items: items.filter((item, i) => item !== items[i - 1]), ageMs: (300 - session) * 3 * 3_600_000 };
});

function clickByClick(): InteractionGraph {
  const graph = emptyGraph();
  const click = createInteraction();
  for (const { items, ageMs } of SESSIONS) {
    const session = graph.openSession();
    for (const [i, item] of items.entries()) {
      const beforeCount = Math.min(LINK_DISTANCE, i);
      for (let d = 0; d < beforeCount; d++) click.before[d] = items[i - 1 - d];
      graph.appendToSession(session, item);
      graph.learn(Object.assign(click, { item, session, beforeCount, atMs: NOW - ageMs }));
    }
  }
  return graph;
}

function atOnce(): InteractionGraph {
  const graph = emptyGraph();
  const learner = new HistoryLearner(graph, NOW);
  for (const { items, ageMs } of SESSIONS) learner.learn(Int32Array.from(items), items.length, ageMs);
  learner.end();
  return graph;
}

test('what is learned at once is what clicks one by one leave, by now', () => {
  const [one, other] = [clickByClick(), atOnce()];
  for (const field of [
    'other',
    'rowCount',
    'itemSession',
    'itemSessionCount',
    'sessionId',
    'sessionItem',
  ] as const)
    expect([...other.arrays[field]], field).toEqual([...one.arrays[field]]);
  expect(Math.max(...one.arrays.rowCount)).toBe(NEIGHBOURS);
  for (const field of ['next', 'before', 'together'] as const)
    for (let i = 0; i < ITEMS * NEIGHBOURS; i++) {
      const row = Math.floor(i / NEIGHBOURS);
      const now = one.arrays[field][i] * one.rowFactor(row, NOW);
      expect(Math.abs(other.arrays[field][i] * other.rowFactor(row, NOW) - now)).toBeLessThanOrEqual(
        1e-3 * now,
      );
    }
  expect([...other.dirtyItemPages]).toEqual([...one.dirtyItemPages]);
});

test('items are as popular, and as much of a trend', () => {
  const [one, other] = [clickByClick(), atOnce()];
  for (let item = 0; item < ITEMS; item++) {
    const factor = (halfLifeMs: number) =>
      one.popularAt(item) === 0 ? 0 : 2 ** ((one.popularAt(item) - NOW) / halfLifeMs);
    expect(other.popular(item)).toBeCloseTo(one.popular(item) * factor(TIMES.popularHalfLifeMs), 4);
    expect(other.recent(item)).toBeCloseTo(one.recent(item) * factor(TIMES.recentHalfLifeMs), 4);
    expect(other.popularAt(item)).toBe(one.popularAt(item) === 0 ? 0 : NOW);
  }
});
