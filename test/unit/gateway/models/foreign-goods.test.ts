import { expect, test } from 'vitest';
import { foreignGoods } from '../../../../gateway/models/foreign-goods.js';

const said = (items: number, known: number) => foreignGoods({ model: 'own@1', items, known }, '/srv/data');

test('a model that knows few of the items is told of, with what to do', () => {
  const text = said(3_514, 12);
  expect(text).toContain('own@1 was trained on 12 of the 3,514 items in /srv/data');
  expect(text).toContain('npm run import -- FILE --replace');
  expect(text).toContain('AFTERCLICK_DATA_DIR');
});

test('a model that knows half of them, a new shop and an empty one are not', () => {
  expect([said(100, 50), said(19, 0), said(0, 0)]).toEqual([undefined, undefined, undefined]);
});
