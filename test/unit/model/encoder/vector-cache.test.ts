import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { VectorCache } from '../../../../model/encoder/vector-cache.js';
import { temporaryFolder } from '../../../support/gateway/built-gateway.js';

const vector = (first: number): Float32Array => Float32Array.of(first, 0.5, -0.5, 0.25, 0, 0.125, -1, 1);

function open(path: string, countMax = 4, encoder = 'tiny'): VectorCache {
  return new VectorCache({ path, encoder, dimension: 8, countMax });
}

test('a vector is there again after a restart, nearly as it was', () => {
  const path = join(temporaryFolder(), 'deep', 'vectors.cache');
  const before = open(path);
  before.set('red lamp', vector(0.75));
  before.close();
  const after = open(path);
  const found = after.get('red lamp') ?? new Float32Array(8);
  vector(0.75).forEach((value, d) => expect(found[d]).toBeCloseTo(value, 2));
  expect(after.get('blue lamp')).toBeUndefined();
  expect(after.made).toBe(0);
});

test('the oldest vector makes room, in memory and in the file', () => {
  const path = join(temporaryFolder(), 'vectors.cache');
  const cache = open(path);
  for (const text of ['a', 'b', 'c', 'd', 'e']) cache.set(text, vector(1));
  expect(cache.count).toBe(4);
  expect(cache.get('a')).toBeUndefined();
  cache.close();
  expect(statSync(path).size).toBe(32 + 4 * (24 + 8));
  const after = open(path);
  expect(['a', 'b', 'c', 'd', 'e'].filter((text) => after.get(text) !== undefined)).toEqual([
    'b',
    'c',
    'd',
    'e',
  ]);
  after.close();
  expect(open(path, 2).count).toBe(2);
});

test('a damaged or half written vector is as if it had never been; those beside it stay', () => {
  const path = join(temporaryFolder(), 'vectors.cache');
  const cache = open(path);
  cache.set('a', vector(1));
  cache.set('b', vector(1));
  cache.set('c', vector(1));
  cache.close();
  const bytes = readFileSync(path);
  bytes[32 + 26] ^= 1;
  writeFileSync(path, bytes.subarray(0, bytes.length - 3));
  const after = open(path);
  expect(['a', 'b', 'c'].map((text) => after.get(text) !== undefined)).toEqual([false, true, false]);
});

test('vectors of another encoder are thrown away', () => {
  const path = join(temporaryFolder(), 'vectors.cache');
  const cache = open(path);
  cache.set('a', vector(1));
  cache.close();
  expect(open(path, 4, 'another').get('a')).toBeUndefined();
  expect(open(path).count).toBe(0);
});

test('where no file can be, vectors are kept in memory, and why is said', () => {
  const cache = open(join(temporaryFolder(), 'x', '..', '\0'));
  cache.set('a', vector(1));
  expect(cache.get('a')).toBeDefined();
  expect(cache.problem).toBeInstanceOf(Error);
});
