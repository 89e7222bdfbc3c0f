import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT_KIND } from '../../model/event-kinds.js';
import { cutLast, type Dataset, sessionCount, sessionsUntil } from '../../model/train/dataset.js';
import { readDiginetica, readDigineticaWithTest } from '../../model/train/readers/diginetica.js';
import { describeGift } from '../../model/train/readers/gift-titles.js';
import { readOnlineRetail, readOnlineRetailItems } from '../../model/train/readers/online-retail.js';
import { readRees46 } from '../../model/train/readers/rees46.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'readers-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, ...lines: string[]): void {
  writeFileSync(
    join(folder, name),
    gzipSync(`${lines.map((line) => line.split(' ').join('\t')).join('\n')}\n`),
  );
}

const sessions = (dataset: Dataset) =>
  Array.from({ length: sessionCount(dataset) }, (_, s) =>
    Array.from(
      dataset.item.subarray(dataset.start[s], dataset.start[s + 1]),
      (item) => dataset.itemIds[item],
    ).join(' '),
  );

describe('online-retail', () => {
  it('takes invoices as sessions in order of time, purchases as clicks, and leaves returns out', () => {
    write(
      'events.tsv.gz',
      'customer invoice item event_type timestamp quantity unit_price',
      'u1 i2 b purchase 2000 1 1',
      'u1 i2 a purchase 2000 1 1',
      'u2 i1 a purchase 1000 1 1',
      'u1 i3 a return 3000 1 1',
    );
    write(
      'items.tsv.gz',
      'item title median_price_gbp purchase_lines first_sold',
      'a RED_MUG 1.5 2 1000',
      'b  2 1 2000',
    );
    const dataset = readOnlineRetail(folder);
    expect(sessions(dataset)).toEqual(['a', 'b a']);
    expect([...dataset.user]).toEqual([1, 0]);
    expect([...dataset.kind]).toEqual([EVENT_KIND.purchase, EVENT_KIND.purchase, EVENT_KIND.purchase]);
    expect(dataset.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(sessionsUntil(dataset, 1500)).toEqual({ from: 0, to: 1 });
    expect(readOnlineRetailItems(folder)[1]).toEqual({
      id: 'b',
      title: 'Gift b',
      price: 2,
      category: 'other gifts',
      createdMs: 2000,
    });
  });

  it('names the file and the column that is missing', () => {
    write('items.tsv.gz', 'item name', 'a b');
    expect(() => readOnlineRetailItems(folder)).toThrow(/items\.tsv\.gz: no column "title"/);
  });
});

describe('rees46', () => {
  it('takes kinds, categories and brands', () => {
    write(
      'events.tsv.gz',
      'session_or_user item event_type timestamp user price',
      's1 7 view 1000 u1 1',
      's2 8 cart 1500 u2 1',
      's1 8 purchase 2000 u1 1',
    );
    write('items.tsv.gz', 'item category_id category_code brand price', '7 c1 x acme 1', '8 c1 x  1');
    const dataset = readRees46(folder);
    expect(sessions(dataset)).toEqual(['8', '7 8']);
    expect([...dataset.kind]).toEqual([EVENT_KIND.add_to_cart, EVENT_KIND.view_item, EVENT_KIND.purchase]);
    expect([...(dataset.category ?? [])]).toEqual([0, 0]);
    expect(dataset.itemIds.map((_, i) => dataset.brand?.[i])).toEqual([0, -1]);
  });
});

describe('diginetica', () => {
  it('reads the train split alone, and test sessions from their longest instance', () => {
    write('items.tsv.gz', 'item train_count', '1 2', '2 1', '3 1');
    write(
      'events.tsv.gz',
      'session item event_type order split',
      'r0 1 click 0 train',
      'r0 2 click 1 train',
      'r1 3 click 0 train',
      'r2 3 click 0 test',
    );
    writeFileSync(
      join(folder, 'test_instances.tsv.gz'),
      gzipSync('test_session\tprefix_items\ttarget\ne0\t1 2\t3\ne0\t1\t2\n'),
    );
    expect(sessions(readDiginetica(folder))).toEqual(['1 2', '3']);
    expect(sessions(readDigineticaWithTest(folder))).toEqual(['1 2', '3', '1 2 3']);
  });
});

describe('sessions', () => {
  it('are cut at the end for validation', () => {
    expect(cutLast({ from: 10, to: 110 }, 0.1)).toEqual({
      train: { from: 10, to: 100 },
      validation: { from: 100, to: 110 },
    });
  });
});

describe('describeGift', () => {
  it.each([
    ['WHITE HANGING HEART T-LIGHT HOLDER', 'White Hanging Heart T-Light Holder', 'candle holders', ['white']],
    ['SET OF 6 RED & BLUE MUGS', 'Set of 6 Red & Blue Mugs', 'cups and saucers', ['red', 'blue']],
    ['*Boombox Ipod Classic', 'Boombox Ipod Classic', 'other gifts', []],
    ['', '', 'other gifts', []],
  ])('%s', (raw, title, category, colours) => {
    expect(describeGift(raw)).toEqual({ title, category, colours });
  });
});
