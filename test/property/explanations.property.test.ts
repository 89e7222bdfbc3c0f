import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EVENT_KIND } from '../../model/scorer/event-kinds.js';
import { NeighbourScorer } from '../../model/scorer/neighbour-scorer.js';
import { OnnxScorer } from '../../model/scorer/onnx-scorer.js';
import type { Scorer } from '../../model/scorer/scorer.js';
import { PART } from '../../shards/ranking/reasons/reason-codes.js';
import { randomOnnx } from '../support/model/random-onnx.js';
import { aClick, anEvent, anEventCall, aSend, aSubscription, openAs } from '../support/shards/shard-calls.js';
import { ITEMS, ShardHarness } from '../support/shards/shard-harness.js';
import { TinyScorer } from '../support/model/tiny-scorer.js';
import type { ReasonRow } from '../../shards/wire/slot-lists.js';
import type { ShardEvent } from '../../shards/wire/shard-event.js';

const KINDS: readonly { readonly name: string; open(): Promise<Scorer> }[] = [
  { name: 'onnx', open: () => OnnxScorer.load(randomOnnx(5)) },
  { name: 'neighbours', open: () => Promise.resolve(new NeighbourScorer()) },
  { name: 'tiny', open: () => Promise.resolve(new TinyScorer()) },
];
const ANN = { user: 'ann', ...openAs(0) };
/** Of the largest part: scores are float32, and large parts may cancel. */
const TOLERANCE = 1e-5;

interface Step {
  readonly user: number;
  readonly item: number;
  readonly kind: number;
  readonly gapMinutes: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  user: fc.nat(2),
  item: fc.nat(ITEMS - 1),
  kind: fc.constantFrom(
    EVENT_KIND.view_item,
    EVENT_KIND.view_item,
    EVENT_KIND.add_to_cart,
    EVENT_KIND.purchase,
    EVENT_KIND.dismiss_item,
    EVENT_KIND.search,
  ),
  gapMinutes: fc.constantFrom(0, 0, 1, 1, 5, 45),
});
const slot = fc.record({
  diversity: fc.constantFrom(0, 0.7),
  maxMoves: fc.constantFrom(0, 2),
  minIntervalMs: fc.constantFrom(0, 60_000),
  k: fc.constantFrom(3, 20, 70),
});

function eventOfStep({ item, kind }: Step, seq: number, tsMs: number): ShardEvent {
  return kind === EVENT_KIND.search
    ? anEvent({ seq, on: [], kind, tsMs, query: `q${item}`, hits: Int32Array.of(item, (item + 7) % ITEMS) })
    : anEvent({ seq, on: [item], kind, tsMs });
}

function sumOf(reason: ReasonRow): number {
  return (reason.parts ?? []).reduce((sum, { score }) => sum + score, 0);
}

/** Reasons of a list add up to its scores, and name what its parts say. */
function expectAdditive(
  items: ArrayLike<number>,
  scores: ArrayLike<number>,
  reasons: readonly ReasonRow[] | undefined,
): void {
  expect(reasons).toHaveLength(items.length);
  reasons?.forEach((reason, i) => {
    const parts = reason.parts ?? [];
    const scale = parts.reduce((most, { score }) => Math.max(most, Math.abs(score)), 1);
    expect(Math.abs(sumOf(reason) - scores[i])).toBeLessThan(TOLERANCE * scale);
    expect(reason.weight.reduce((sum, weight) => sum + weight, 0)).toBeLessThan(1 + 1e-9);
    const own = new Map(parts.filter(({ of }) => of === PART.item).map((part) => [part.item, part.score]));
    for (const item of reason.because) expect(own.get(item)).toBeGreaterThan(0);
    expect(parts.every(({ of, item }) => (of === PART.item) === item >= 0)).toBe(true);
  });
}

/** What all parts of a score come to, whatever their signs. */
function sizeOf({ parts = [] }: ReasonRow): number {
  return parts.reduce((sum, { score }) => sum + Math.abs(score), 0);
}

/** The largest part, by its size, that is of the interest as a whole and of no item. */
function largestInterest(reasons: readonly ReasonRow[] = []): number {
  const parts = reasons.flatMap(({ parts: all = [] }) => all.filter(({ of }) => of === PART.interest));
  return Math.max(0, ...parts.map(({ score }) => Math.abs(score)));
}

describe.each(KINDS)('reasons with a scorer: $name', (kind) => {
  let scorer: Scorer;
  beforeAll(async () => {
    scorer = await kind.open();
  });
  afterAll(() => scorer.close());

  test('the parts of every item’s score add up to it, whatever happened before and whatever made the list', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), slot, async (steps, fields) => {
        const shard = await ShardHarness.make({ scorer });
        const seqs = [0, 0, 0];
        for (let user = 0; user < 3; user++) {
          await shard.open({ user: `user-${user}`, ...openAs(user) });
          await shard.tick(aSubscription(openAs(user), { ...fields, explain: true }));
        }
        for (const one of steps) {
          shard.clock.advanceMs(one.gapMinutes * 60_000);
          const event = eventOfStep(one, ++seqs[one.user], shard.clock.nowMs());
          await shard.tick(aSend({ by: openAs(one.user), event }));
        }
        expect(shard.failures).toEqual([]);
        for (let user = 0; user < 3; user++) {
          for (const list of shard.lists(user)) expectAdditive(list.items, list.scores, list.why);
          const asked = [1, 5, 9, 30, 59];
          for (const candidates of [undefined, asked]) {
            const answer = await shard.rank({ by: openAs(user), of: candidates, slot: { explain: true } });
            expectAdditive(answer.items, answer.scores, answer.reasons);
          }
        }
      }),
      { numRuns: 12 },
    );
  });

  test('in a first session all of the interest belongs to items, in the list of a click and in a call after it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(ITEMS - 1), { minLength: 1, maxLength: 15 }), async (items) => {
        const shard = await ShardHarness.make({ scorer });
        await shard.open(ANN);
        await shard.tick(aSubscription(ANN, { k: 70, explain: true }));
        for (const [i, item] of items.entries()) {
          shard.clock.advanceMs(1_000);
          await shard.tick(anEventCall({ by: ANN, seq: i + 1, on: [item], tsMs: shard.clock.nowMs() }));
        }
        const answer = await shard.rank({ by: ANN, slot: { k: 70, explain: true } });
        for (const { why } of shard.lists(ANN.channel).slice(1))
          expect(largestInterest(why)).toBeLessThan(TOLERANCE * 10);
        // From the stored state of the click, which is in bytes.
        for (const reason of answer.reasons ?? [])
          expect(largestInterest([reason])).toBeLessThan(0.02 * sizeOf(reason));
      }),
      { numRuns: 10 },
    );
  });

  test('lists that nobody asked reasons of have none', async () => {
    const shard = await ShardHarness.make({ scorer });
    await shard.open(ANN);
    await shard.tick(aSubscription(ANN));
    await shard.tick(aClick({ by: ANN, seq: 1, on: [5] }));
    expect(shard.lists(ANN.channel).map(({ why }) => why)).toEqual([undefined, undefined]);
  });
});
