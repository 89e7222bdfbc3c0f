import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSharedInteractions } from '../../../../../shards/graph/interactions/interaction-buffers.js';
import {
  createInteraction,
  InteractionGraph,
} from '../../../../../shards/graph/interactions/interaction-graph.js';
import { TopItems } from '../../../../../shards/graph/interactions/top-items.js';
import { CandidateSet } from '../../../../../shards/ranking/candidates/candidate-set.js';
import { PROPOSAL } from '../../../../../shards/ranking/candidates/proposal.js';
import {
  CandidateCollector,
  type CandidateSources,
} from '../../../../../shards/ranking/candidates/candidate-collector.js';
import { createSharedVectors } from '../../../../../model/kernel/shared-vectors.js';
import { NewItems } from '../../../../../shards/ranking/candidates/new-items.js';
import { SessionNeighbours } from '../../../../../shards/ranking/candidates/session-neighbours.js';
import { smallGraph, T0 } from '../../../../support/shards/small-graph.js';

const SIMILAR = 3;
const TIMES = { transitionHalfLifeMs: 1e12, popularHalfLifeMs: 1e12, recentHalfLifeMs: 1e12 };

/** Sources over `itemMax` items in which sessions were clicked, and trends; every item has its next three as nearest. */
function sourcesOf(
  itemMax: number,
  sessions: readonly (readonly number[])[],
  trends: readonly number[] = [],
) {
  const interactions = new InteractionGraph(
    createSharedInteractions({
      items: itemMax,
      neighbours: 4,
      sessions: 256,
      sessionsPerItem: 4,
      sessionLength: 8,
    }),
    TIMES,
    0,
    1,
  );
  const click = createInteraction();
  for (const items of sessions) {
    const session = interactions.openSession();
    items.forEach((item, i) => {
      interactions.appendToSession(session, item);
      Object.assign(click, { item, atMs: T0, session, beforeCount: Math.min(3, i) });
      for (let d = 0; d < click.beforeCount; d++) click.before[d] = items[i - 1 - d];
      interactions.learn(click);
    });
  }
  const top = new TopItems(8, 1_000);
  trends.forEach((item, rank) => top.update(item, 100 - rank, T0));
  let looked = 0;
  const sources: CandidateSources = {
    interactions,
    neighbours: new SessionNeighbours(interactions),
    trends: top,
    newItems: new NewItems(createSharedVectors(itemMax, 4, SIMILAR)),
    similar: Int32Array.from(
      { length: itemMax * SIMILAR },
      (_, i) => 1 + ((Math.floor(i / SIMILAR) + 1 + (i % SIMILAR)) % itemMax),
    ),
    similarCount: SIMILAR,
    isRecommendable: (item) => {
      looked++;
      return item % 10 !== 9;
    },
  };
  return { sources, looked: () => looked };
}

function collect(
  itemMax: number,
  sources: CandidateSources,
  clicks: readonly number[],
  keep = 100,
  hits?: Int32Array,
): CandidateSet {
  const { slabs } = smallGraph();
  slabs.clickItem.set(clicks);
  slabs.clickCount[0] = clicks.length;
  const candidates = new CandidateSet(1_536, itemMax);
  return new CandidateCollector(sources, slabs, candidates).collect(0, hits, T0, keep);
}

const itemsOf = (set: CandidateSet) => [...set.item.subarray(0, set.count)];

describe('candidates', () => {
  test('come from the graphs, the shopper’s own session, nearest items, a search and trends, each with its weight', () => {
    const { sources } = sourcesOf(
      64,
      [
        [1, 20],
        [2, 30],
      ],
      [40],
    );
    const set = collect(64, sources, [2, 1], 100, Int32Array.of(50));
    const weight = (item: number) => set.weight[set.row(item)];
    const { similarWeight, hitWeight, trendWeight, trends, ageFade, neighbourWeight } = PROPOSAL;
    // The transition and half of the co-occurrence, over one transition and two more; and the vote of a neighbour session.
    const transition = 1.5 / 3;
    expect(weight(20)).toBeCloseTo(transition + neighbourWeight, 6);
    expect(weight(30)).toBeGreaterThan(ageFade * transition);
    expect(weight(30)).toBeLessThan(ageFade * transition + neighbourWeight);
    expect(weight(4)).toBeCloseTo(similarWeight / (1 + 1 / 8) + similarWeight / (1 + 2 / 8), 6);
    expect(weight(50)).toBeCloseTo(hitWeight, 6);
    expect(weight(40)).toBeCloseTo(trendWeight * trends, 6);
    expect(weight(1)).toBeGreaterThanOrEqual(Math.fround(hitWeight));
    expect(set.next[set.row(20)]).toBe(1);
    expect(set.togetherPrevious[set.row(30)]).toBe(1);
  });

  test('[R4] never hold an item that cannot be recommended, nor one twice', () => {
    const item = fc.nat(63);
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(item, { minLength: 1, maxLength: 6 }), { maxLength: 10 }),
        fc.array(item, { maxLength: 6 }),
        fc.uniqueArray(item, { maxLength: 8 }),
        fc.integer({ min: 1, max: 30 }),
        (sessions, clicks, trends, keep) => {
          const { sources } = sourcesOf(64, sessions, trends);
          const items = itemsOf(collect(64, sources, clicks, keep, Int32Array.from(trends)));
          expect(new Set(items).size).toBe(items.length);
          expect(items.some((item) => item % 10 === 9)).toBe(false);
          expect(items.length).toBeLessThanOrEqual(keep);
        },
      ),
    );
  });

  test('are as many, and looked at as often, in a catalogue a thousand times as large', () => {
    const sessions = [
      [1, 2, 3],
      [2, 3, 4],
      [3, 1],
    ];
    const [small, large] = [64, 64_000].map((itemMax) => {
      const { sources, looked } = sourcesOf(itemMax, sessions, [40, 41]);
      const { count } = collect(itemMax, sources, [1, 2, 3]);
      return { count, looked: looked() };
    });
    expect(large).toEqual(small);
    expect(small.looked).toBeLessThan(40);
  });

  test('are cut to the most strongly proposed', () => {
    const { sources } = sourcesOf(
      64,
      [
        [1, 20],
        [1, 20],
        [1, 30],
      ],
      [40],
    );
    expect(itemsOf(collect(64, sources, [1], 2)).sort()).toEqual([1, 20]);
  });

  test('of somebody who did nothing yet are the trends', () => {
    const { sources } = sourcesOf(64, [[1, 20]], [40, 41, 49]);
    expect(itemsOf(collect(64, sources, []))).toEqual([40, 41]);
  });
});
