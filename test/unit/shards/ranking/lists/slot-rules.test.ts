import { beforeAll, expect, test } from 'vitest';
import { CatalogueView } from '../../../../../model/catalogue/catalogue-view.js';
import { SEEN } from '../../../../../shards/graph/interest/event-effects.js';
import { markSeen } from '../../../../../shards/graph/interest/seen-items.js';
import { createRules, isAllowed } from '../../../../../shards/ranking/lists/slot-rules.js';
import { SeenLookup } from '../../../../../shards/ranking/lists/seen-lookup.js';
import { slotOf } from '../../../../support/shards/shard-calls.js';
import { freshCatalogue } from '../../../../support/shards/shard-harness.js';
import { smallGraph } from '../../../../support/shards/small-graph.js';

const VIEWED = 1;
const BOUGHT = 2;
const DISMISSED = 3;
const OUT_OF_STOCK = 4;
const REMOVED = 5;
let catalogue: CatalogueView;

beforeAll(async () => {
  const made = await freshCatalogue();
  await made.patch(`item-${OUT_OF_STOCK}`, { stock: 0 });
  await made.remove(`item-${REMOVED}`);
  catalogue = new CatalogueView(made.shared);
});

function allowed(slot: Parameters<typeof slotOf>[0], barsDismissed = true): number[] {
  const { slabs } = smallGraph();
  markSeen(slabs, 0, VIEWED, { marks: SEEN.viewed, clears: 0 });
  markSeen(slabs, 0, BOUGHT, { marks: SEEN.viewed | SEEN.purchased, clears: 0 });
  markSeen(slabs, 0, DISMISSED, { marks: SEEN.dismissed, clears: 0 });
  const seen = new SeenLookup(64);
  seen.use(slabs, 0);
  const rules = createRules(slotOf(slot), barsDismissed);
  return [0, VIEWED, BOUGHT, DISMISSED, OUT_OF_STOCK, REMOVED, 63].filter((item) =>
    isAllowed(rules, catalogue, seen, item),
  );
}

test.each([
  ['none', 0 as const, [0, VIEWED, BOUGHT]],
  ['purchased', 1 as const, [0, VIEWED]],
  ['viewed', 2 as const, [0]],
])('[R4] excludeSeen %s', (_name, excludeSeen, expected) => {
  expect(allowed({ excludeSeen })).toEqual(expected);
});

test('[R4] exclusions and filters rule out', () => {
  expect(allowed({ exclude: Int32Array.of(0, VIEWED) })).toEqual([BOUGHT]);
  expect(allowed({ filter: { op: 'range', column: -1, min: 2, max: 2.5 } })).toEqual([VIEWED]);
});

test('[T2] a rank orders a dismissed item, for the caller named it', () => {
  expect(allowed({}, false)).toContain(DISMISSED);
});

test('a look-up that is used for another user forgets the first', () => {
  const { slabs } = smallGraph();
  markSeen(slabs, 0, 1, { marks: SEEN.viewed, clears: 0 });
  markSeen(slabs, 1, 2, { marks: SEEN.purchased, clears: 0 });
  const seen = new SeenLookup(64);
  seen.use(slabs, 0);
  seen.use(slabs, 1);
  expect([seen.marks(1), seen.marks(2)]).toEqual([0, SEEN.purchased]);
});
