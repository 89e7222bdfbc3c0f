import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SmallMap } from '../../../../metrics/collections/small-map.js';
import { SmallSet } from '../../../../metrics/collections/small-set.js';

/** What may happen to one of three keys. */
const steps = fc.array(
  fc.record({
    what: fc.constantFrom('add', 'delete', 'clear', 'look'),
    key: fc.constantFrom('', 'home', 'cart'),
    value: fc.nat(3),
  }),
  { maxLength: 12 },
);

test('a small map answers as a Map does, whatever happens to it', () => {
  fc.assert(
    fc.property(steps, (happened) => {
      const small = new SmallMap<string, number>();
      const model = new Map<string, number>();
      for (const { what, key, value } of happened) {
        if (what === 'add') {
          small.set(key, value);
          model.set(key, value);
        } else if (what === 'delete') expect(small.delete(key)).toBe(model.delete(key));
        else if (what === 'clear') {
          small.clear();
          model.clear();
        }
        expect([...small]).toEqual([...model]);
        expect([...small.keys()]).toEqual([...model.keys()]);
        expect([...small.values()]).toEqual([...model.values()]);
        expect([small.size, small.has(key), small.get(key)]).toEqual([
          model.size,
          model.has(key),
          model.get(key),
        ]);
      }
    }),
  );
});

test('a small set answers as a Set does, whatever happens to it', () => {
  fc.assert(
    fc.property(steps, (happened) => {
      const small = new SmallSet<string>();
      const model = new Set<string>();
      for (const { what, key } of happened) {
        if (what === 'add') {
          small.add(key);
          model.add(key);
        } else if (what === 'delete') expect(small.delete(key)).toBe(model.delete(key));
        else if (what === 'clear') {
          small.clear();
          model.clear();
        }
        expect([...small]).toEqual([...model]);
        expect([small.size, small.has(key)]).toEqual([model.size, model.has(key)]);
      }
    }),
  );
});

test.each([1, 3])(
  'who goes through %i entries and takes each out, or all, misses none and meets none twice',
  (count) => {
    const keys = ['home', 'cart', 'item'].slice(0, count);
    const [each, all] = [new SmallMap<string, number>(), new SmallMap<string, number>()];
    for (const [value, key] of keys.entries()) {
      each.set(key, value);
      all.set(key, value);
    }
    const met: string[] = [];
    for (const [key] of each) {
      met.push(key);
      each.delete(key);
    }
    expect(met).toEqual(keys);
    expect(each.size).toBe(0);
    expect(countUntilCleared(all)).toBe(1);
    const members = new SmallSet<string>();
    for (const key of keys) members.add(key);
    expect(countUntilCleared(members)).toBe(1);
  },
);

/** Clears the collection at the first of its members; how many were met. */
function countUntilCleared(collection: Iterable<unknown> & { clear(): void }): number {
  let count = 0;
  for (const _ of collection) {
    count++;
    collection.clear();
  }
  return count;
}
