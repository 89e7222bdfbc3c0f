import { expect, test } from 'vitest';
import { ItemMeanings } from '../../../../model/encoder/item-meanings.js';
import { ITEM_TEXT_CHARS, itemTexts } from '../../../../model/encoder/item-texts.js';

test('a text that many items have is encoded once', () => {
  const meanings = new ItemMeanings([
    { title: 'Red Lamp', category: 'lights', attributes: { colour: ['red'] } },
    { title: 'Wall Lamp', category: 'lights', brand: 'Lumen', attributes: { watts: 8 } },
    undefined,
    { title: 'Red Lamp', category: 'lights', attributes: { colour: 'red' } },
    { title: '' },
  ]);
  expect(meanings.texts).toEqual(['Red Lamp', 'lights', 'red', 'Wall Lamp', 'Lumen']);
});

test('the title says most of what an item means; of an item with one text it is that', () => {
  const meanings = new ItemMeanings([{ title: 'Lamp', category: 'lights' }, { category: 'lights' }, {}]);
  const vectors = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
  const [both, category, nothing] = meanings.of(vectors);
  expect(both?.[0]).toBeCloseTo(1 / Math.hypot(1, 0.3), 6);
  expect(both?.[1]).toBeCloseTo(0.3 / Math.hypot(1, 0.3), 6);
  expect(category).toBe(vectors[1]);
  expect(nothing).toBeUndefined();
});

test('without a title all is one text; a long text is cut', () => {
  const untitled = { category: 'phones', brand: 'Lumen', attributes: { colour: ['red', 'blue'], watts: 8 } };
  expect(itemTexts(untitled)).toEqual([{ text: 'phones, Lumen, red, blue', share: 1 }]);
  const [{ text }] = itemTexts({ title: 'x'.repeat(2 * ITEM_TEXT_CHARS) });
  expect(text).toHaveLength(ITEM_TEXT_CHARS);
});
