import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EVENT_KIND } from '../../model/scorer/event-kinds.js';
import { InterestCodec } from '../../shards/graph/interest/state/interest-codec.js';
import type { InterestGraph } from '../../shards/graph/interest/interest-graph.js';
import { mergeGraphs } from '../../shards/graph/interest/merge-graphs.js';
import { edgesOf, HOUR_MS, search, smallGraph, T0, touch, weightsOf } from '../support/shards/small-graph.js';

const step = fc.record({
  kind: fc.constantFrom(
    EVENT_KIND.view_item,
    EVENT_KIND.purchase,
    EVENT_KIND.search,
    EVENT_KIND.remove_from_cart,
    EVENT_KIND.dismiss_item,
  ),
  item: fc.nat(29),
  afterMs: fc.constantFrom(0, 1_000, HOUR_MS),
  state: fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
});
interface Step {
  readonly kind: number;
  readonly item: number;
  readonly afterMs: number;
  readonly state: readonly number[];
}
const steps: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 60, size: 'max' });

function play(
  graph: InterestGraph,
  row: number,
  script: readonly Step[],
  check: () => void = () => undefined,
): number {
  let atMs = T0;
  for (const { kind, item, afterMs, state } of script) {
    atMs += afterMs;
    if (kind === EVENT_KIND.search)
      search(graph, row, item % 4, `term ${item % 4}`, atMs, Int32Array.of(item));
    else {
      const node = touch(graph, row, item, kind, atMs);
      if (node >= 0 && kind <= EVENT_KIND.purchase && kind !== EVENT_KIND.remove_from_cart) {
        graph.setState(row, node, Float32Array.from([...state, ...state]), 0);
      }
    }
    check();
  }
  return atMs;
}

test('whatever happens, bounds hold, edges join nodes that exist, nodes are distinct and numbers finite', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const graph = smallGraph();
      const { slabs } = graph;
      play(graph, 1, script, () => {
        const count = slabs.nodeCount[1];
        expect(count).toBeLessThanOrEqual(12);
        expect(slabs.edgeCount[1]).toBeLessThanOrEqual(24);
        for (let i = slabs.edgeStart[1]; i < slabs.edgeStart[1] + slabs.edgeCount[1]; i++) {
          expect(slabs.edgeFrom[i]).toBeLessThan(count);
          expect(slabs.edgeTo[i]).toBeLessThan(count);
          expect(slabs.edgeFrom[i]).not.toBe(slabs.edgeTo[i]);
          expect(Number.isFinite(slabs.edgeWeight[i]) && Number.isFinite(slabs.edgeTogether[i])).toBe(true);
        }
        // By name, so a node that was there twice would be missing.
        expect(Object.keys(weightsOf(graph, 1, T0))).toHaveLength(count);
        expect(Object.keys(edgesOf(graph, 1))).toHaveLength(slabs.edgeCount[1]);
        for (const field of [
          slabs.nodeState.scales,
          slabs.interest,
          slabs.slow,
          slabs.lastMove,
          slabs.nodeWeight,
        ]) {
          expect(field.every(Number.isFinite)).toBe(true);
        }
      });
      expect(slabs.nodeCount[0] + slabs.nodeCount[2]).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test('folding loses no weight: at one instant the sum over all nodes is what the events added', () => {
  const instant = steps.map((script) =>
    script.map((one) => ({
      ...one,
      afterMs: 0,
      kind: one.kind === EVENT_KIND.search ? one.kind : EVENT_KIND.view_item,
    })),
  );
  fc.assert(
    fc.property(instant, (script) => {
      const graph = smallGraph({ nodes: 7 });
      const roomy = smallGraph({ nodes: 100, edges: 200 });
      play(graph, 0, script);
      play(roomy, 0, script);
      const sum = (of: InterestGraph) => Object.values(weightsOf(of, 0, T0)).reduce((a, b) => a + b, 0);
      expect(roomy.foldCount).toBe(0);
      expect(sum(graph)).toBeCloseTo(sum(roomy), 3);
    }),
    { numRuns: 300 },
  );
});

test('bytes of a graph bring the same graph back, into any slot, over whatever was there', () => {
  fc.assert(
    fc.property(steps, steps, (script, other) => {
      const graph = smallGraph();
      const codec = new InterestCodec(graph);
      play(graph, 0, script);
      graph.slabs.position[0] = 12_345;
      play(graph, 2, other);
      const bytes = codec.encode(0).slice();
      codec.decode(2, bytes);
      expect([...codec.encode(2)]).toEqual([...bytes]);
      expect(weightsOf(graph, 2, T0)).toEqual(weightsOf(graph, 0, T0));
      const now = T0 + 100 * HOUR_MS;
      for (const row of [0, 2])
        play(
          graph,
          row,
          other.map((one) => ({ ...one, afterMs: one.afterMs + HOUR_MS })),
        );
      expect(weightsOf(graph, 2, now)).toEqual(weightsOf(graph, 0, now));
    }),
    { numRuns: 60 },
  );
});

test('a merge adds the weights of both graphs, and takes all seen marks', () => {
  fc.assert(
    fc.property(steps, steps, (host, guest) => {
      const graph = smallGraph({ nodes: 100, edges: 250, seen: 60 });
      const now = Math.max(play(graph, 0, host), play(graph, 1, guest));
      const before = [weightsOf(graph, 0, now), weightsOf(graph, 1, now)];
      mergeGraphs(graph, 0, 1);
      const after = weightsOf(graph, 0, now);
      for (const name of new Set(before.flatMap(Object.keys))) {
        expect(after[name], name).toBeCloseTo((before[0][name] ?? 0) + (before[1][name] ?? 0), 3);
      }
      const { slabs } = graph;
      const items = (row: number) => [
        ...slabs.seenItem.subarray(slabs.seenStart[row], slabs.seenStart[row] + slabs.seenCount[row]),
      ];
      expect(items(0)).toEqual(expect.arrayContaining(items(1)));
    }),
    { numRuns: 60 },
  );
});

test('a merge of full graphs stays within the bounds', () => {
  fc.assert(
    fc.property(steps, steps, (host, guest) => {
      const graph = smallGraph();
      play(graph, 0, host);
      play(graph, 1, guest);
      mergeGraphs(graph, 0, 1);
      expect(graph.slabs.nodeCount[0]).toBeLessThanOrEqual(12);
      const first = graph.slabs.edgeStart[0];
      for (let i = first; i < first + graph.slabs.edgeCount[0]; i++) {
        expect(graph.slabs.edgeFrom[i]).toBeLessThan(graph.slabs.nodeCount[0]);
        expect(graph.slabs.edgeTo[i]).toBeLessThan(graph.slabs.nodeCount[0]);
      }
      expect(graph.slabs.nodeState.scales.every(Number.isFinite)).toBe(true);
    }),
    { numRuns: 60 },
  );
});
