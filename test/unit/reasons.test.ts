import { describe, expect, test } from 'vitest';
import { SEEN } from '../../shards/graph/event-effects.js';
import { markSeen } from '../../shards/graph/seen-items.js';
import { CandidateSet, SOURCE } from '../../shards/ranking/candidate-set.js';
import { explain } from '../../shards/ranking/reasons.js';
import { SeenLookup } from '../../shards/ranking/seen-lookup.js';
import { smallGraph } from '../support/small-graph.js';

const ITEM = 4;

interface World {
  /** What proposed the item; absent: nothing did. */
  readonly source?: number;
  readonly together?: number;
  readonly togetherPrevious?: number;
  readonly neighbour?: number;
  /** Items the model attended to, with their attention and cosine to the item. */
  readonly attended?: readonly (readonly [item: number, attention: number, cosine: number])[];
  readonly clicks?: readonly number[];
  readonly isSeen?: boolean;
}

function reasonFor({
  source,
  together = 0,
  togetherPrevious = 0,
  neighbour = 0,
  attended = [],
  clicks = [],
  isSeen = false,
}: World) {
  const { slabs } = smallGraph();
  slabs.clickItem.set(clicks);
  slabs.clickCount[0] = clicks.length;
  if (isSeen) markSeen(slabs, 0, ITEM, SEEN.viewed, 0);
  const seen = new SeenLookup(40);
  seen.use(slabs, 0);
  const vectors = new Float32Array(40 * 4);
  vectors[ITEM * 4] = 1;
  for (const [item, , cosine] of attended) vectors.set([cosine, Math.sqrt(1 - cosine * cosine)], item * 4);
  const candidates = new CandidateSet(4, 40);
  candidates.begin();
  const row = source === undefined ? -1 : candidates.add(ITEM, source);
  if (row >= 0) {
    candidates.together[row] = together;
    candidates.togetherPrevious[row] = togetherPrevious;
    candidates.neighbour[row] = neighbour;
  }
  const attention = Float32Array.from([0, ...attended.map(([, weight]) => weight)]);
  const seenBy = { items: Int32Array.from(attended, ([item]) => item), attention, attentionAt: 1 };
  const proposal = row < 0 ? SOURCE.trend : candidates.proposal(row);
  return explain(ITEM, proposal, seenBy, vectors, slabs, 0, seen);
}

describe('a reason', () => {
  test('names the items that attention and likeness speak for, strongest first, with shares that sum to 1', () => {
    const { because, weight, source } = reasonFor({
      source: SOURCE.together,
      attended: [
        [1, 0.2, 0.5],
        [2, 0.5, 0.8],
        [3, 0.3, -0.9],
      ],
    });
    expect(source).toBe(SOURCE.interest);
    expect(because).toEqual([2, 1]);
    [0.8, 0.2].forEach((share, i) => expect(weight[i]).toBeCloseTo(share, 5));
  });

  test('names three at most, and their shares leave room for the others', () => {
    const { because, weight } = reasonFor({
      source: SOURCE.similar,
      attended: [5, 6, 7, 8].map((item) => [item, 0.25, 0.9] as const),
    });
    expect(because).toHaveLength(3);
    expect(weight.reduce((a, b) => a + b)).toBeCloseTo(0.75, 5);
  });

  test.each([
    [
      'what was clicked together with the last click',
      { source: SOURCE.together, together: 2, clicks: [8, 9] },
      { because: [9], weight: [1], source: SOURCE.together },
    ],
    [
      'what was clicked together with the one before',
      { source: SOURCE.together, togetherPrevious: 2, clicks: [8, 9] },
      { because: [8], weight: [1], source: SOURCE.together },
    ],
    [
      'sessions like this one',
      { source: SOURCE.together, neighbour: 1, clicks: [8, 9] },
      { because: [9], weight: [1], source: SOURCE.together },
    ],
    ['nothing but a trend', { source: SOURCE.trend }, { because: [], weight: [], source: SOURCE.trend }],
    ['that it was proposed by nothing', {}, { because: [], weight: [], source: SOURCE.trend }],
    ['a search', { source: SOURCE.search }, { because: [], weight: [], source: SOURCE.search }],
    [
      'that the shopper saw it',
      { source: SOURCE.own, isSeen: true },
      { because: [ITEM], weight: [1], source: SOURCE.own },
    ],
    [
      'a weak likeness',
      { source: SOURCE.similar, attended: [[1, 0.2, 0.5]] as const },
      { because: [1], weight: [1], source: SOURCE.similar },
    ],
  ])('says %s', (_name, world, expected) => {
    expect(reasonFor(world)).toEqual(expected);
  });
});
