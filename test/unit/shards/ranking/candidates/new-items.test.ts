import { describe, expect, test } from 'vitest';
import { createSharedVectors, VectorView } from '../../../../../model/kernel/shared-vectors.js';
import { CandidateSet } from '../../../../../shards/ranking/candidates/candidate-set.js';
import { NEW_ITEMS_KEPT, NewItems } from '../../../../../shards/ranking/candidates/new-items.js';
import { smallGraph } from '../../../../support/shards/small-graph.js';

const WIDTH = 4;
const ITEMS = 400;

/** New items, each with the cosine that its vector has with axis 0; item `i` is the i-th. */
function setUp(cosines: readonly number[]) {
  const shared = createSharedVectors(ITEMS, WIDTH, 2);
  const view = new VectorView(shared);
  cosines.forEach((cosine, item) => {
    view.vectors.set([cosine, Math.sqrt(1 - cosine * cosine)], item * WIDTH);
    view.newItems[1 + item] = item;
  });
  view.newItems[0] = cosines.length;
  const { slabs } = smallGraph();
  const candidates = new CandidateSet(64, ITEMS);
  candidates.begin();
  const source = new NewItems(shared);
  const ask = (isRecommendable = (_item: number) => true) => {
    source.add(candidates, slabs, 0, isRecommendable);
    return [...candidates.item.subarray(0, candidates.count)];
  };
  return { view, slabs, candidates, source, ask };
}

describe('new items', () => {
  test('are proposed nearest to the interest and the last clicks first, and none that points away', () => {
    const { slabs, candidates, ask } = setUp([0.1, 0.9, -0.5, 0.5]);
    slabs.interest[0] = 1;
    expect(ask()).toEqual([1, 3, 0]);
    expect([...candidates.weight.subarray(0, 3)]).toEqual([0, 0, 0]);
  });

  test('follow the last three clicks, the later ones more', () => {
    const { view, slabs, ask } = setUp([0.6, 0]);
    view.vectors.set([0, 1, 0, 0], 300 * WIDTH);
    view.vectors.set([1, 0, 0, 0], 301 * WIDTH);
    slabs.clickItem.set([300, 300, 300, 300, 301]);
    slabs.clickCount[0] = 5;
    // Wanted: (1, 0.8 + 0.64); item 0 gets 0.6 + 0.8 · 1.44, item 1 gets 1.44.
    expect(ask()).toEqual([0, 1]);
  });

  test('are left out when out of stock, and nobody unknown gets any', () => {
    const { slabs, ask } = setUp([0.9, 0.8]);
    expect(ask()).toEqual([]);
    slabs.interest[0] = 1;
    expect(ask((item) => item !== 0)).toEqual([1]);
  });

  test('are so many at most, and take no more room than there are', () => {
    const many = setUp(Array.from({ length: 100 }, (_, i) => (i + 1) / 101));
    many.slabs.interest[0] = 1;
    expect(many.ask()).toEqual(Array.from({ length: NEW_ITEMS_KEPT }, (_, i) => 99 - i));
    expect(many.source.room).toBe(NEW_ITEMS_KEPT);
    expect(setUp([1, 1]).source.room).toBe(2);
    expect(setUp([]).source.room).toBe(0);
  });

  test('weigh half as much as the items do in the mean that they are nearest to, where those are candidates', () => {
    const { view, slabs, candidates, ask } = setUp([0.9, 0.5]);
    slabs.interest[0] = 1;
    candidates.weight[candidates.add(300)] = 4;
    // Item 0 is nearest to 300, which is a candidate, and to 301, which is none; item 1 to nothing.
    view.similar.set([301, 302]);
    expect(ask()).toEqual([300, 0, 1]);
    expect([...candidates.weight.subarray(0, 3)]).toEqual([4, 0.25, 0]);
  });

  test('keep what the graphs say of one that is a candidate already', () => {
    const { slabs, candidates, ask } = setUp([0.9]);
    slabs.interest[0] = 1;
    candidates.weight[candidates.add(0)] = 2;
    expect(ask()).toEqual([0]);
    expect([candidates.count, candidates.weight[0]]).toEqual([1, 2]);
  });
});
