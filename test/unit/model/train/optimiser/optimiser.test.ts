import { describe, expect, it } from 'vitest';
import { Adam, scheduleFactor } from '../../../../../model/train/optimiser/adam.js';
import { Random } from '../../../../../model/train/random-numbers.js';
import { RowGradients } from '../../../../../model/train/optimiser/row-gradients.js';

describe('Adam', () => {
  it('makes the steps of the paper, worked by hand', () => {
    const values = Float32Array.of(1, 1);
    const adam = new Adam(values);
    adam.begin(1, 0.1);
    adam.row(0, Float32Array.of(2, -3));
    // First step: m̂ = g, v̂ = g², so the step is the rate against the gradient's sign.
    expect(values[0]).toBeCloseTo(0.9, 6);
    expect(values[1]).toBeCloseTo(1.1, 6);
    adam.begin(2, 0.1);
    adam.row(0, Float32Array.of(2, 0));
    expect(values[0]).toBeCloseTo(0.8, 6);
    // m = 0.9·(−0.3) = −0.27, v = 0.999·0.009; m̂ = −0.27/0.19, v̂ = 0.008991/0.001999.
    expect(values[1]).toBeCloseTo(1.1 + (0.1 * (0.27 / 0.19)) / Math.sqrt(0.008991 / 0.001999), 5);
  });

  it('leaves rows alone that a step does not touch', () => {
    const values = Float32Array.of(1, 2, 3, 4);
    const adam = new Adam(values);
    const gradients = new RowGradients(2, 2, 2);
    gradients.add(Int32Array.of(1, -1, 1), Float32Array.of(1, 1, 9, 9, 1, -3));
    adam.begin(1, 0.5);
    gradients.apply(adam);
    // Row 1 got (2, −2) once.
    expect(values[0]).toBe(1);
    expect(values[1]).toBe(2);
    expect(values[2]).toBeCloseTo(2.5, 5);
    expect(values[3]).toBeCloseTo(4.5, 5);
  });
});

describe('scheduleFactor', () => {
  it('warms up, then falls along half a cosine to the final share', () => {
    expect(scheduleFactor(0, 1000, 100, 0.03)).toBeCloseTo(0.01, 12);
    expect(scheduleFactor(99, 1000, 100, 0.03)).toBe(1);
    expect(scheduleFactor(550, 1000, 100, 0.03)).toBeCloseTo((1 + 0.03) / 2, 12);
    expect(scheduleFactor(1000, 1000, 100, 0.03)).toBeCloseTo(0.03, 12);
  });
});

describe('Random', () => {
  it('is the same for a seed and differs between seeds', () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (random) => () =>
            random.next()
        )(new Random(seed)),
      );
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('is uniform and normal to within sampling error', () => {
    const random = new Random(12);
    const n = 50_000;
    let uniform = 0;
    let mean = 0;
    let square = 0;
    for (let i = 0; i < n; i++) {
      uniform += random.uniform() / n;
      const value = random.normal();
      mean += value / n;
      square += (value * value) / n;
    }
    expect(uniform).toBeCloseTo(0.5, 2);
    expect(Math.abs(mean)).toBeLessThan(0.015);
    expect(Math.abs(square - 1)).toBeLessThan(0.02);
  });
});
