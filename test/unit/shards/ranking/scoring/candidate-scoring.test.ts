import { describe, expect, test } from 'vitest';
import { EVENT_KIND } from '../../../../../model/scorer/event-kinds.js';
import { FEATURE_COUNT, FEATURE_NAMES } from '../../../../../model/features/feature-list.js';
import type { Scorer } from '../../../../../model/scorer/scorer.js';
import {
  createItemRecords,
  RECORD,
  viewItemRecords,
} from '../../../../../model/catalogue/shared-catalogue.js';
import { createSharedVectors, itemVectors } from '../../../../../model/kernel/shared-vectors.js';
import { createSharedInteractions } from '../../../../../shards/graph/interactions/interaction-buffers.js';
import {
  createInteraction,
  InteractionGraph,
} from '../../../../../shards/graph/interactions/interaction-graph.js';
import type { SearchHits } from '../../../../../shards/ranking/scoring/candidate-inputs.js';
import { CandidateScoring } from '../../../../../shards/ranking/scoring/candidate-scoring.js';
import { CandidateSet } from '../../../../../shards/ranking/candidates/candidate-set.js';
import { noRanker } from '../../../../support/model/test-kernel.js';
import { HOUR_MS, smallGraph, T0, touch, touchedItem } from '../../../../support/shards/small-graph.js';

const ITEMS = 40;
const WIDTH = 4;
const HALF_LIFE_MS = 24 * HOUR_MS;
const VIEW = EVENT_KIND.view_item;
/** Without a vector. */
const BLANK = 39;

type Column = (typeof FEATURE_NAMES)[number] | 'network' | 'last' | 'best';

/** Vectors that are not of unit length, so that no two dots are alike. */
function makeVectors() {
  const shared = createSharedVectors(ITEMS, WIDTH, 0);
  const vectors = itemVectors(shared);
  for (let i = 0; i < BLANK * WIDTH; i++) vectors[i] = Math.fround(Math.sin(1 + i));
  return shared;
}

function setUp() {
  const graph = smallGraph({ nodes: 20 });
  const items = Array.from({ length: ITEMS }, (_, item) => touchedItem(item));
  const records = viewItemRecords(createItemRecords(ITEMS));
  items.forEach(({ category, brand, item }) => {
    records.int32[item * RECORD.words + RECORD.category] = category;
    records.int32[item * RECORD.words + RECORD.brand] = brand;
    records.float32[item * RECORD.words + RECORD.price] = item === 7 ? Number.NaN : 1 + item;
  });
  const columns = { category: Int32Array.from(items, ({ category }) => category), records };
  const interactions = new InteractionGraph(
    createSharedInteractions({
      items: ITEMS,
      neighbours: 4,
      sessions: 64,
      sessionsPerItem: 4,
      sessionLength: 8,
    }),
    { transitionHalfLifeMs: HALF_LIFE_MS, popularHalfLifeMs: HALF_LIFE_MS, recentHalfLifeMs: HOUR_MS },
    0,
    1,
  );
  const scorer = {
    shape: { width: WIDTH, neighbours: 9, features: FEATURE_COUNT, recents: 3 },
    ranker: noRanker(),
  } as Scorer;
  scorer.ranker.weight[FEATURE_COUNT] = 1;
  const vectors = makeVectors();
  const scoring = new CandidateScoring({ scorer, interactions, graph, columns, vectors }, 64);
  const set = new CandidateSet(64, ITEMS);
  /** Scores these items; the values of a column, by candidate. */
  const score = (
    candidates: readonly number[],
    { slot = 0, search = undefined as SearchHits | undefined } = {},
  ) => {
    set.begin();
    for (const item of candidates) set.add(item);
    scoring.run(slot, set, search, T0 + 2 * HOUR_MS);
    return (column: Column) => {
      const place = { network: 0, last: 1, best: 2 }[column as 'network'];
      const at = place === undefined ? FEATURE_NAMES.indexOf(column as never) : FEATURE_COUNT + place;
      return [...scoring.columns.subarray(at * scoring.stride, at * scoring.stride + scoring.count)];
    };
  };
  return { graph, interactions, scoring, vectors: itemVectors(vectors), score };
}

