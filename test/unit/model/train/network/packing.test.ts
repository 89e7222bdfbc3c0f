import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionCount } from '../../../../../model/train/data/dataset.js';
import { DatasetBuilder } from '../../../../../model/train/data/dataset-builder.js';
import { cutSessions, packWindows } from '../../../../../model/train/network/packing.js';
import { Random } from '../../../../../model/train/random-numbers.js';

function datasetOf(lengths: readonly number[]) {
  const builder = new DatasetBuilder();
  lengths.forEach((length, s) => {
    for (let i = 0; i < length; i++) builder.click(`${s}`, '', `${i}`);
  });
  return builder.build('lengths', '');
}

const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 });

describe('cutSessions', () => {
  it('learns from every click that has a next one, exactly once', () => {
    fc.assert(
      fc.property(lengths, (sizes) => {
        const dataset = datasetOf(sizes);
        const learned = cutSessions(dataset, { from: 0, to: sessionCount(dataset) }, 12, 5).flatMap(
          (piece) => {
            expect(piece.to - piece.from).toBeLessThanOrEqual(12);
            return Array.from({ length: piece.to - 1 - piece.scoredFrom }, (_, i) => piece.scoredFrom + i);
          },
        );
        const expected = sizes.flatMap((size, s) =>
          Array.from({ length: size - 1 }, (_, i) => dataset.start[s] + i),
        );
        expect(learned).toEqual(expected);
      }),
    );
  });

  it('lets a later piece see the clicks before it', () => {
    const pieces = cutSessions(datasetOf([20]), { from: 0, to: 1 }, 12, 5);
    expect(pieces.map(({ from, to, scoredFrom }) => [from, to, scoredFrom])).toEqual([
      [0, 12, 0],
      [6, 18, 11],
      [12, 20, 17],
    ]);
  });
});

describe('packWindows', () => {
  it('places every piece once and overfills no window, in an order that depends on the seed alone', () => {
    fc.assert(
      fc.property(lengths, fc.integer(), (sizes, seed) => {
        const dataset = datasetOf(sizes);
        const pieces = cutSessions(dataset, { from: 0, to: sessionCount(dataset) }, 12, 5);
        const windows = packWindows(pieces, 12, new Random(seed));
        for (const window of windows) {
          expect(window.reduce((sum, { from, to }) => sum + to - from, 0)).toBeLessThanOrEqual(12);
        }
        const places = windows.flat().map((piece) => pieces.indexOf(piece));
        expect(places.toSorted((a, b) => a - b)).toEqual(pieces.map((_, i) => i));
        expect(packWindows(pieces, 12, new Random(seed))).toEqual(windows);
      }),
    );
  });
});
