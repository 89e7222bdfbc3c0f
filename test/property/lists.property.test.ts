import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { CatalogueView } from '../../model/catalogue/catalogue-view.js';
import type { CompiledFilter } from '../../model/catalogue/shared-catalogue.js';
import { SEEN } from '../../shards/graph/interest/event-effects.js';
import { markSeen } from '../../shards/graph/interest/seen-items.js';
import { TopItems } from '../../shards/graph/interactions/top-items.js';
import { Trends } from '../../shards/graph/interactions/trends.js';
import { ListMaker } from '../../shards/ranking/lists/list-maker.js';
import { createRules } from '../../shards/ranking/lists/slot-rules.js';
import { SeenLookup } from '../../shards/ranking/lists/seen-lookup.js';
import { slotOf } from '../support/shards/shard-calls.js';
import { freshCatalogue, ITEMS } from '../support/shards/shard-harness.js';
import { smallGraph } from '../support/shards/small-graph.js';
import type { SlotDefinition } from '../../shards/wire/slot-lists.js';

const OUT_OF_STOCK = [5, 17];
const REMOVED = [8, 23];
const K_MAX = 40;

let catalogue: CatalogueView;
let maker: ListMaker;

beforeAll(async () => {
  const made = await freshCatalogue();
  for (const item of OUT_OF_STOCK) await made.patch(`item-${item}`, { stock: 0 });
  for (const item of REMOVED) await made.remove(`item-${item}`);
  catalogue = new CatalogueView(made.shared);
  const trends = new Trends(10, 1_000, catalogue);
  for (const item of [1, 5, 8, 30, 31]) trends.update(item, item + 1, 1_000);
  maker = new ListMaker(catalogue, trends, new TopItems(10, 1_000), K_MAX);
});

const item = fc.nat(ITEMS - 1);
const items = (maxLength: number) => fc.uniqueArray(item, { maxLength });

const filter: fc.Arbitrary<CompiledFilter | undefined> = fc.option(
  fc.record({
    op: fc.constant('range' as const),
    column: fc.constant(-1),
    min: fc.integer({ min: 0, max: 30 }),
    max: fc.integer({ min: 30, max: 60 }),
  }),
  { nil: undefined },
);

const slot: fc.Arbitrary<SlotDefinition> = fc
  .record({
    k: fc.integer({ min: 1, max: K_MAX }),
    filter,
    exclude: items(20),
    excludeSeen: fc.constantFrom(0 as const, 1 as const, 2 as const),
    diversity: fc.constantFrom(0, 0.3, 1),
    maxMoves: fc.constantFrom(0, 1, 3),
    minIntervalMs: fc.constantFrom(0, 1_000),
  })
  .map(({ filter, exclude, ...rest }) =>
    slotOf({ ...rest, exclude: Int32Array.from(exclude), ...(filter && { filter }) }),
  );

const marks = fc.array(fc.tuple(item, fc.constantFrom<number>(...Object.values(SEEN))), { maxLength: 30 });
const scored = fc.uniqueArray(fc.tuple(item, fc.double({ min: -5, max: 5, noNaN: true })), {
  selector: ([item]) => item,
  maxLength: ITEMS,
});
const shown = fc.option(fc.record({ items: items(K_MAX), ageMs: fc.constantFrom(10_000, 500) }), {
  nil: undefined,
});

interface World {
  readonly slot: SlotDefinition;
  readonly marks: readonly (readonly [item: number, marks: number])[];
  readonly scored: readonly (readonly [item: number, score: number])[];
  readonly shown: { readonly items: readonly number[]; readonly ageMs: number } | undefined;
}
const world: fc.Arbitrary<World> = fc.record({ slot, marks, scored, shown });

function makeList({ slot, marks, scored, shown }: World): {
  readonly items: number[];
  readonly scores: number[];
  readonly allowed: Set<number>;
} {
  const { slabs } = smallGraph({ seen: 60 });
  for (const [item, bits] of marks) markSeen(slabs, 0, item, { marks: bits, clears: 0 });
  const seen = new SeenLookup(64);
  seen.use(slabs, 0);
  const rules = createRules(slot, true);
  // What lies behind the candidates is of somebody who had more.
  const candidates = {
    items: Int32Array.from([...scored.map(([item]) => item), 99]),
    scores: Float32Array.from([...scored.map(([, score]) => score), 9]),
    count: scored.length,
  };
  const before = shown && { items: Int32Array.from(shown.items), ageMs: shown.ageMs };
  const list = maker.make(rules, candidates, seen, before);
  const barred = (item: number) =>
    (seen.marks(item) &
      ([0, SEEN.purchased, SEEN.purchased | SEEN.viewed][slot.excludeSeen] | SEEN.dismissed)) !==
    0;
  const allowed = Array.from({ length: ITEMS }, (_, item) => item).filter(
    (item) =>
      !OUT_OF_STOCK.includes(item) &&
      !REMOVED.includes(item) &&
      !barred(item) &&
      slot.exclude?.includes(item) !== true &&
      (slot.filter?.op !== 'range' || (1 + item >= slot.filter.min && 1 + item <= slot.filter.max)),
  );
  return {
    items: [...list.items.subarray(0, list.count)],
    scores: [...list.scores.subarray(0, list.count)],
    allowed: new Set(allowed),
  };
}

describe('whatever the rules, the marks and the scores', () => {
  test('[R4] a list holds nothing twice, nothing ruled out, nothing gone or out of stock, and is as long as it can be', () => {
    fc.assert(
      fc.property(world, (world) => {
        const { items, scores, allowed } = makeList(world);
        expect(new Set(items).size).toBe(items.length);
        expect(items.filter((item) => !allowed.has(item))).toEqual([]);
        expect(items).toHaveLength(Math.min(world.slot.k, allowed.size));
        expect(
          scores.every((score, i) => Number.isFinite(score) && (i === 0 || score <= scores[i - 1])),
        ).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('[R5] at most maxMoves items enter, or none within minIntervalMs, but for places that what was shown cannot fill', () => {
    fc.assert(
      fc.property(world, (world) => {
        const { slot, shown } = world;
        if (
          shown === undefined ||
          shown.items.length === 0 ||
          (slot.maxMoves === 0 && slot.minIntervalMs === 0)
        )
          return;
        const { items, allowed } = makeList(world);
        const isFrozen = slot.minIntervalMs > 0 && shown.ageMs < slot.minIntervalMs;
        const limit = isFrozen ? 0 : slot.maxMoves > 0 ? slot.maxMoves : Infinity;
        const kept = shown.items.filter((item) => allowed.has(item)).length;
        const entered = items.filter((item) => !shown.items.includes(item)).length;
        expect(entered).toBeLessThanOrEqual(Math.max(limit, slot.k - kept));
      }),
      { numRuns: 400 },
    );
  });

  test('without diversity and stability, a list is the best by score', () => {
    fc.assert(
      fc.property(world, (world) => {
        const plain = { ...world, shown: undefined, slot: { ...world.slot, diversity: 0 } };
        const { items, allowed } = makeList(plain);
        const score = new Map(world.scored);
        const best = [...score.entries()]
          .filter(([item]) => allowed.has(item))
          .map(([, value]) => Math.fround(value))
          .sort((a, b) => b - a);
        const found = items.flatMap((item) => (score.has(item) ? [Math.fround(score.get(item)!)] : []));
        expect(found.slice(0, best.length)).toEqual(best.slice(0, Math.min(found.length, world.slot.k)));
      }),
      { numRuns: 200 },
    );
  });
});
