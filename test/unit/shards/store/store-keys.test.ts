import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STRING_LIMITS } from '../../../../gateway/protocol/limits.js';
import { ITEM_LIMITS } from '../../../../model/catalogue/item.js';
import { COLUMN_PREFIX } from '../../../../model/catalogue/attribute-columns.js';
import {
  BLOB_KEY_LENGTH_MAX,
  blobKey,
  indexKey,
  KEY_BYTES_MAX,
  keyAfterPrefix,
  NAME_LENGTH_MAX,
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
import { named, visitor } from '../../../../shards/store/user-key.js';

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

test('the longest ids of the wire, of any characters, fit in every key that is made of them', () => {
  const ids = ['x', 'é', '茶', '\ufdfa', '\u0001'].map((unit) => unit.repeat(STRING_LIMITS.id));
  ids.push('😀'.repeat(STRING_LIMITS.id / 2));
  const names = ids.flatMap((id) => [id, visitor(id), named(id)]);
  for (const first of names) {
    expect(first.length).toBeLessThanOrEqual(NAME_LENGTH_MAX);
    for (const second of names) {
      const pair = Buffer.from(pairKey(first, second));
      expect(pair.length).toBeLessThanOrEqual(KEY_BYTES_MAX);
      expect([readName(pair), readSecondName(pair)]).toEqual([first, second]);
    }
  }
});

test('the longest names that a store takes fit, and so do those of dictionaries', () => {
  const longest = '茶'.repeat(NAME_LENGTH_MAX);
  const pair = Buffer.from(pairKey(longest, longest));
  expect([readName(pair), readSecondName(pair)]).toEqual([longest, longest]);
  const blob = '茶'.repeat(BLOB_KEY_LENGTH_MAX);
  expect(readBlobKey(blobKey(blob))).toBe(blob);
  const column = COLUMN_PREFIX + '茶'.repeat(ITEM_LIMITS.attributeName);
  expect(column.length).toBeLessThanOrEqual(NAME_LENGTH_MAX);
  expect(readNameNumber(nameNumberKey(column, 2 ** 32 - 1))).toEqual({ name: column, number: 2 ** 32 - 1 });
});
