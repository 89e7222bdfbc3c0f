import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STAMP_MAX } from '../../metrics/stamps.js';
import { createSharedInteractions } from '../../shards/graph/interactions/interaction-buffers.js';
import { createInteraction, InteractionGraph } from '../../shards/graph/interactions/interaction-graph.js';
import { CandidateSet } from '../../shards/ranking/candidates/candidate-set.js';
import { LastClicks } from '../../shards/ranking/candidates/last-clicks.js';
import { SessionNeighbours } from '../../shards/ranking/candidates/session-neighbours.js';

const ITEMS = 12;
const BOUNDS = { sessionsPerItem: 4, neighbours: 3, clicks: 4, items: 64 };
const TABLE = { items: 64, neighbours: 4, sessions: 256, sessionsPerItem: 8, sessionLength: 5 };
const TIMES = { transitionHalfLifeMs: 1e9, popularHalfLifeMs: 1e9, recentHalfLifeMs: 1e9 };

const item = fc.nat(ITEMS - 1);
const sessions = fc.array(fc.array(item, { minLength: 1, maxLength: 5 }), { maxLength: 15, size: 'max' });

function graphOf(sessions: readonly (readonly number[])[]): InteractionGraph {
  const graph = new InteractionGraph(createSharedInteractions(TABLE), TIMES, 0, 1);
  const click = createInteraction();
  for (const items of sessions) {
    const session = graph.openSession();
    for (const [i, one] of items.entries()) {
      if (i > 0 && items[i - 1] === one) continue;
      graph.appendToSession(session, one);
      Object.assign(click, { item: one, atMs: 1_000, session: items.indexOf(one) < i ? 0 : session });
      graph.learn(click);
    }
  }
  return graph;
}

/** VMIS-kNN as written down: look at all sessions, weigh by shared items, let the best k vote. */
function naiveScores(
  sessions: readonly (readonly number[])[],
  clicks: readonly number[],
): Map<number, number> {
  const newestFirst = [...clicks].reverse().slice(0, BOUNDS.clicks);
  const similarity = new Map<number, number>();
  for (const [back, clicked] of newestFirst.entries()) {
    if (newestFirst.indexOf(clicked) < back) continue;
    const holding = sessions.flatMap((items, id) => (items.includes(clicked) ? [id] : []));
    const idf = Math.log(1 + TABLE.sessions / (1 + holding.length));
    for (const id of holding.slice(-BOUNDS.sessionsPerItem)) {
      similarity.set(id, (similarity.get(id) ?? 0) + (1 - back / BOUNDS.clicks) * idf * idf);
    }
  }
  const ordered = [...similarity.values()].map(Math.fround).sort((a, b) => b - a);
  const least = ordered.length > BOUNDS.neighbours ? ordered[BOUNDS.neighbours - 1] : 0;
  const scores = new Map<number, number>();
  for (const [id, weight] of similarity) {
    if (weight < least - 1e-4) continue;
    const held = sessions[id].filter((one, i) => i === 0 || sessions[id][i - 1] !== one);
    for (const one of held) scores.set(one, (scores.get(one) ?? 0) + weight);
  }
  return scores;
}

function lastClicks(items: readonly number[], session = 0): LastClicks {
  return Object.assign(new LastClicks(), { items: Int32Array.from(items), end: items.length, session });
}

test('it scores as VMIS-kNN computed over all sessions', () => {
  fc.assert(
    fc.property(sessions, fc.array(item, { minLength: 1, maxLength: 6 }), (sessions, clicks) => {
      const graph = graphOf(sessions);
      const candidates = new CandidateSet(64, 64);
      candidates.begin();
      new SessionNeighbours(graph, BOUNDS).collect(candidates, lastClicks(clicks));
      const naive = naiveScores(sessions, clicks);
      expect(candidates.count).toBe(naive.size);
      for (const [item, score] of naive)
        expect(candidates.neighbour[candidates.row(item)]).toBeCloseTo(score, 2);
    }),
    { numRuns: 200 },
  );
});

test('the shopper’s own session and one that was overwritten do not vote', () => {
  const graph = graphOf([
    [1, 2],
    [1, 3],
  ]);
  graph.arrays.sessionId[1] = 0;
  const candidates = new CandidateSet(64, 64);
  candidates.begin();
  new SessionNeighbours(graph, BOUNDS).collect(candidates, lastClicks([1], 1));
  expect(candidates.count).toBe(0);
});

test('it scores the same however often it was asked', () => {
  const graph = graphOf([
    [1, 2],
    [1, 3],
    [2, 4],
  ]);
  const scoresOf = (neighbours: SessionNeighbours): number[] => {
    const candidates = new CandidateSet(64, 64);
    candidates.begin();
    neighbours.collect(candidates, lastClicks([1, 2]));
    return [...candidates.neighbour.subarray(0, candidates.count)];
  };
  const often = new SessionNeighbours(graph, BOUNDS, STAMP_MAX - 3);
  const expected = scoresOf(new SessionNeighbours(graph, BOUNDS));
  expect(expected.length).toBeGreaterThan(0);
  for (let time = 0; time < 10; time++) expect(scoresOf(often)).toEqual(expected);
});
