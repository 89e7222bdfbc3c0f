import { describe, expect, it } from 'vitest';
import {
  indexCatalogue,
  SEARCH_LIMITS,
  SearchIndex,
} from '../../../../../model/catalogue/search/search-index.js';
import { boundedSearch, SEARCH_TEXT_BYTES } from '../../../../../model/catalogue/search/search-text.js';
import {
  normaliseQuery,
  TERM_LIMITS,
  titleTerms,
} from '../../../../../model/catalogue/search/title-terms.js';
import { sampleCatalogue } from '../../../../support/model/sample-catalogue.js';

function indexOf(...titles: string[]): SearchIndex {
  const search = new SearchIndex();
  titles.forEach((title, index) => search.upsert(index, { title }));
  return search;
}

describe('titleTerms', () => {
  it.each([
    ['Red RETROSPOT Mugs', ['red', 'retrospot', 'mug']],
    ['Crème brûlée, İstanbul', ['creme', 'brulee', 'istanbul']],
    ['boxes dishes ladies glasses glass bus cases', ['box', 'dish', 'lady', 'glass', 'glass', 'bus', 'case']],
    ['set/6 12" £3.50', ['set', '6', '12', '3', '50']],
    ['ＦＵＬＬ width ﬁne', ['full', 'width', 'fine']],
    ['чашки 茶碗', ['чашки', '茶碗']],
    ['?!', []],
  ])('%s', (text, terms) => {
    expect(titleTerms(text)).toEqual(terms);
  });

  it('is bounded', () => {
    expect(titleTerms('a '.repeat(1_000))).toHaveLength(TERM_LIMITS.terms);
    expect(titleTerms('x'.repeat(1_000))).toEqual(['x'.repeat(TERM_LIMITS.termChars)]);
  });

  it('cuts no character in two', () => {
    const wide = '𐐨';
    for (const terms of [titleTerms(`x${wide.repeat(100)}`), titleTerms(`${'a '.repeat(255)}x${wide}`)])
      expect(terms.join('')).not.toMatch(/\p{Cs}/u);
  });
});

describe('normaliseQuery', () => {
  it('makes one text of many ways to write it, once and for all', () => {
    expect(normaliseQuery('  Red   MUGS! ')).toBe('red mug');
    for (const text of ['glasses boxes ladies', 'Crème brûlée', 'ties series news', `${'y'.repeat(31)}s`]) {
      expect(normaliseQuery(normaliseQuery(text))).toBe(normaliseQuery(text));
    }
    expect(normaliseQuery('...')).toBe('');
  });

  it('takes a bounded number of bytes, whatever grows, and stays a normal form', () => {
    const grown = [
      '\u3316'.repeat(255),
      '\ufdfa'.repeat(255),
      '\u3316 '.repeat(128),
      '𐐀𐐁 '.repeat(60),
      'strasse ﬃ '.repeat(25),
      'dishwashers '.repeat(30),
      '茶碗'.repeat(128),
    ];
    for (const text of grown) {
      const normal = normaliseQuery(text);
      expect(normal).not.toBe('');
      expect(normal).not.toMatch(/\p{Cs}/u);
      expect(Buffer.byteLength(normal)).toBeLessThanOrEqual(SEARCH_TEXT_BYTES);
      expect(normaliseQuery(normal)).toBe(normal);
    }
  });
});

describe('boundedSearch', () => {
  const long = `${'ab '.repeat(84)}abcd`;

  it('keeps whole words, and what fits as it is', () => {
    expect(boundedSearch(long)).toBe(long);
    expect(boundedSearch(`${long}e`)).toBe(long.slice(0, -5));
    expect(boundedSearch(`${long} tail`)).toBe(long);
  });

  it('cuts a single word at a character', () => {
    expect(boundedSearch('x'.repeat(300))).toBe('x'.repeat(SEARCH_TEXT_BYTES));
    expect(boundedSearch('茶'.repeat(300))).toBe('茶'.repeat(Math.floor(SEARCH_TEXT_BYTES / 3)));
    expect(boundedSearch(`x${'𐐀'.repeat(300)}`)).toBe(`x${'𐐀'.repeat(63)}`);
  });
});

