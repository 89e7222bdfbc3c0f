import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packWords, unpackWords } from '../../../../../shards/graph/interactions/packed-words.js';

/** Runs of zeros and of other words, some longer than one run of the packed form can be. */
const runs = fc.array(
  fc.record({
    isZero: fc.boolean(),
    count: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(0xfffe, 0xffff, 0x10000, 0x20001)),
  }),
  { maxLength: 6 },
);

test('what is unpacked is what was packed, which takes little more at worst', () => {
  fc.assert(
    fc.property(runs, (parts) => {
      const words = Uint32Array.from(
        parts.flatMap(({ isZero, count }) =>
          Array.from({ length: count }, (_, i) => (isZero ? 0 : ~i >>> 0)),
        ),
      );
      const packed = packWords(words);
      const back = new Uint32Array(words.length);
      expect(unpackWords(packed, back)).toBe(true);
      expect(Buffer.compare(Buffer.from(back.buffer), Buffer.from(words.buffer))).toBe(0);
      expect(packed.length).toBeLessThanOrEqual(words.length + 2 + words.length / 0xffff);
    }),
    { numRuns: 30 },
  );
});

test('zeros between words are left out', () => {
  const words = new Uint32Array(1_000);
  words.set([7, 0, 8], 100);
  words[999] = 9;
  expect([...packWords(words)]).toEqual([(3 << 16) | 100, 7, 0, 8, (1 << 16) | 896, 9]);
});

test.each([
  ['too few words', [(1 << 16) | 1, 5]],
  ['too many words', [(3 << 16) | 1, 5, 6, 7, 1]],
  ['zeros beyond the end', [(1 << 16) | 1, 5, 9]],
  ['words that are not there', [(3 << 16) | 0, 5, 6]],
  ['nothing', []],
])('%s are not taken for three', (_, packed) => {
  expect(unpackWords(Uint32Array.from(packed), new Uint32Array(3))).toBe(false);
});
