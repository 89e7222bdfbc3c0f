import { expect, test } from 'vitest';
import { lostId, LOST } from '../../../../../model/catalogue/catalogue-journal.js';
import { indexKey, nameNumberKey } from '../../../../../shards/store/keys.js';
import { codesOf, itemsOf, type CatalogueRow } from '../../../../../shards/store/lmdb/stored-catalogue.js';

function item(index: number): CatalogueRow {
  return { key: Buffer.from(indexKey(index)), value: Buffer.from(`\u0000{"id":"i${index}"}`) };
}

function code(dictionary: string, number: number): CatalogueRow {
  return {
    key: Buffer.from(nameNumberKey(dictionary, number)),
    value: Buffer.from(JSON.stringify(`${dictionary} ${number}`)),
  };
}

/** The same row when one bit of its key has changed: its checksum does not fit any more. */
function damagedKey({ key }: CatalogueRow, at: number, bit: number): CatalogueRow {
  const flipped = Buffer.from(key);
  flipped[at] ^= 1 << bit;
  return { key: flipped, value: undefined };
}

const lostItem = (index: number) => ({ index, json: JSON.stringify({ id: lostId(index) }), isDeleted: true });
const ids = (rows: readonly CatalogueRow[]) =>
  itemsOf(rows).map(({ index, isDeleted, json }) => [
    index,
    isDeleted,
    (JSON.parse(json) as { id: string }).id,
  ]);

test('an item keeps its index whichever bit of its key is damaged, and no other item gets it', () => {
  for (let bit = 0; bit < 32; bit++) {
    const rows = [item(0), item(1), damagedKey(item(2), bit >> 3, bit & 7), item(3)];
    expect(itemsOf(rows)[2]).toEqual(lostItem(2));
    expect(ids(rows).map(([index]) => index)).toEqual([0, 1, 2, 3]);
    const last = [item(0), item(1), damagedKey(item(2), bit >> 3, bit & 7)];
    expect(itemsOf(last).slice(2)).toEqual([lostItem(2)]);
  }
});

test('rows that are there twice over, or not in order, do not move the others; a gap without damage stays one', () => {
  const damaged = damagedKey(item(5), 0, 7);
  expect(ids([item(1), item(0), damaged]).map(([, isDeleted, id]) => [isDeleted, id])).toEqual([
    [false, 'i0'],
    [false, 'i1'],
    [true, lostId(2)],
  ]);
  expect(itemsOf([item(0), item(2)]).map(({ index }) => index)).toEqual([0, 2]);
  expect(itemsOf([item(0), item(4), damaged]).map(({ index }) => index)).toEqual([0, 1, 4]);
});

test('codes are filled in the same way; after the last one only where users have codes in their states', () => {
  const rows = [code('brand', 0), code('category', 0), code('category', 2), code('columns', 0)];
  expect(codesOf(rows)).toEqual(
    rows.map(({ key, value }) => ({
      dictionary: key.toString('latin1', 2, key.length - 4),
      code: key.readUInt32BE(key.length - 4),
      value: JSON.parse(value!.toString()) as string,
    })),
  );
  const lost = codesOf([...rows, damagedKey(code('category', 1), 3, 0)]);
  expect(
    lost.map(({ dictionary, code: number, value }) => [dictionary, number, value.startsWith(LOST)]),
  ).toEqual([
    ['brand', 0, false],
    ['brand', 1, true],
    ['category', 0, false],
    ['category', 1, true],
    ['category', 2, false],
    ['columns', 0, false],
  ]);
});