describe('SearchIndex', () => {
  it('finds by any word, most and rarest words first', () => {
    const search = indexOf('red mug', 'blue mug', 'red teapot', 'red bag', 'green plate');
    expect([...search.search('red mugs', 10)]).toEqual([0, 1, 2, 3]);
    expect([...search.search('teapot red', 10)][0]).toBe(2);
    expect([...search.search('nothing', 10)]).toEqual([]);
    expect([...search.search('', 10)]).toEqual([]);
  });

  it('prefers the title to category and brand, and finds by those too', () => {
    const search = new SearchIndex();
    search.upsert(0, { title: 'plain thing', category: 'lamp' });
    search.upsert(1, { title: 'lamp thing', category: 'home' });
    search.upsert(2, { title: 'other', brand: 'Lamp & Co' });
    expect([...search.search('lamp', 10)].sort()).toEqual([0, 1, 2]);
    expect(search.search('lamp', 10)[0]).toBe(1);
  });

  it('returns the best of many, as many as asked', () => {
    const search = new SearchIndex();
    for (let index = 0; index < 100; index++)
      search.upsert(index, { title: `mug ${'word '.repeat(index % 10)}` });
    expect([...search.search('mug', 3)]).toEqual([0, 10, 20]);
    expect(search.search('mug', 0)).toHaveLength(0);
    expect(search.search('mug', 1_000)).toHaveLength(100);
  });

  it('leaves nothing behind between queries', () => {
    const search = indexOf('red mug', 'blue mug');
    const first = [...search.search('red mug', 10)];
    search.search('blue', 10);
    expect([...search.search('red mug', 10)]).toEqual(first);
  });

  it('follows changes and removals, and forgets terms that no item holds', () => {
    const search = indexOf('red mug', 'blue mug');
    search.upsert(0, { title: 'green cup' });
    expect([
      [...search.search('red', 9)],
      [...search.search('green', 9)],
      [...search.search('mug', 9)],
    ]).toEqual([[], [0], [1]]);
    search.remove(0);
    search.remove(0);
    search.remove(1);
    expect(search.termCount).toBe(0);
    expect([...search.search('mug', 9)]).toEqual([]);
  });

  it('looks at a bounded number of postings: common words add to what rare ones found, or find the newest', () => {
    const search = new SearchIndex();
    const count = SEARCH_LIMITS.postings + 5_000;
    for (let index = 0; index < count; index++) search.upsert(index, { title: 'common' });
    search.upsert(7, { title: 'rare unicorn' });
    search.upsert(9, { title: 'common unicorn' });
    expect([...search.search('common unicorn', 10)]).toEqual([9, 7]);
    const newest = search.search('common', count);
    expect(newest).toHaveLength(SEARCH_LIMITS.postings);
    expect(Math.min(...newest)).toBe(5_000);
  });
});

describe('indexCatalogue', () => {
  it('holds what the catalogue holds, and follows it', async () => {
    const catalogue = await sampleCatalogue();
    await catalogue.upsert([
      { id: 'a', title: 'red mug' },
      { id: 'b', title: 'gone mug' },
    ]);
    await catalogue.remove('b');
    const search = indexCatalogue(catalogue);
    expect([...search.search('mug', 9)]).toEqual([0]);
    await catalogue.upsert([{ id: 'c', title: 'third mug' }]);
    await catalogue.patch('a', { title: 'red cup' });
    expect([...search.search('mug', 9)]).toEqual([2]);
  });
});

describe('a mistyped term', () => {
  const TITLES = ['red lantern', 'blue lantern', 'lanterns for candles', 'teapot 2024', 'tea'];

  it.each([
    ['a letter wrong', 'lamtern'],
    ['a letter missing', 'lntern'],
    ['a letter too many', 'lannterns'],
    ['two swapped', 'lanetrn'],
  ])('with %s finds what is meant', (_, typed) => {
    expect([...indexOf(...TITLES).search(typed, 5)].sort()).toEqual([0, 1, 2]);
    expect(indexOf(...TITLES).hits(`red ${typed}`, 1)).toEqual({
      items: Int32Array.of(0),
      covered: Float32Array.of(1),
    });
  });

  it('is none when an item holds it, when it is short, has a digit, or is two slips away', () => {
    const search = indexOf(...TITLES, 'lantera');
    expect([...search.search('lantera', 5)]).toEqual([5]);
    for (const typed of ['tex', '2025', 'lamtenn']) expect([...search.search(typed, 5)]).toEqual([]);
  });

  it('stands for the near term that most items hold, and for none that no item holds any more', () => {
    const search = indexOf('candle', 'handle', 'handle');
    expect([...search.search('xandle', 5)]).toEqual([1, 2]);
    for (const index of [1, 2]) search.remove(index);
    expect([...search.search('xandle', 5)]).toEqual([0]);
  });

  it('is looked for three times a search, no more', () => {
    const search = indexOf('lantern', 'candle', 'teapot', 'basket');
    const typed = 'lanternx candlex teapotx basketx';
    expect(typed.split(' ')).toHaveLength(SEARCH_LIMITS.mistyped + 1);
    expect([...search.search(typed, 5)].sort()).toEqual([0, 1, 2]);
  });
});