describe('the candidates of a user', () => {
  test('know where and how often they were clicked in the session', () => {
    const { graph, score } = setUp();
    for (const item of [1, 2, 3, 1]) touch(graph, 0, item, VIEW, T0);
    const of = score([3, 9, 1, 2]);
    expect(of('is last')).toEqual([0, 0, 1, 0]);
    expect(of('is previous')).toEqual([1, 0, 0, 0]);
    expect(of('is earlier in the session')).toEqual([0, 0, 0, 1]);
    expect(of('1 / distance of its last click in the session').map((value) => 1 / value)).toEqual([
      2,
      Infinity,
      1,
      expect.closeTo(3, 5),
    ]);
    expect(of('ln(1 + clicks of it in the session)').map((value) => Math.round(Math.exp(value)) - 1)).toEqual(
      [1, 0, 2, 1],
    );
    expect(of('is the only click of the session')).toEqual([0, 0, 0, 0]);
  });

  test('know what was bought and touched before the session, not in it', () => {
    const { graph, score } = setUp();
    touch(graph, 0, 5, VIEW, T0);
    touch(graph, 0, 5, EVENT_KIND.purchase, T0);
    touch(graph, 0, 6, VIEW, T0);
    touch(graph, 0, 8, VIEW, T0);
    touch(graph, 0, 8, EVENT_KIND.purchase, T0);
    touch(graph, 0, 8, VIEW, T0 + HOUR_MS);
    touch(graph, 0, 1, VIEW, T0 + HOUR_MS);
    const of = score([1, 5, 6, 7, 8]);
    expect(of('was bought by the user before the session')).toEqual([0, 1, 0, 0, 0]);
    expect(of('was touched by the user before the session')).toEqual([0, 1, 1, 0, 0]);
    expect(of('is previous')).toEqual([0, 0, 0, 0, 1]);
  });

  test('know the search that they match, and how much it still matters', () => {
    const { score } = setUp();
    const of = score([1, 2, 3], { search: { hits: Int32Array.of(30, 3, 1), strength: 0.25 } });
    expect(of('hit of the latest search, fading by half with each click since')).toEqual([0.25, 0, 0.25]);
  });

  test('are told from the last click by category, brand and price, and whether they have a vector', () => {
    const { graph, score } = setUp();
    for (const item of [1, 3]) touch(graph, 0, item, VIEW, T0);
    // Item 3: category 0, brand 1, price 4. Items 4 and 9 have no category, 7 no price.
    const of = score([6, 5, 7, 4, BLANK]);
    expect(of('shares category with last')).toEqual([1, 0, 0, 0, 0]);
    expect(of('shares brand with last')).toEqual([0, 1, 1, 0, 1]);
    expect(of('share of the session in its category')).toEqual([0.5, 0, 0.5, 0, 0]);
    const ratios = of('|ln(price / price of last)|').map((value) => Math.exp(value));
    [7 / 4, 6 / 4, 1, 5 / 4, 40 / 4].forEach((ratio, row) => expect(ratios[row]).toBeCloseTo(ratio, 4));
    expect(of('has no vector')).toEqual([0, 0, 0, 0, 1]);
    // Nor has what is clicked now: having none is no category to share.
    touch(graph, 0, 4, VIEW, T0);
    expect(score([9, 14])('shares category with last')).toEqual([0, 0]);
  });

  test('have their popularity, decayed to now', () => {
    const { interactions, score } = setUp();
    const click = createInteraction();
    for (let i = 0; i < 3; i++) interactions.learn(Object.assign(click, { item: 2, atMs: T0 }));
    const of = score([1, 2]);
    const left = 3 * 2 ** (-2 / 24);
    expect(of('ln(1 + popularity)')).toEqual([0, expect.closeTo(Math.log(1 + left), 5)]);
    expect(of('ln(1 + recent popularity)')).toEqual([0, expect.closeTo(Math.log(1 + 3 / 4), 5)]);
  });

  test('are compared with the stored interest and with the last clicks, newest first', () => {
    const { graph, scoring, vectors, score } = setUp();
    const interest = [0.5, -0.25, 2, 1];
    graph.slabs.interest.set(interest);
    for (const item of [10, 1, 2, 3]) touch(graph, 0, item, VIEW, T0);
    const candidates = [20, 21, 22, 23, 24];
    const of = score(candidates);
    const dot = (item: number, other: ArrayLike<number>, at = 0) =>
      [0, 1, 2, 3].reduce((sum, d) => sum + vectors[item * WIDTH + d] * other[at + d], 0);
    const cosine = (item: number, clicked: number) => dot(item, vectors, clicked * WIDTH);
    candidates.forEach((item, row) => {
      expect(of('network')[row]).toBeCloseTo(12 * dot(item, interest), 4);
      expect(of('last')[row]).toBeCloseTo(cosine(item, 3), 5);
      expect(of('best')[row]).toBeCloseTo(Math.max(cosine(item, 2), cosine(item, 1)), 5);
    });
    expect([...scoring.scores.subarray(0, 5)]).toEqual(of('network'));
    expect([...scoring.items.subarray(0, scoring.count)]).toEqual(candidates);
  });

  test('carry nothing of the user before, nor of the candidates they had', () => {
    const { graph, scoring, score } = setUp();
    graph.slabs.interest.set([1, 1, 1, 1]);
    for (const item of [1, 2, 3]) touch(graph, 0, item, VIEW, T0);
    touch(graph, 0, 1, EVENT_KIND.purchase, T0);
    score([3, 2, 1, 5], { search: { hits: Int32Array.of(1, 2, 3), strength: 1 } });
    const before = setUp().score([1, 2, 9], { slot: 1 });
    const of = score([1, 2, 9], { slot: 1 });
    for (const column of [...FEATURE_NAMES, 'network', 'last', 'best'] as const)
      expect(of(column), column).toEqual(before(column));
    expect(of('network')).toEqual([0, 0, 0]);
    scoring.clear();
    expect(scoring.count).toBe(0);
    score([]);
    expect(scoring.count).toBe(0);
  });
});
