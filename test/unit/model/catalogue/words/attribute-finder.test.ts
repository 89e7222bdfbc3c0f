import { expect, test } from 'vitest';
import type { Catalogue } from '../../../../../model/catalogue/catalogue.js';
import type { Item } from '../../../../../model/catalogue/shared-catalogue.js';
import { AttributeFinder } from '../../../../../model/catalogue/words/attribute-finder.js';
import { sampleCatalogue } from '../../../../support/model/sample-catalogue.js';

async function shopOf(...items: readonly Item[]): Promise<{ catalogue: Catalogue; finder: AttributeFinder }> {
  const catalogue = await sampleCatalogue();
  await catalogue.upsert(items);
  return { catalogue, finder: new AttributeFinder(catalogue) };
}

async function told(title: string, ...items: readonly Item[]): Promise<string[]> {
  const { finder } = await shopOf(...items);
  return finder.titleAttributes(title).map(({ name, value }) => `${name} ${value}`);
}

test.each([
  ['SET OF 6 RED GLASS T-LIGHTS', 'colour red', 'material glass', 'pieces 6'],
  ['Wooden crates, large, s/2', 'material wood', 'size large', 'pieces 2'],
  ['Ice cream scoop in CREAM', 'colour cream'],
  ['3 tier cake stand, 30 cm', 'size 30cm'],
  ['36 doilies', 'pieces 36'],
  ["50'S Christmas gift bag"],
  ['Gift bag 25x24x12cm', 'size 25x24x12cm'],
  ['Iron on patches, pair of blue hearts', 'colour blue', 'pieces 2'],
  ['Rose gold ring', 'colour rose gold'],
  ['Pack of 1 candle'],
  ['Red and red again', 'colour red'],
  [''],
])('"%s"', async (title, ...attributes) => {
  expect(await told(title)).toEqual(attributes);
});

test("values of the catalogue are words to look for, and the shop's own win over common ones", async () => {
  const shop = { id: 'a', attributes: { colour: 'Kingfisher', material: ['Red oak'] } };
  expect(await told('KINGFISHER TABLE OF RED OAK', shop)).toEqual(['colour kingfisher', 'material red oak']);
});

test('a brand of several words counts anywhere, one of a single word where a brand stands', async () => {
  const shop = [
    { id: 'a', brand: 'Le Creuset' },
    { id: 'b', brand: 'Apple' },
  ];
  expect(await told('Casserole Le Creuset', ...shop)).toEqual(['brand le creuset']);
  expect(await told('Apple phone', ...shop)).toEqual(['brand apple']);
  expect(await told('Phone by Apple', ...shop)).toEqual(['brand apple']);
  expect(await told('Bag of apples', ...shop)).toEqual([]);
});

test('a value that comes later is known as soon as it is there', async () => {
  const { catalogue, finder } = await shopOf();
  const vase = { id: 'x', title: 'Petrol vase' };
  expect(finder.attributesOf(vase)).toEqual([]);
  await catalogue.upsert([{ id: 'a', attributes: { color: 'petrol' } }]);
  expect(finder.attributesOf(vase)).toEqual([{ name: 'colour', value: 'petrol' }]);
});

test('where the data names a colour, or a brand, the title is not asked for one', async () => {
  const { finder } = await shopOf({ id: 'a', brand: 'Acme' });
  const item = { id: 'x', title: 'Acme red glass', attributes: { Colour: 'Cherry', fragile: true } };
  expect(finder.attributesOf(item)).toEqual([
    { name: 'colour', value: 'cherry' },
    { name: 'brand', value: 'acme' },
    { name: 'material', value: 'glass' },
  ]);
  expect(finder.attributesOf({ ...item, brand: 'Acme' }).map(({ name }) => name)).not.toContain('brand');
});

test('a value that the data says twice, or under two names, counts once', async () => {
  const { finder } = await shopOf();
  const attributes = { colour: ['Red', 'red'], color: 'RED', size: 40 };
  expect(finder.attributesOf({ id: 'x', attributes })).toEqual([
    { name: 'colour', value: 'red' },
    { name: 'size', value: '40' },
  ]);
});
