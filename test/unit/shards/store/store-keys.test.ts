import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  blobKey,
  indexKey,
  keyAfterPrefix,
  nameKey,
  nameNumberKey,
  pairKey,
  positionKey,
  readBlobKey,
  readIndex,
  readName,
  readNameNumber,
  readPosition,
  readSecondName,
} from '../../../../shards/store/keys.js';

/** Any units, lone surrogates and zeros among them, and texts that begin alike. */
const name = fc.oneof(
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 })
    .map((units) => String.fromCharCode(...units)),
  fc.string({ maxLength: 4 }),
);

test('keys of names, pairs, numbers and blobs come back as they were', () => {
  fc.assert(
    fc.property(name, name, fc.nat({ max: 0xffffffff }), (first, second, number) => {
      expect(readName(Buffer.from(nameKey(first)))).toBe(first);
      const pair = Buffer.from(pairKey(first, second));
      expect([readName(pair), readSecondName(pair)]).toEqual([first, second]);
      expect(readNameNumber(Buffer.from(nameNumberKey(first, number)))).toEqual({ name: first, number });
      expect(readBlobKey(Buffer.from(blobKey(first)))).toBe(first);
      expect(readIndex(indexKey(number))).toBe(number);
    }),
  );
});

test('a pair lies within the range of its first name and of no other', () => {
  fc.assert(
    fc.property(name, name, name, (first, second, other) => {
      const pair = Buffer.from(pairKey(first, second));
      const start = Buffer.from(nameKey(other));
      const isWithin = start.compare(pair) <= 0 && pair.compare(keyAfterPrefix(start)) < 0;
      expect(isWithin).toBe(first === other);
    }),
  );
});

test('a blob lies within the range of a prefix exactly when its key begins with it', () => {
  fc.assert(
    fc.property(name, name, (prefix, rest) => {
      const start = Buffer.from(blobKey(prefix));
      for (const key of [prefix + rest, rest]) {
        const blob = Buffer.from(blobKey(key));
        expect(start.compare(blob) <= 0 && blob.compare(keyAfterPrefix(start)) < 0).toBe(
          key.startsWith(prefix),
        );
      }
    }),
  );
});

test('positions keep their order and value up to the largest integer', () => {
  const position = fc.maxSafeNat();
  fc.assert(
    fc.property(position, position, (a, b) => {
      const key = Buffer.from(positionKey(a));
      expect(readPosition(key)).toBe(a);
      expect(Math.sign(key.compare(positionKey(b)))).toBe(Math.sign(a - b));
    }),
  );
});
