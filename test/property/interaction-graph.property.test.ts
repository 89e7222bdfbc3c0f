import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decay } from '../../shards/graph/decay.js';
import { createSharedInteractions } from '../../shards/graph/interactions/interaction-buffers.js';
import { createInteraction, InteractionGraph } from '../../shards/graph/interactions/interaction-graph.js';

const T0 = 1_760_000_000_000;
const DAY_MS = 86_400_000;
const TIMES = { transitionHalfLifeMs: 10 * DAY_MS, popularHalfLifeMs: 20 * DAY_MS, recentHalfLifeMs: DAY_MS };
const BOUNDS = { items: 128, neighbours: 128, sessions: 512, sessionsPerItem: 4, sessionLength: 4 };

interface Click {
  readonly item: number;
  readonly before: readonly number[];
  readonly atMs: number;
}

const clicks: fc.Arbitrary<Click[]> = fc
  .array(
    fc.record({
      // Over two pages, so that two shards have something to own.
      item: fc.constantFrom(1, 2, 3, 64, 65, 66),
      before: fc.array(fc.constantFrom(1, 2, 3, 64, 65, 66), { maxLength: 3 }),
      afterMs: fc.constantFrom(0, 2 * 60_000, DAY_MS),
    }),
    { maxLength: 40, size: 'max' },
  )
  .map((script) => {
    let atMs = T0;
    return script.map(({ item, before, afterMs }) => ({ item, before, atMs: (atMs += afterMs) }));
  });

function popularity(graph: InteractionGraph, item: number, nowMs: number): number {
  return graph.popular(item) * decay(nowMs - graph.popularAt(item), TIMES.popularHalfLifeMs);
}

function recentPopularity(graph: InteractionGraph, item: number, nowMs: number): number {
  return graph.recent(item) * decay(nowMs - graph.popularAt(item), TIMES.recentHalfLifeMs);
}

/** What the graph should say, from all clicks at once: every click decayed to `nowMs` by its age. */
class NaiveGraph {
  readonly #links = new Map<string, { next: number; before: number; together: number }>();
  readonly popular = new Map<number, number>();
  readonly recent = new Map<number, number>();

  constructor(clicks: readonly Click[], nowMs: number) {
    for (const { item, before, atMs } of clicks) {
      const ageMs = nowMs - atMs;
      add(this.popular, item, Math.pow(2, -ageMs / TIMES.popularHalfLifeMs));
      add(this.recent, item, Math.pow(2, -ageMs / TIMES.recentHalfLifeMs));
      const left = Math.pow(2, -ageMs / TIMES.transitionHalfLifeMs);
      before.forEach((other, d) => {
        if (other === item) return;
        const forward = this.link(other, item);
        const back = this.link(item, other);
        if (d === 0) forward.next += left;
        if (d === 0) back.before += left;
        forward.together += left / (d + 1);
        back.together += left / (d + 1);
      });
    }
  }

  link(row: number, other: number): { next: number; before: number; together: number } {
    const name = `${row}>${other}`;
    const link = this.#links.get(name) ?? { next: 0, before: 0, together: 0 };
    this.#links.set(name, link);
    return link;
  }
}

function add(counts: Map<number, number>, item: number, count: number): void {
  counts.set(item, (counts.get(item) ?? 0) + count);
}

function learnAll(graphs: readonly InteractionGraph[], clicks: readonly Click[]): void {
  const interaction = createInteraction();
  for (const { item, before, atMs } of clicks) {
    interaction.item = item;
    interaction.atMs = atMs;
    interaction.beforeCount = before.length;
    interaction.before.set(before);
    for (const graph of graphs) graph.learn(interaction);
  }
}

test.each([1, 2])('%i shards together learn what all clicks say, decayed by their age', (shards) => {
  fc.assert(
    fc.property(clicks, (clicks) => {
      const shared = createSharedInteractions(BOUNDS);
      const graphs = Array.from(
        { length: shards },
        (_, shard) => new InteractionGraph(shared, TIMES, shard, shards),
      );
      learnAll(graphs, clicks);
      const nowMs = (clicks.at(-1)?.atMs ?? T0) + DAY_MS;
      const naive = new NaiveGraph(clicks, nowMs);
      const graph = graphs[0];
      const { other, next, before, together, rowCount, outgoing } = graph.arrays;
      for (const item of [1, 2, 3, 64, 65, 66]) {
        expect(popularity(graph, item, nowMs)).toBeCloseTo(naive.popular.get(item) ?? 0, 3);
        expect(recentPopularity(graph, item, nowMs)).toBeCloseTo(naive.recent.get(item) ?? 0, 3);
        const factor = graph.rowFactor(item, nowMs);
        let sum = 0;
        for (let i = item * BOUNDS.neighbours; i < item * BOUNDS.neighbours + rowCount[item]; i++) {
          const expected = naive.link(item, other[i]);
          sum += next[i];
          // Within a minute decay is left out, hence the two digits.
          expect(next[i] * factor).toBeCloseTo(expected.next, 2);
          expect(before[i] * factor).toBeCloseTo(expected.before, 2);
          expect(together[i] * factor).toBeCloseTo(expected.together, 2);
        }
        expect(outgoing[item]).toBeCloseTo(sum, 3);
      }
    }),
    { numRuns: 60 },
  );
});

test('the order in which clicks of an item arrive changes no popularity beyond the late ones counting in full', () => {
  fc.assert(
    fc.property(clicks, (clicks) => {
      const graph = new InteractionGraph(createSharedInteractions(BOUNDS), TIMES, 0, 1);
      learnAll([graph], [...clicks].reverse());
      const nowMs = (clicks.at(-1)?.atMs ?? T0) + DAY_MS;
      const naive = new NaiveGraph(clicks, nowMs);
      for (const [item, count] of naive.popular)
        expect(popularity(graph, item, nowMs)).toBeGreaterThanOrEqual(count - 1e-3);
    }),
    { numRuns: 30 },
  );
});
