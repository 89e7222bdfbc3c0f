import { expect, test } from 'vitest';
import { Overlay } from '../../../../../shards/store/lmdb/rows/overlay.js';

test('settling forgets what a ticket or an older one wrote, and keeps what was written over it', () => {
  const overlay = new Overlay<string, number>();
  overlay.set('a', 1, 1);
  overlay.set('b', 2, 1);
  overlay.set('a', 3, 2);
  overlay.settle(1);
  expect(overlay.has('b')).toBe(false);
  expect(overlay.get('a')).toBe(3);
  overlay.settle(2);
  expect(overlay.size).toBe(0);
});

test('a pending removal is there, without a value', () => {
  const overlay = new Overlay<string, number>();
  overlay.set('a', undefined, 1);
  expect(overlay.has('a')).toBe(true);
  expect(overlay.get('a')).toBeUndefined();
  expect([...overlay.snapshot()]).toEqual([['a', undefined]]);
});

test('a snapshot does not change with what comes later', () => {
  const overlay = new Overlay<string, number>();
  overlay.set('a', 1, 1);
  const before = overlay.snapshot();
  overlay.set('b', 2, 2);
  overlay.settle(2);
  expect([...before]).toEqual([['a', 1]]);
});
