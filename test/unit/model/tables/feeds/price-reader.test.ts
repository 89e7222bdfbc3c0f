import { describe, expect, it } from 'vitest';
import { isAvailable } from '../../../../../model/tables/feeds/availability.js';
import { PriceReader, type DecimalMark } from '../../../../../model/tables/feeds/price-reader.js';

const read = (text: string, mark?: DecimalMark) => new PriceReader(mark, undefined).read(text);

describe('PriceReader', () => {
  it.each([
    ['19.99', 19.99],
    ['19.99 USD', 19.99],
    ['1,299.00 EUR', 1_299],
    ['EUR 1.299,00', 1_299],
    ['19,99 €', 19.99],
    ['$5', 5],
    ["CHF 1'299.50", 1_299.5],
    ['1 299,50 zł', 1_299.5],
    ['1\u00A0299,50 EUR', 1_299.5],
    ['1,299,000 JPY', 1_299_000],
    ['0.999 KWD', 0.999],
    ['1.299', 1.299],
    ['1e3', 1_000],
  ])('reads %s', (text, value) => expect(read(text)).toBe(value));

  it.each(['1,299', '1,299 EUR', '1.299 €', 'call us', 'EUR 5 EUR', '1,29,9', '12.99.00', '', 'from 5 EUR'])(
    'does not guess what %s is',
    (text) => expect(read(text)).toBeNaN(),
  );

  it('reads what has two meanings as it was told', () => {
    expect([read('1,299', 'comma'), read('1,299', 'point')]).toEqual([1.299, 1_299]);
    expect([read('1.299 €', 'comma'), read('1.299 €', 'point')]).toEqual([1_299, 1.299]);
    expect(read('19.99', 'comma')).toBeNaN();
  });

  it('takes one currency: that of the first price, or the one named', () => {
    const first = new PriceReader(undefined, undefined);
    expect([first.read('5 EUR'), first.read('5 USD'), first.read('6 €'), first.read('7')]).toEqual([
      5,
      Number.NaN,
      6,
      7,
    ]);
    expect(first.expected).toContain('in EUR');
    expect(new PriceReader(undefined, 'usd').read('5 EUR')).toBeNaN();
  });
});

describe('isAvailable', () => {
  it('knows the words of Google, of Shopify and of schema.org, and no others', () => {
    for (const word of [
      'in_stock',
      'In Stock',
      'preorder',
      'backorder',
      'https://schema.org/InStock',
      'true',
    ])
      expect(isAvailable(word), word).toBe(true);
    for (const word of ['out of stock', 'out_of_stock', 'http://schema.org/OutOfStock', 'discontinued'])
      expect(isAvailable(word), word).toBe(false);
    expect(isAvailable('soon')).toBeUndefined();
  });
});
