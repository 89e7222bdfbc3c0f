import { expect, test } from 'vitest';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import { readGraph } from '../../../../shards/disclosure/read-graph.js';
import { HOUR_MS, smallGraph, T0, touch } from '../../../support/shards/small-graph.js';

test('the clicks of the running session are told, oldest first, until a pause has ended it', () => {
  const graph = smallGraph();
  expect(readGraph(graph, 0, T0).session).toEqual([]);
  touch(graph, 0, 9, EVENT_KIND.view_item, T0 - HOUR_MS);
  touch(graph, 0, 1, EVENT_KIND.view_item, T0);
  touch(graph, 0, 2, EVENT_KIND.add_to_cart, T0 + 1);
  const session = [
    { item: 1, kind: EVENT_KIND.view_item },
    { item: 2, kind: EVENT_KIND.add_to_cart },
  ];
  expect(readGraph(graph, 0, T0 + HOUR_MS / 2).session).toEqual(session);
  expect(readGraph(graph, 0, T0 + HOUR_MS).session).toEqual([]);
});
