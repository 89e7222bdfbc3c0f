import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EVENT_KIND } from '../../../../../model/scorer/event-kinds.js';
import { InterestCodec, stateBytesMax } from '../../../../../shards/graph/interest/state/interest-codec.js';
import {
  asMovedState,
  isPartialState,
  STATE_VERSION,
  statePosition,
} from '../../../../../shards/graph/interest/state/state-header.js';
import type { InterestGraph } from '../../../../../shards/graph/interest/interest-graph.js';
import { NODE } from '../../../../../shards/graph/interest/interest-slabs.js';
import { SEEN } from '../../../../../shards/graph/interest/event-effects.js';
import { InterestKeeper } from '../../../../../shards/graph/communities/interest-keeper.js';
import { INTERESTS_MAX, TUNE, TUNED_MAX } from '../../../../../shards/graph/interest-rows.js';
import {
  ATTRIBUTES_BYTES_MAX,
  SEGMENTS_MAX,
  CAMPAIGNS_SEEN_MAX,
  VISITS_MAX,
} from '../../../../../shards/graph/user-facts.js';
import { mergeGraphs } from '../../../../../shards/graph/interest/merge-graphs.js';
import { appendNode } from '../../../../../shards/graph/interest/nodes.js';
import { markSeen } from '../../../../../shards/graph/interest/seen-items.js';
import { termKey } from '../../../../../shards/shard/event-applier.js';
import { GRAPH_BOUNDS } from '../../../../../shards/wire/shard-limits.js';
import { boundedSearch, SEARCH_TEXT_BYTES } from '../../../../../model/catalogue/search/search-text.js';
import {
  edgesOf,
  search,
  smallGraph,
  T0,
  TIMES,
  touch,
  weightsOf,
} from '../../../../support/shards/small-graph.js';

function filled(row = 0): InterestGraph {
  const graph = smallGraph();
  search(graph, row, 99, 'rote Läm­pe', T0, Int32Array.of(1));
  for (const item of [1, 2, 7]) {
    const node = touch(graph, row, item, EVENT_KIND.view_item, T0 + item * 1_000);
    graph.setState(row, node, Float32Array.of(0.5, 0.25, item, -1, 0, 1, 0, 0), 0);
  }
  touch(graph, row, 9, EVENT_KIND.dismiss_item, T0 + 9_000);
  graph.slabs.position[row] = 42;
  graph.slabs.sessionId[row] = 5;
  new InterestKeeper(graph.slabs, TIMES).cut(row);
  graph.slabs.rows.tune(row, 1, { kind: NODE.category, key: 1 }, TUNE.less);
  return graph;
}

function withFacts(graph: InterestGraph): InterestGraph {
  const { facts } = graph.slabs;
  facts.pay(0, 12.5);
  facts.setSegments(0, [3, 700]);
  for (const campaign of [77, 4_000_000_000]) facts.seeCampaign(0, campaign);
  facts.attributes[0] = '{"country":"Österreich"}';
  return graph;
}

