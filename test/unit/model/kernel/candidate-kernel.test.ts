import { describe, expect, test } from 'vitest';
import { FEATURE_COUNT, FEATURE_INPUTS } from '../../../../model/features/feature-list.js';
import { CandidateKernel } from '../../../../model/kernel/candidate-kernel.js';
import { SCORE_COLUMNS, SCORE_SCALE, type LinearRanker } from '../../../../model/scorer/scorer.js';
import {
  createSharedVectors,
  itemVectors,
  type SharedVectors,
} from '../../../../model/kernel/shared-vectors.js';
import { Random } from '../../../../model/train/random-numbers.js';
import { NOBODY, noRanker } from '../../../support/model/test-kernel.js';

const ITEMS = 37;
const COLUMNS = FEATURE_COUNT + SCORE_COLUMNS;
const NETWORK = FEATURE_COUNT;
const LAST = FEATURE_COUNT + 1;
const BEST = FEATURE_COUNT + 2;

interface Setup {
  readonly width: number;
  readonly recents: number;
  readonly max: number;
  readonly seed?: number;
  readonly ranker?: LinearRanker;
}

function drawn(random: Random, length: number): Float32Array {
  return Float32Array.from({ length }, () => random.normal());
}

function vectorsOf(width: number, seed = 1): SharedVectors {
  const shared = createSharedVectors(ITEMS, width, 0);
  itemVectors(shared).set(drawn(new Random(seed), ITEMS * width));
  return shared;
}

function drawnRanker(seed = 1): LinearRanker {
  const random = new Random(seed);
  return { weight: drawn(random, COLUMNS), mean: new Float32Array(COLUMNS), bias: random.normal() };
}

/** A kernel over `shared` with numbers of its own in every buffer that a user fills. */
function filledKernel(
  shared: SharedVectors,
  { width, recents, max, seed = 2, ranker }: Setup,
): CandidateKernel {
  const kernel = new CandidateKernel({ width, recents }, ranker ?? drawnRanker(), shared, max);
  const random = new Random(seed);
  for (const name of FEATURE_INPUTS)
    kernel.inputs[name].forEach((_, m, column) => (column[m] = random.uniform()));
  // The last item of the table is always among them, and items may come twice.
  kernel.items.forEach((_, m, items) => (items[m] = m === 0 ? ITEMS - 1 : random.below(ITEMS)));
  kernel.targets.set(drawn(random, kernel.targets.length));
  return kernel;
}

/** Column `column` of the first `count` candidates. */
function columnOf({ columns, stride }: CandidateKernel, column: number, count: number): number[] {
  return [...columns.subarray(column * stride, column * stride + count)];
}

/** Dots in float64 of each candidate's vector with target `target`, and how large their terms are. */
function dotsOf({ items, targets }: CandidateKernel, shared: SharedVectors, target: number, count: number) {
  const { width } = shared;
  const vectors = itemVectors(shared);
  return Array.from(items.subarray(0, count), (item) => {
    let sum = 0;
    for (let d = 0; d < width; d++) sum += vectors[item * width + d] * targets[target * width + d];
    return sum;
  });
}

/** Float32 sums of some hundred numbers of about 1. */
function expectClose(found: readonly number[], expected: readonly number[], what: string, scale = 1): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((value, m) =>
    expect(Math.abs(value - expected[m]), `${what} of ${m}`).toBeLessThan(2e-5 * scale),
  );
}

/** Columns beside the features, and scores, against the definition in float64. */
function expectRight(
  kernel: CandidateKernel,
  shared: SharedVectors,
  { recents }: Pick<Setup, 'recents'>,
  count: number,
  { weight, bias } = drawnRanker(),
): void {
  const dots = Array.from({ length: 1 + recents }, (_, target) => dotsOf(kernel, shared, target, count));
  const others = recents === 1 ? [dots[1]] : dots.slice(2);
  const network = dots[0].map((dot) => SCORE_SCALE * dot);
  const best = dots[0].map((_, m) => Math.max(...others.map((cosines) => cosines[m])));
  expectClose(columnOf(kernel, NETWORK, count), network, 'network score', SCORE_SCALE);
  expectClose(columnOf(kernel, LAST, count), dots[1], 'cosine with the last');
  expectClose(columnOf(kernel, BEST, count), best, 'best of the others');
  const columns = Array.from({ length: COLUMNS }, (_, column) => columnOf(kernel, column, count));
  const scores = network.map((_, m) => columns.reduce((sum, values, c) => sum + weight[c] * values[m], bias));
  expectClose([...kernel.scores.subarray(0, count)], scores, 'score', 10 * SCORE_SCALE);
}

