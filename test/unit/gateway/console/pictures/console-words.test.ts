import { describe, expect, it } from 'vitest';
import type { Reason, Ticket } from '../../../../../gateway/client/index.js';
import { hashText } from '../../../../../gateway/console/pictures/hash.js';
import { motifOf } from '../../../../../gateway/console/pictures/motifs.js';
import { paletteOf } from '../../../../../gateway/console/pictures/palette.js';
import { gift } from '../../../../../gateway/console/pictures/figures.js';
import { clock } from '../../../../../gateway/console/pictures/home.js';
import { lunchBag, tote } from '../../../../../gateway/console/pictures/carried.js';
import { mug } from '../../../../../gateway/console/pictures/tableware.js';
import { partsText, reasonText } from '../../../../../gateway/console/panels/reason-text.js';
import { priceOf, titleOf } from '../../../../../gateway/console/shop/shop-item.js';
import { Stockroom } from '../../../../../gateway/console/shop/stockroom.js';
import { ClickTimes } from '../../../../../gateway/console/panels/latency-panel.js';

describe('titles and prices of the shop', () => {
  it.each([
    ['WHITE HANGING HEART T-LIGHT HOLDER', 'White hanging heart T-light holder'],
    ['LUNCH BOX I LOVE LONDON', 'Lunch box I love London'],
    ['RED TOADSTOOL LED NIGHT LIGHT', 'Red toadstool LED night light'],
    ['DOORMAT UNION JACK  GUNS AND ROSES', 'Doormat Union Jack guns and roses'],
    ['LUNCH BAG BLACK SKULL.', 'Lunch bag black skull'],
    ['Jumbo Bag Apples', 'Jumbo Bag Apples'],
    ['', 'Item 7'],
    [undefined, 'Item 7'],
  ])('writes %j as %j', (title, written) => {
    expect(titleOf({ id: '7', ...(title !== undefined && { title }) })).toBe(written);
  });

  it('writes prices in pounds and nothing for none', () => {
    expect([priceOf({ id: '7', price: 2.5 }), priceOf({ id: '7' })]).toEqual(['£2.50', '']);
  });
});

describe('generated pictures', () => {
  it('draws what the title names, else the category, else a gift', () => {
    expect(motifOf('ALARM CLOCK BAKELIKE RED')).toBe(clock);
    expect(motifOf('LUNCH BAG RED RETROSPOT')).toBe(lunchBag);
    expect(motifOf('JUMBO BAG APPLES')).toBe(tote);
    expect(motifOf('GRAND CHOCOLATE', 'mugs')).toBe(mug);
    expect(motifOf('ZZZ', 'odds and ends')).toBe(gift);
  });

  it('takes colours from the words of the title, the same every time', () => {
    const palette = paletteOf('1', 'ALARM CLOCK BAKELIKE RED');
    expect(palette).toEqual(paletteOf('1', 'ALARM CLOCK BAKELIKE RED'));
    expect(palette.inks.body).not.toBe(paletteOf('1', 'ALARM CLOCK BAKELIKE GREEN').inks.body);
    expect(palette.paper).not.toBe(palette.inks.body);
  });

  it('hashes as FNV-1a does', () => {
    expect([hashText(''), hashText('a'), hashText('foobar')]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  });
});

describe('why an item is there', () => {
  const stockroom = new Stockroom();
  const because = (source: Reason['source'], ids: string[] = ['1', '2']): Reason => ({
    because: ids,
    weight: ids.map(() => 0.5),
    source,
  });

  it('names the item that speaks for it most', () => {
    expect(reasonText(because('interest'), stockroom)).toBe('Since you picked Item 1');
    expect(reasonText(because('together'), stockroom)).toBe('Goes with Item 1');
    expect(reasonText(because('similar'), stockroom)).toBe('Much like Item 1');
  });

  it('says what the score is made of, the largest parts first', () => {
    const parts: Reason['parts'] = [
      { of: 'item', id: '1', score: 3.25 },
      { of: 'trend', score: 0.5 },
      { of: 'base', score: -1.5 },
    ];
    expect(partsText({ ...because('interest'), parts }, stockroom)).toBe(
      '+3.25 Item 1\n−1.50 the same for everybody\n+0.50 how much it is wanted',
    );
    expect(partsText(because('interest'), stockroom)).toBe('');
  });

  it('has words for lists that no item speaks for', () => {
    expect(reasonText(because('trend'), stockroom)).toBe('Much wanted just now');
    expect(reasonText(because('search'), stockroom)).toBe('Fits what you searched for');
    expect(reasonText(because('interest', []), stockroom)).toBe('Close to your taste');
    expect(reasonText(undefined, stockroom)).toBe('');
  });
});

describe('click to list', () => {
  it('times the newest click that a list knows, once', () => {
    const times = new ClickTimes();
    const ticket = (seq: number): Ticket => ({
      name: 'view_item',
      fields: {},
      seq,
      status: 'sent',
      whenAcked: () => Promise.resolve(),
    });
    times.time(() => ticket(1));
    times.time(() => ticket(2));
    times.time(() => ticket(3));
    expect(times.listed(0)).toBeUndefined();
    expect(times.listed(2)).toBeGreaterThanOrEqual(0);
    expect(times.listed(2)).toBeUndefined();
    expect(times.listed(3)).toBeGreaterThanOrEqual(0);
  });
});
