import { describe, expect, it } from 'vitest';
import { Random } from '../../../../../model/train/random-numbers.js';
import { SoftmaxColumns } from '../../../../../model/train/optimiser/softmax-columns.js';

const targetCounts = Int32Array.of(50, 30, 15, 5, 0, 0, 0, 0, 0, 0);
const items = Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7);

describe('SoftmaxColumns', () => {
  it('holds every target and no item twice; unused columns cannot win', () => {
    const columns = new SoftmaxColumns({ targetCounts, items, negatives: 3, targets: 4, fullMax: 0 });
    const random = new Random(1);
    for (let step = 0; step < 50; step++) {
      const targets = Int32Array.of(random.below(4), random.below(4), -1, random.below(4));
      columns.draw(targets, 3, random);
      const used = columns.items.filter((item) => item >= 0);
      expect(new Set(used).size).toBe(used.length);
      for (const target of targets)
        if (target >= 0) expect(columns.items[columns.column[target]]).toBe(target);
      columns.items.forEach((item, c) => item < 0 && expect(columns.bias[c]).toBe(-10_000));
      expect(columns.column.filter((column) => column >= 0).length).toBe(used.length);
    }
  });

  it('corrects by the probability that a step has the item at all', () => {
    const columns = new SoftmaxColumns({ targetCounts, items, negatives: 3, targets: 4, fullMax: 0 });
    const random = new Random(2);
    const steps = 40_000;
    const present = new Float64Array(10);
    const bias = new Float64Array(10);
    for (let step = 0; step < steps; step++) {
      const targets = Int32Array.from({ length: 4 }, () => {
        let left = random.below(100);
        return targetCounts.findIndex((count) => (left -= count) < 0);
      });
      columns.draw(targets, 4, random);
      columns.items.forEach((item, c) => {
        if (item < 0) return;
        present[item] += 1;
        bias[item] = columns.bias[c];
      });
    }
    for (const item of items) expect(Math.exp(-bias[item])).toBeCloseTo(present[item] / steps, 2);
  });

  it('takes all items without correction when there are few', () => {
    const columns = new SoftmaxColumns({ targetCounts, items, negatives: 3, targets: 4, fullMax: 8 });
    columns.draw(Int32Array.of(0, 1, 2, 3), 4, new Random(3));
    expect([...columns.items]).toEqual([...items]);
    expect(columns.bias.every((value) => value === 0)).toBe(true);
  });
});