const WIDTHS = [1, 2, 3, 4, 5, 7, 8, 12, 15, 64];
const RECENTS = [1, 2, 3, 4, 5, 8];

describe.each(WIDTHS)('the kernel, vectors of width %i', (width) => {
  test.each(RECENTS)(
    '%i recents: network score, cosines and score are what float64 makes of them',
    (recents) => {
      const shared = vectorsOf(width);
      const kernel = filledKernel(shared, { width, recents, max: 21 });
      kernel.run(21, { ...NOBODY, weightBest: 1, outgoingOfLast: 3 });
      expectRight(kernel, shared, { recents }, 21);
    },
  );
});

describe('the kernel', () => {
  test.each([1, 2, 3, 4, 5, 15, 16, 17, 63])(
    'scores %i candidates, room for them and not one more',
    (count) => {
      const shared = vectorsOf(8);
      const kernel = filledKernel(shared, { width: 8, recents: 3, max: count });
      kernel.run(count, NOBODY);
      expectRight(kernel, shared, { recents: 3 }, count);
    },
  );

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'scores the first %i of more, whatever the others’ places hold',
    (count) => {
      const shared = vectorsOf(8);
      const kernel = filledKernel(shared, { width: 8, recents: 2, max: 20 });
      kernel.run(count, NOBODY);
      const before = [...kernel.scores.subarray(0, count)];
      for (const name of FEATURE_INPUTS) kernel.inputs[name].fill(Number.NaN, count);
      kernel.items.fill(0x7fffffff, count);
      kernel.run(count, NOBODY);
      expect([...kernel.scores.subarray(0, count)]).toEqual(before);
      expectRight(kernel, shared, { recents: 2 }, count);
    },
  );

  test('every column counts by its weight, and nothing but the bias by none', () => {
    const shared = vectorsOf(8);
    for (let column = 0; column < COLUMNS; column++) {
      const ranker = noRanker();
      ranker.weight[column] = 2;
      const kernel = filledKernel(shared, { width: 8, recents: 2, max: 6, ranker: { ...ranker, bias: 0.5 } });
      kernel.run(6, NOBODY);
      const expected = columnOf(kernel, column, 6).map((value) => Math.fround(Math.fround(2 * value) + 0.5));
      expect([...kernel.scores.subarray(0, 6)], `column ${column}`).toEqual(expected);
    }
  });

  test('an absent click has a cosine of zero, which may be the best of the others', () => {
    const shared = vectorsOf(4);
    const kernel = filledKernel(shared, { width: 4, recents: 3, max: 9 });
    kernel.targets.fill(0, 3 * 4);
    kernel.run(9, NOBODY);
    const previous = dotsOf(kernel, shared, 2, 9);
    expect(previous.some((cosine) => cosine < -0.1)).toBe(true);
    expectClose(
      columnOf(kernel, BEST, 9),
      previous.map((cosine) => Math.max(0, cosine)),
      'best',
    );
    kernel.targets.fill(0, 4);
    kernel.run(9, NOBODY);
    expect([...columnOf(kernel, LAST, 9), ...columnOf(kernel, BEST, 9)].every((cosine) => cosine === 0)).toBe(
      true,
    );
  });

  test('sees vectors that changed after it was made', () => {
    const shared = vectorsOf(5);
    const kernel = filledKernel(shared, { width: 5, recents: 2, max: 8 });
    kernel.run(8, NOBODY);
    const before = columnOf(kernel, NETWORK, 8);
    itemVectors(shared).set(drawn(new Random(77), ITEMS * 5));
    kernel.run(8, NOBODY);
    expect(columnOf(kernel, NETWORK, 8)).not.toEqual(before);
    expectRight(kernel, shared, { recents: 2 }, 8);
  });

  test('scores one user after the other, and keeps nothing of the one before', () => {
    const shared = vectorsOf(8);
    const setup = { width: 8, recents: 4, max: 12 };
    const [once, again] = [filledKernel(shared, setup), filledKernel(shared, { ...setup, seed: 50 })];
    once.run(12, NOBODY);
    again.run(12, { ...NOBODY, weightBest: 3, sessionItems: 2, priceOfLast: 4, outgoingOfLast: 9 });
    for (const name of FEATURE_INPUTS) again.inputs[name].set(once.inputs[name]);
    again.items.set(once.items);
    again.targets.set(once.targets);
    again.run(12, NOBODY);
    expect([...again.scores.subarray(0, 12)]).toEqual([...once.scores.subarray(0, 12)]);
  });
});

