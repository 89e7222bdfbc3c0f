import { describe, expect, it } from 'vitest';
import { fitRanker, type RankerLists } from '../../../../../model/train/ranker/fit-ranker.js';
import { Random } from '../../../../../model/train/random-numbers.js';
import { foldStandardisation, networkOnlyRanker } from '../../../../../model/train/ranker/ranker-weights.js';

/** Lists whose next click is drawn from the softmax of known weights over raw columns with odd scales. */
function lists(truth: readonly number[], scales: readonly number[], count: number): RankerLists {
  const random = new Random(11);
  const columns = truth.length;
  const size = 20;
  const features = new Float32Array(count * size * columns);
  const target = new Int32Array(count);
  for (let l = 0; l < count; l++) {
    const chances: number[] = [];
    for (let i = 0; i < size; i++) {
      let score = 0;
      for (let c = 0; c < columns; c++) {
        const value = random.normal();
        features[(l * size + i) * columns + c] = 5 + value * scales[c];
        score += truth[c] * value;
      }
      chances.push(Math.exp(score));
    }
    let left = random.uniform() * chances.reduce((sum, chance) => sum + chance, 0);
    target[l] = chances.findIndex((chance) => (left -= chance) < 0);
  }
  const offsets = Int32Array.from({ length: count + 1 }, (_, l) => l * size);
  return { featureCount: columns - 3, features, offsets, target };
}

describe('fitRanker', () => {
  it('finds the weights that the choices were drawn from', () => {
    const truth = [1.5, -0.7, 0, 0.8, 0];
    const { weight } = fitRanker(lists(truth, [10, 0.1, 1, 3, 1], 2000));
    truth.forEach((w, c) => expect(weight[c]).toBeCloseTo(w, 0.9));
  });

  it('gives the same weights for the same lists', () => {
    const sample = lists([1, 0, 0, 0], [1, 1, 1, 1], 100);
    expect([...fitRanker(sample).weight]).toEqual([...fitRanker(sample).weight]);
  });

  it('leaves out lists without their target, and refuses when none is left', () => {
    const sample = lists([1, 0, 0, 0], [1, 1, 1, 1], 100);
    const half = sample.target.map((target, l) => (l % 2 === 0 ? target : -1));
    expect(fitRanker({ ...sample, target: half }).weight.every(Number.isFinite)).toBe(true);
    expect(() => fitRanker({ ...sample, target: sample.target.map(() => -1) })).toThrow(
      'none holds its target',
    );
  });

  it('survives a constant column', () => {
    const sample = lists([1, 0, 0, 0], [1, 0, 1, 1], 50);
    expect(fitRanker(sample).weight.every(Number.isFinite)).toBe(true);
  });
});

describe('ranker weights', () => {
  it('folds standardisation into weights of raw columns', () => {
    const ranker = {
      weight: Float64Array.of(2, -1, 0, 3),
      mean: Float64Array.of(1, 2, 3, 4),
      deviation: Float64Array.of(2, 4, 1, 0.5),
    };
    const raw = [3, 5, 7, 9];
    const { weight, bias } = foldStandardisation(ranker);
    const folded = raw.reduce((sum, value, c) => sum + value * weight[c], bias);
    // 2·(3−1)/2 − 1·(5−2)/4 + 0 + 3·(9−4)/0.5
    expect(folded).toBeCloseTo(2 - 0.75 + 30, 12);
  });

  it('orders by the network alone by default', () => {
    expect([...networkOnlyRanker(2).weight]).toEqual([0, 0, 1, 0, 0]);
  });
});