describe('bytes of a user', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('of version %i are read as they were written then', (version) => {
    const golden = readFileSync(new URL(`../../../../fixtures/user-state-${version}.bin`, import.meta.url));
    const graph = smallGraph();
    const codec = new InterestCodec(graph);
    codec.decode(1, golden);
    const expected = filled();
    expect(weightsOf(graph, 1, T0)).toEqual(weightsOf(expected, 0, T0));
    expect(edgesOf(graph, 1)).toEqual(edgesOf(expected, 0));
    expect(graph.term(1, graph.find(1, NODE.term, 99))).toBe('rote Läm­pe');
    expect([...graph.slabs.interest.subarray(4, 8)]).toEqual([0, 1, 0, 0]);
    expect(isPartialState(golden)).toBe(version === 1);
    const { rows } = graph.slabs;
    expect(rows.interestCount[1] > 0).toBe(version >= 4);
    expect(rows.tuneOf(1, 1)).toBe(version >= 4 ? TUNE.less : TUNE.normal);
    expect(rows.isGrafted[1]).toBe(version >= 4 ? 0 : 1);
    expect(graph.slabs.withheld[1]).toBe(version >= 5 ? 3 : 0);
    expect(graph.slabs.withheldMs[1]).toBe(version >= 5 ? T0 : 0);
    const { facts } = graph.slabs;
    expect(facts.isLate[1]).toBe(version >= 6 ? 0 : 1);
    expect([facts.spend[1], facts.purchases[1], facts.visits[1]]).toEqual(
      version >= 6 ? [12.5, 1, 1] : [0, 0, 0],
    );
    expect(facts.segmentsOf(1)).toEqual(version >= 6 ? [3, 700] : []);
    expect(facts.attributes[1]).toBe(version >= 6 ? '{"country":"Österreich"}' : '');
    expect([...facts.campaignsOf(1)]).toEqual(version >= 7 ? [77, 4_000_000_000] : []);
    expect(facts.visitsOf(1)).toEqual(version >= 6 ? [{ at: T0 / 1_000 + 1, clicks: 3, spend: 12.5 }] : []);
  });

  test('are written the same in this version', () => {
    const fixture = `../../../../fixtures/user-state-${STATE_VERSION}.bin`;
    const golden = readFileSync(new URL(fixture, import.meta.url));
    const graph = withFacts(filled());
    graph.slabs.withheld[0] = 3;
    graph.slabs.withheldMs[0] = T0;
    expect(Buffer.from(new InterestCodec(graph).encode(0)).toString('hex')).toBe(golden.toString('hex'));
  });

  test('that are moved say what is withheld still; what no version knows of is refused', () => {
    const graph = filled();
    graph.slabs.withheld[0] = 2;
    graph.slabs.rows.isGrafted[0] = 1;
    const codec = new InterestCodec(graph);
    const moved = asMovedState(codec.encode(0), 7);
    codec.decode(1, moved);
    expect([graph.slabs.withheld[1], graph.slabs.rows.isGrafted[1]]).toEqual([2, 0]);
    moved[23] = 8;
    expect(() => codec.decode(1, moved)).toThrow('withholds 4');
  });

  test('name the journal position they contain', () => {
    expect(statePosition(new InterestCodec(filled()).encode(0))).toBe(42);
  });

  test('are kept by a copy while the codec encodes the next user', () => {
    const graph = filled();
    touch(graph, 2, 30, EVENT_KIND.view_item, T0);
    const codec = new InterestCodec(graph);
    const first = codec.encode(0).slice();
    const kept = Buffer.from(first).toString('hex');
    codec.encode(2);
    expect(Buffer.from(first).toString('hex')).toBe(kept);
  });

  test('of another width keep weights, edges, clicks and marks; states begin again as vectors', () => {
    const bytes = new InterestCodec(filled()).encode(0).slice();
    const wide = smallGraph({ width: 6 });
    new InterestCodec(wide).decode(1, bytes);
    const before = filled();
    expect(weightsOf(wide, 1, T0)).toEqual(weightsOf(before, 0, T0));
    expect(edgesOf(wide, 1)).toEqual(edgesOf(before, 0));
    expect([...wide.slabs.clickItem.subarray(6, 9)]).toEqual([1, 2, 7]);
    const node = wide.slabs.nodeStart[1] + wide.find(1, NODE.item, 7);
    expect([...wide.slabs.nodeState.of(node)]).toEqual([0, 1, 0, 0, 0, 0]);
    expect(wide.term(1, wide.find(1, NODE.term, 99))).toBe('rote Läm­pe');
  });

  test('of another model are read in the same way when they are as wide: no vector of another space is kept', () => {
    const bytes = new InterestCodec(filled(), 7).encode(0).slice();
    const other = smallGraph();
    new InterestCodec(other, 8).decode(1, bytes);
    expect(weightsOf(other, 1, T0)).toEqual(weightsOf(filled(), 0, T0));
    const node = other.slabs.nodeStart[1] + other.find(1, NODE.item, 7);
    expect([...other.slabs.nodeState.of(node)]).toEqual([0, 0, 0, 1]);
    // Clicks on items 1, 2 and 7, whose vectors are the axes 1, 2 and 3.
    const third = Math.fround(1 / Math.sqrt(3));
    expect([...other.slabs.sessionSum.subarray(4, 8)]).toEqual([0, 1, 1, 1]);
    for (const [d, value] of [0, third, third, third].entries())
      expect(other.slabs.interest[4 + d]).toBeCloseTo(value, 6);
    expect(other.slabs.slows.roomOf(1)).toBe(0);
    expect([...other.slabs.slow.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
  });

  test('of another model are read where a damaged one was refused: none of its numbers are left', () => {
    const damaged = filled();
    damaged.slabs.nodeState.scales.fill(NaN);
    const other = smallGraph();
    expect(() => new InterestCodec(other, 7).decode(1, new InterestCodec(damaged, 7).encode(0))).toThrow(
      'a number that is not finite',
    );
    new InterestCodec(other, 8).decode(1, new InterestCodec(filled(), 7).encode(0));
    expect(weightsOf(other, 1, T0)).toEqual(weightsOf(filled(), 0, T0));
  });

  test('that move to another store are contained in its journal, whatever they were', () => {
    const graph = filled();
    const codec = new InterestCodec(graph);
    expect(isPartialState(codec.encode(0))).toBe(false);
    graph.slabs.isPartial[0] = 1;
    const partial = codec.encode(0).slice();
    expect(isPartialState(partial)).toBe(true);
    codec.decode(0, partial);
    expect(isPartialState(codec.encode(0))).toBe(true);
    const moved = asMovedState(partial, 5);
    expect([statePosition(moved), isPartialState(moved)]).toEqual([5, false]);
  });

  test('of a later version, or with more than fits, are refused', () => {
    const codec = new InterestCodec(smallGraph());
    const bytes = new InterestCodec(filled()).encode(0).slice();
    expect(() => codec.decode(1, Uint8Array.from([99, ...bytes.slice(1)]))).toThrow(
      'version 99; this build reads versions up to 8',
    );
    expect(() => new InterestCodec(smallGraph({ nodes: 7 })).decode(1, bytes)).toThrow('does not fit');
  });
});

describe('a user of the largest state', () => {
  /** 255 units that become 1,210 in their normal form: the characters that grow most. */
  const GROWING = ['\u3316'.repeat(255), `${'\u3316'.repeat(254)}か`, '\ufdfa'.repeat(255)];
  /** A text of the most bytes that are kept, another one for each number. */
  const longest = (number: number): string => `${String(number).padStart(4, '0')}${'茶'.repeat(84)}`;

  function largest(graph: InterestGraph, row: number, texts: (number: number) => string): void {
    const { slabs } = graph;
    const { nodes, edges, clicks, seen } = slabs.bounds;
    for (let node = 0; node < nodes; node++)
      graph.setTerm(row, appendNode(slabs, row, NODE.term, node), texts(node));
    for (let edge = 0; edge < edges; edge++) graph.edges.add(row, edge % nodes, (edge * 7 + 1) % nodes, T0);
    slabs.edges.reserve(row, edges, slabs.edgeCount[row]);
    slabs.edgeCount[row] = edges;
    slabs.clickCount[row] = clicks;
    for (let item = 0; item < seen; item++)
      markSeen(slabs, row, item % 40, { marks: SEEN.viewed, clears: 0 });
    slabs.seen.reserve(row, seen, slabs.seenCount[row]);
    slabs.seenCount[row] = seen;
    const { rows } = slabs;
    rows.interests.reserve(row, INTERESTS_MAX, 0);
    rows.interestCount[row] = INTERESTS_MAX;
    for (let key = 0; key < TUNED_MAX; key++) rows.tune(row, 1, { kind: NODE.term, key }, TUNE.more);
  }

  test('is as large as the bounds say, and comes back whole', () => {
    const graph = smallGraph(GRAPH_BOUNDS);
    const other = smallGraph(GRAPH_BOUNDS);
    largest(graph, 0, longest);
    for (let n = 0; n < VISITS_MAX; n++) graph.slabs.facts.beginVisit(0, T0);
    graph.slabs.facts.setSegments(
      0,
      Array.from({ length: SEGMENTS_MAX }, (_, n) => n + 1),
    );
    for (let n = 0; n <= CAMPAIGNS_SEEN_MAX; n++) graph.slabs.facts.seeCampaign(0, n + 1);
    const attributes = JSON.stringify({ said: 'x'.repeat(ATTRIBUTES_BYTES_MAX - '{"said":""}'.length) });
    graph.slabs.facts.attributes[0] = attributes;
    graph.slabs.withheld[0] = 1;
    const bytes = new InterestCodec(graph).encode(0);
    expect(bytes.length).toBe(stateBytesMax(graph.slabs));
    new InterestCodec(other).decode(1, bytes);
    expect([...other.slabs.facts.campaignsOf(1)]).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    for (let node = 0; node < GRAPH_BOUNDS.nodes; node++) expect(other.term(1, node)).toBe(longest(node));
  });

  test('fits after a merge with another such user', () => {
    const graph = smallGraph(GRAPH_BOUNDS);
    largest(graph, 0, longest);
    largest(graph, 1, (number) => longest(number + 1_000));
    mergeGraphs(graph, 0, 1);
    expect(new InterestCodec(graph).encode(0).length).toBeLessThanOrEqual(stateBytesMax(graph.slabs));
  });

  test('fits when all its searches are of characters that grow', () => {
    const graph = smallGraph(GRAPH_BOUNDS);
    for (let number = 0; number < 200; number++) {
      const text = `${number} ${GROWING[number % GROWING.length]}`.slice(0, 256);
      // As the gateway of an older version wrote it: in its normal form, however long.
      const grown = text.normalize('NFKD').toLowerCase();
      search(graph, 0, termKey(grown), grown, T0 + number);
    }
    const bytes = new InterestCodec(graph).encode(0);
    new InterestCodec(graph).decode(1, bytes);
    expect(Buffer.from(new InterestCodec(graph).encode(1)).equals(new InterestCodec(graph).encode(0))).toBe(
      true,
    );
  });

  test('is read when it was written before texts had a bound', () => {
    const graph = smallGraph();
    const text = `${'あ'.repeat(30)} `.repeat(20).trim();
    search(graph, 0, 7, 'x', T0);
    const bytes = new InterestCodec(graph).encode(0);
    const longer = Buffer.concat([bytes.subarray(0, -4), Buffer.alloc(3), Buffer.from(text)]);
    longer[bytes.length - 4] = 0;
    longer.writeUInt16LE(Buffer.byteLength(text), bytes.length - 3);
    new InterestCodec(graph).decode(1, longer);
    expect(graph.term(1, 0)).toBe(boundedSearch(text));
    expect(Buffer.byteLength(graph.term(1, 0))).toBeLessThanOrEqual(SEARCH_TEXT_BYTES);
  });
});
