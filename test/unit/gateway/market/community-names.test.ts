import { expect, test } from 'vitest';
import { UNDIVIDED } from '../../../../metrics/process/bites.js';
import { nameCommunities } from '../../../../gateway/market/community-names.js';
import type { Item } from '../../../../model/catalogue/shared-catalogue.js';

const community = (id: number, leading: number[]) => ({ id, parent: 0, items: 9, clicks: 9, leading });
const shop =
  (items: readonly Omit<Item, 'id'>[]) =>
  (index: number): Item | undefined =>
    items[index] && { id: `i${index}`, ...items[index] };

test('a community is called by the category of most of its items', async () => {
  const items = shop([{ category: 'mugs' }, { category: 'mugs' }, { category: 'bags' }]);
  expect([...(await nameCommunities([community(4, [0, 1, 2])], items, UNDIVIDED))]).toEqual([[4, 'Mugs']]);
});

test('without a category, by the words that its items have and others have not', async () => {
  const items = shop([
    { title: 'Red retro teapot' },
    { title: 'Blue retro teapot' },
    { title: 'Retro teapot warmer' },
    { title: 'Red retro lamp' },
    { title: 'Blue retro lamp' },
    { title: 'Retro lamp shade' },
  ]);
  const names = await nameCommunities([community(1, [0, 1, 2]), community(2, [3, 4, 5])], items, UNDIVIDED);
  expect(names.get(1)).toMatch(/^Teapot/);
  expect(names.get(2)).toMatch(/^Lamp/);
});

test('no two have one name: the smaller one adds a word of its own, or else its number', async () => {
  const bags = (title: string) => ({ category: 'bags', title });
  const items = shop([
    bags('Paper bag'),
    bags('Paper bag tall'),
    bags('Lunch bag'),
    bags('Lunch bag kids'),
    bags(''),
    {},
  ]);
  const names = await nameCommunities(
    [community(1, [0, 1]), community(2, [2, 3]), community(3, [4]), community(4, [5]), community(5, [99])],
    items,
    UNDIVIDED,
  );
  expect([...names.values()]).toEqual(['Bags', 'Bags: lunch', 'Bags 3', 'Items 4', 'Items 5']);
});

test('the thread that names them rests between two of them', async () => {
  const items = shop([{ title: 'Retro teapot' }, { title: 'Retro lamp' }]);
  const rests = { count: 0, isOver: true, rest: () => Promise.resolve(void rests.count++) };
  await nameCommunities([community(1, [0]), community(2, [1])], items, rests);
  expect(rests.count).toBe(4);
});
