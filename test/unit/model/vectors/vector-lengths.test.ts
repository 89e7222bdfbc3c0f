import { describe, expect, it } from 'vitest';
import { VectorLengths } from '../../../../model/vectors/vector-lengths.js';

const image = (...numbers: number[]) => ({ vectors: { image: numbers } });

describe('VectorLengths', () => {
  it('names the vector of another length than those of its name', () => {
    const lengths = new VectorLengths();
    lengths.retain(image(1, 2, 3));
    lengths.retain({ vector: [1, 2] });
    const problem = (item: object) => lengths.problem(item, undefined, new Map());
    expect(problem(image(1))).toBe(
      'vectors.image: 1 number, and vectors.image of other items has 3; vectors of one name come from one model: ' +
        'if this one is of another, give it another name',
    );
    expect(problem({ vector: [1, 2, 3] })).toContain('vector: 3 numbers, and vector of other items has 2;');
    expect(problem(image(4, 5, 6))).toBeUndefined();
    expect(problem({ vectors: { text: [1] } })).toBeUndefined();
  });

  it('lets an only item take another length, and a name that nobody uses any more', () => {
    const lengths = new VectorLengths();
    lengths.retain(image(1, 2, 3));
    expect(lengths.problem(image(1), image(1, 2, 3), new Map())).toBeUndefined();
    lengths.retain(image(4, 5, 6));
    expect(lengths.problem(image(1), image(1, 2, 3), new Map())).toContain('has 3');
    lengths.release(image(1, 2, 3));
    lengths.release(image(4, 5, 6));
    expect(lengths.problem(image(1), undefined, new Map())).toBeUndefined();
  });

  it('goes by what earlier items of the same batch have settled', () => {
    const lengths = new VectorLengths();
    const staged = new Map<string, number>();
    lengths.stage(image(1, 2), staged);
    expect(lengths.problem(image(1), undefined, staged)).toContain('has 2');
    expect(lengths.problem(image(3, 4), undefined, staged)).toBeUndefined();
  });

  it('takes either of two lengths that a catalogue came with', () => {
    const lengths = new VectorLengths();
    lengths.retain({ vector: [1] });
    lengths.retain({ vector: [1, 2] });
    for (const vector of [[5], [5, 6]])
      expect(lengths.problem({ vector }, undefined, new Map())).toBeUndefined();
    expect(lengths.problem({ vector: [1, 2, 3] }, undefined, new Map())).toContain('vector: 3 numbers');
  });
});
