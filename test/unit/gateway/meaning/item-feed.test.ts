import { expect, test } from 'vitest';
import { fuseHits } from '../../../../gateway/meaning/fused-hits.js';
import { ItemFeed } from '../../../../gateway/meaning/item-feed.js';
import { ITEMS_A_MESSAGE, type EncodedItem } from '../../../../model/encoder/encoder-messages.js';

test('one message of items is under way; each item goes once, as it is when it goes', () => {
  const given: (readonly EncodedItem[])[] = [];
  const titles = new Map([[0, 'old']]);
  const feed = new ItemFeed(
    { item: (index) => (index === 3 ? undefined : { id: `${index}`, title: titles.get(index) ?? '' }) },
    (items) => given.push(items),
  );
  feed.add(Array.from({ length: ITEMS_A_MESSAGE + 2 }, (_, i) => i));
  feed.add([3, ITEMS_A_MESSAGE, 0]);
  expect(given.map((items) => items.length)).toEqual([ITEMS_A_MESSAGE]);
  expect(given[0][3]).toEqual({ index: 3 });
  expect([feed.left, feed.hasChanged(0), feed.hasChanged(1)]).toEqual([ITEMS_A_MESSAGE + 4, true, false]);
  titles.set(0, 'new');
  feed.taken();
  expect(given[1].map(({ index }) => index).sort((a, b) => a - b)).toEqual([
    0,
    3,
    ITEMS_A_MESSAGE,
    ITEMS_A_MESSAGE + 1,
  ]);
  expect(given[1].find(({ index }) => index === 0)?.item?.title).toBe('new');
  feed.taken();
  expect([given.length, feed.left]).toEqual([2, 0]);
});

test('what several lists hold comes before what one of them holds', () => {
  const words = { items: [4, 1, 2], share: 1 };
  const meant = { items: [3, 2, 9], share: 1 };
  expect([...fuseHits([words, meant], 3)]).toEqual([2, 3, 4]);
  expect([...fuseHits([words, { ...meant, share: 0.1 }], 9)]).toEqual([2, 4, 1, 3, 9]);
});