describe('two kernels over the same vectors', () => {
  const SETUP = { width: 8, recents: 3, max: 30 };

  /** All that a kernel lets see of its memory. */
  const buffersOf = (kernel: CandidateKernel) => [
    ...Object.values(kernel.inputs),
    kernel.items,
    kernel.targets,
    kernel.columns,
    kernel.scores,
  ];

  test('do not touch each other’s buffers, nor the vectors', () => {
    const shared = vectorsOf(8);
    const vectors = itemVectors(shared).slice();
    const first = filledKernel(shared, SETUP);
    first.run(30, NOBODY);
    const kept = buffersOf(first).map((buffer) => buffer.slice());
    const second = filledKernel(shared, { ...SETUP, max: 500, seed: 9, ranker: drawnRanker(9) });
    second.run(500, NOBODY);
    for (const buffer of buffersOf(second)) buffer.fill(7);
    expect(buffersOf(first).map((buffer) => buffer.slice())).toEqual(kept);
    expect(itemVectors(shared)).toEqual(vectors);
    first.scores.fill(0);
    first.run(30, NOBODY);
    expectRight(first, shared, SETUP, 30);
  });

  test('each rank by weights of their own', () => {
    const shared = vectorsOf(8);
    const [first, second] = [1, 2].map((seed) =>
      filledKernel(shared, { ...SETUP, ranker: drawnRanker(seed) }),
    );
    for (const kernel of [first, second]) kernel.run(30, NOBODY);
    expectRight(first, shared, SETUP, 30, drawnRanker(1));
    expectRight(second, shared, SETUP, 30, drawnRanker(2));
  });

  test('have buffers that overlap nowhere', () => {
    const shared = vectorsOf(8);
    const spans = [filledKernel(shared, SETUP), filledKernel(shared, { ...SETUP, max: 1 })]
      .flatMap(buffersOf)
      .concat(itemVectors(shared))
      .map(({ byteOffset, byteLength }) => ({ from: byteOffset, to: byteOffset + byteLength }))
      .toSorted((a, b) => a.from - b.from);
    spans.slice(1).forEach(({ from }, i) => expect(from).toBeGreaterThanOrEqual(spans[i].to));
  });
});

describe('what candidates are beside the session', () => {
  /** A kernel over items of which number 5 and 6 have no vector; 6 has zeros of both signs. */
  function described(codes: readonly number[], lastCategory: number, shares: readonly [number, number][]) {
    const width = 20;
    const shared = vectorsOf(width);
    itemVectors(shared).fill(0, 5 * width, 7 * width);
    itemVectors(shared).fill(-0, 6 * width, 6 * width + 10);
    // All but one number of item 7 are zeros, and it does not begin a line of memory.
    itemVectors(shared).fill(0, 7 * width, 8 * width)[7 * width + 19] = 1e-30;
    const kernel = filledKernel(shared, { width, recents: 1, max: codes.length });
    codes.forEach((code, m) => {
      kernel.items[m] = m;
      kernel.categories[m] = kernel.brands[m] = code;
    });
    shares.forEach(([code, share], i) => {
      kernel.sharedCategories[i] = code;
      kernel.shares[i] = share;
    });
    kernel.describe(codes.length, lastCategory, -1, shares.length);
    const { sameCategory, sameBrand, categoryShare, hasNoVector } = kernel.inputs;
    return [sameCategory, sameBrand, categoryShare, hasNoVector].map((column) => [...column]);
  }

  test('say who is of the last click’s category, what share theirs has, and who has no vector', () => {
    const codes = [3, -1, 0, 3, 9, 0, 3, 1, -1];
    const [category, brand, share, blank] = described(codes, 3, [
      [0, 0.25],
      [3, 0.5],
    ]);
    expect(category).toEqual([1, 0, 0, 1, 0, 0, 1, 0, 0]);
    expect(brand).toEqual(codes.map(() => 0));
    expect(share).toEqual([0.5, 0, 0.25, 0.5, 0, 0.25, 0.5, 0, 0]);
    expect(blank).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0]);
  });

  test('say nothing beside a session without categories', () => {
    expect(described([-1, 0, 2], -1, []).slice(0, 3)).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });
});
