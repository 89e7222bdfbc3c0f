import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EVENT_KIND } from '../../../../../../model/scorer/event-kinds.js';
import {
  cutLast,
  type Dataset,
  isQuestion,
  sessionCount,
  sessionsUntil,
} from '../../../../../../model/train/data/dataset.js';
import { describeGift } from '../../../../../../model/tables/gift-titles.js';
import { readInteractions } from '../../../../../../model/train/data/readers/interactions.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'readers-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Cells are separated by spaces here, by tabs in the file. */
function write(name: string, ...lines: string[]): void {
  const text = `${lines.map((line) => line.split(' ').join('\t')).join('\n')}\n`;
  writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text);
}

const sessions = (dataset: Dataset) =>
  Array.from({ length: sessionCount(dataset) }, (_, s) =>
    Array.from(
      dataset.item.subarray(dataset.start[s], dataset.start[s + 1]),
      (item) => dataset.itemIds[item],
    ).join(' '),
  );

const refusal = async (): Promise<string> => {
  const error = await readInteractions(folder, true).then(
    () => undefined,
    (reason: unknown) => reason as Error,
  );
  expect(error).toMatchObject({ name: 'StartupError', code: 'data_unreadable' });
  return (error as Error).message;
};

describe('the form of online-retail', () => {
  it('takes invoices as sessions in order of time, purchases as clicks, and leaves returns out', async () => {
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
    const { dataset, items, test } = await readInteractions(folder, true);
    expect(sessions(dataset)).toEqual(['a', 'b a']);
    expect([...dataset.user]).toEqual([1, 0]);
    expect([...dataset.kind]).toEqual([EVENT_KIND.purchase, EVENT_KIND.purchase, EVENT_KIND.purchase]);
    expect([...(dataset.timeMs ?? [])]).toEqual([1000, 2000, 2000]);
    expect(dataset.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(dataset.name).toBe('online-retail');
    expect(test).toBeUndefined();
    expect(sessionsUntil(dataset, 1500)).toEqual({ from: 0, to: 1 });
    expect(items[1]).toEqual({
      id: 'b',
      title: 'Gift b',
      price: 2,
      category: 'other gifts',
      createdMs: 2000,
    });
  });
});

describe('the form of rees46', () => {
  it('takes kinds, categories and brands', async () => {
    write(
      'events.tsv.gz',
      'session_or_user item event_type timestamp user price',
      's1 7 view 1000 u1 1',
      's2 8 cart 1500 u2 1',
      's1 8 purchase 2000 u1 1',
    );
    write('items.tsv.gz', 'item category_id category_code brand price', '7 c1 x acme 1', '8 c1 x  1.5');
    const { dataset, items } = await readInteractions(folder, false);
    expect(sessions(dataset)).toEqual(['8', '7 8']);
    expect([...dataset.kind]).toEqual([EVENT_KIND.add_to_cart, EVENT_KIND.view_item, EVENT_KIND.purchase]);
    expect([...(dataset.category ?? [])]).toEqual([0, 0]);
    expect([...(dataset.brand ?? [])]).toEqual([0, -1]);
    expect(items).toEqual([
      { id: '7', price: 1, category: 'c1', brand: 'acme' },
      { id: '8', price: 1.5, category: 'c1' },
    ]);
  });
});

describe('the form of diginetica', () => {
  it('reads the train split alone, and test sessions from their longest instance', async () => {
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
    const train = await readInteractions(folder, false);
    expect(sessions(train.dataset)).toEqual(['1 2', '3']);
    expect(train.test).toBeUndefined();
    expect(train.dataset).toMatchObject({ timeMs: null, category: null, brand: null });
    expect([...train.dataset.kind]).toEqual(Array(3).fill(EVENT_KIND.select_item));
    const whole = await readInteractions(folder, true);
    expect(sessions(whole.dataset)).toEqual(['1 2', '3', '1 2 3']);
    expect(whole.test).toEqual({ from: 2, to: 3 });
    expect(whole.dataset.hash).toBe(train.dataset.hash);
  });

  it('keeps test sessions last where the events have times', async () => {
    write('events.tsv.gz', 'session item timestamp', 'a x 3000', 'b y 1000');
    write('test_instances.tsv.gz', 'target test_session prefix_items', 'y e0 x', 'x e1 y');
    const { dataset, test } = await readInteractions(folder, true);
    expect(sessions(dataset)).toEqual(['y', 'x', 'x y', 'y x']);
    expect(test).toEqual({ from: 2, to: 4 });
    expect([...(dataset.timeMs ?? [])]).toEqual([1000, 3000, 3000, 3000, 3000, 3000]);
  });
});

describe('test instances', () => {
  /** Prefix and target of every question of the test sessions. */
  async function questions(...lines: string[]): Promise<string[]> {
    write('events.tsv', 'session item', 's a', 's b');
    const table = ['test_session\tprefix_items\ttarget', ...lines, ''].join('\n');
    writeFileSync(join(folder, 'test_instances.tsv'), table);
    const { dataset, test } = await readInteractions(folder, true);
    const asked: string[] = [];
    for (let session = test?.from ?? 0; session < (test?.to ?? 0); session++) {
      const first = dataset.start[session];
      for (let click = first; click < dataset.start[session + 1]; click++) {
        const items = [...dataset.item.subarray(first, click + 2)].map((item) => dataset.itemIds[item]);
        if (isQuestion(dataset, session, click))
          asked.push(`${items.slice(0, -1).join(' ')} > ${items.at(-1)}`);
      }
    }
    return asked.sort();
  }

  it('are asked as they stand, and no other prefix is', async () => {
    expect(await questions('e0\ta b c\td', 'e0\ta b\tc', 'e1\tb a\tc')).toEqual([
      'a b > c',
      'a b c > d',
      'b a > c',
    ]);
  });

  it('are each asked once, those that contradict or repeat one another too', async () => {
    const lines = ['e0\ta b\tc', 'e0\ta b\td', 'e0\ta\tb', 'e0\ta\tb', 'e0\ta\tbb', 'e1\ta b\tc'];
    expect(await questions(...lines)).toEqual(['a > b', 'a > b', 'a > bb', 'a b > c', 'a b > c', 'a b > d']);
  });
});

describe('what else is read', () => {
  it('plain files, columns in any order and case, more of them, CR LF, no items', async () => {
    writeFileSync(
      join(folder, 'events.tsv'),
      '\uFEFFColour\tItem\tSession\r\nred\tsku-1\tv1\r\n\r\nblue\tsku-2\tv1\r\nred\tsku-1\tv1',
    );
    const { dataset, items } = await readInteractions(folder, true);
    expect(sessions(dataset)).toEqual(['sku-1 sku-2 sku-1']);
    expect(items).toEqual([{ id: 'sku-1' }, { id: 'sku-2' }]);
    expect([...dataset.user]).toEqual([-1]);
    expect(dataset.kind[0]).toBe(EVENT_KIND.select_item);
  });

  it('characters of several bytes wherever a piece of the file ends', async () => {
    const ids = Array.from({ length: 40_000 }, (_, i) => `茶é😀${i}`);
    write('events.tsv', 'session item', ...ids.map((id) => `s ${id}`));
    const { dataset } = await readInteractions(folder, false);
    expect(dataset.itemIds).toEqual(ids);
  });

  it.each([
    ['an id of an event', 'events.tsv', 'line 3, column "item"'],
    ['a title', 'items.tsv', 'line 2, column "title"'],
  ])('nothing of bytes that are not UTF-8: %s', async (_name, file, place) => {
    write('events.tsv', 'item session', 'a s1', `${file === 'events.tsv' ? 'caf?' : 'b'} s1`);
    write('items.tsv', 'item title', `a ${file === 'items.tsv' ? 'caf?' : 'Mug'}`);
    const path = join(folder, file);
    writeFileSync(
      path,
      readFileSync(path).map((byte) => (byte === 0x3f ? 0xe9 : byte)),
    );
    expect(await refusal()).toContain(`${path}, ${place}: expected text in UTF-8`);
  });

  it('clicks that are not in order, by time and then by their place', async () => {
    write(
      'events.tsv',
      'session item order timestamp',
      's c 1 2000',
      's b 0 2000',
      's a 7 1000',
      't d 0 1500',
    );
    expect(sessions((await readInteractions(folder, false)).dataset)).toEqual(['d', 'a b c']);
    write('events.tsv', 'session item order', 's c 2', 's a 0', 't d 0', 's b 1');
    expect(sessions((await readInteractions(folder, false)).dataset)).toEqual(['a b c', 'd']);
  });

  it('users and times without sessions: half an hour of pause ends one', async () => {
    const minute = 60_000;
    const at = (minutes: number) => String(1.6e12 + minutes * minute);
    write(
      'events.tsv',
      'user item timestamp',
      `u1 a ${at(0)}`,
      `u2 x ${at(1)}`,
      `u1 b ${at(30)}`,
      `u1 c ${at(61)}`,
    );
    const { dataset } = await readInteractions(folder, false);
    expect(sessions(dataset)).toEqual(['x', 'a b', 'c']);
    expect([...dataset.user]).toEqual([1, 0, 0]);
  });

  it.each([
    ['milliseconds', '1569888000123', 1569888000123],
    ['seconds', '1569888000', 1569888000000],
    ['microseconds', '1569888000123000', 1569888000123],
    ['a date and a time', '2019-10-01T00:00:01', 1569888001000],
    ['a date and a time with a zone', '2019-10-01T02:00:01+02:00', 1569888001000],
    ['a date', '2019-10-01', 1569888000000],
  ])('times as %s', async (_, text, expected) => {
    write('events.tsv', 'session item timestamp', `s a ${text}`);
    expect([...((await readInteractions(folder, false)).dataset.timeMs ?? [])]).toEqual([expected]);
  });

  it('names of events as shops have them', async () => {
    write(
      'events.tsv',
      'session item event_type',
      ...['view', 'Click', 'addToCart', 'Purchased', 'product_view'].map((t) => `s a ${t}`),
    );
    expect([...(await readInteractions(folder, false)).dataset.kind]).toEqual([
      EVENT_KIND.view_item,
      EVENT_KIND.select_item,
      EVENT_KIND.add_to_cart,
      EVENT_KIND.purchase,
      EVENT_KIND.view_item,
    ]);
  });

  it('files larger than a piece of one, whatever falls on its border', async () => {
    const lines = Array.from(
      { length: 60_000 },
      (_, i) => `sitzung-ä${Math.floor(i / 5)} größe-€-${i % 977}`,
    );
    write('events.tsv.gz', 'session item', ...lines);
    const { dataset } = await readInteractions(folder, false);
    expect(sessionCount(dataset)).toBe(12_000);
    expect(dataset.itemIds).toHaveLength(977);
    expect(dataset.itemIds[976]).toBe('größe-€-976');
    expect(dataset.item[59_999]).toBe(59_999 % 977);
  });

  it('a session of ten thousand clicks, and one of the same item over and over', async () => {
    write(
      'events.tsv',
      'session item',
      ...Array.from({ length: 10_000 }, (_, i) => `s i${i % 3}`),
      't z',
      't z',
    );
    const { dataset } = await readInteractions(folder, false);
    expect([...dataset.start]).toEqual([0, 10_000, 10_002]);
  });
});

describe('what is refused', () => {
  it.each([
    ['price', 'x'],
    ['price', '1,50'],
    ['price', '-1'],
    ['price', '£3.20'],
    ['price', '1e999'],
    ['price', '1.234,00'],
    ['price', '0x10'],
    ['first_sold', 'never'],
    ['first_sold', '-5'],
    ['title', 'x'.repeat(513)],
    ['category', 'x'.repeat(257)],
    ['brand', 'x'.repeat(257)],
  ])('a %s that cannot be read: %s', async (column, cell) => {
    write('events.tsv', 'session item', 's a', 's b');
    write('items.tsv', `item ${column}`, 'a ', `b ${cell}`);
    expect(await refusal()).toContain(`${join(folder, 'items.tsv')}, line 3, column "${column}": expected `);
    write('events.tsv', 'customer invoice item', 'u s a', 'u s b');
    if (column !== 'category' && column !== 'brand') expect(await refusal()).toContain(`column "${column}"`);
  });

  it.each(['', '\\N', 'NULL', 'NaN', 'None', 'n/a'])(
    'but not a cell that says nothing: "%s"',
    async (cell) => {
      write('events.tsv', 'session item', 's a', 's b');
      write(
        'items.tsv',
        'item price first_sold',
        `a ${cell} ${cell}`,
        'b 1.5 1600000000',
        'b 1.5 1600000000',
      );
      expect((await readInteractions(folder, false)).items).toEqual([
        { id: 'a' },
        { id: 'b', price: 1.5, createdMs: 1.6e12 },
      ]);
    },
  );

  it('lines of more or fewer cells than the header, in every table', async () => {
    write('events.tsv', 'session item', 's a', 's b');
    write('items.tsv', 'item title price', 'a A 1', 'b B', 'c C 1 2');
    expect(await refusal()).toBe(
      `${join(folder, 'items.tsv')}, line 3, column "price": expected 3 cells with tabs between, as in line 1, found "2"\n` +
        `${join(folder, 'items.tsv')}, line 4, column "price": expected 3 cells with tabs between, as in line 1, found "4"`,
    );
    rmSync(join(folder, 'items.tsv'));
    write('events.tsv', 'session item event_type', 's a view', 's b');
    expect(await refusal()).toContain('line 3, column "event_type": expected 3 cells');
    write('events.tsv', 'session item', 's a', 's b');
    write('test_instances.tsv', 'test_session prefix_items target', 'e a b', 'e a');
    expect(await refusal()).toContain('line 3, column "target": expected 3 cells');
  });

  it('an item that stands twice and says another thing', async () => {
    write('events.tsv', 'session item', 's a', 's b');
    write('items.tsv', 'item title', 'a A', 'b B', 'a AA');
    expect(await refusal()).toContain('line 4, column "item": expected an id once');
  });

  it.each(['look', '', 'constructor'])('an event of another name: "%s"', async (name) => {
    write('events.tsv', 'session item event_type', 's a view', `s b ${name}`);
    expect(await refusal()).toMatch(
      /line 3, column "event_type": expected one of view_item_list, .*addtocart/,
    );
  });

  it.each(['', 'x', '1e999'])('a place in the session that is no number: "%s"', async (place) => {
    write('events.tsv', 'session item order', 's a 0', `s b ${place}`);
    expect(await refusal()).toContain('line 3, column "order": expected a number');
  });

  it('a folder without events', async () => {
    expect(await refusal()).toContain(
      `${folder}: expected events.tsv or events.csv, gzipped or not, found none`,
    );
  });

  it('a table without items or sessions, by its columns', async () => {
    write('events.tsv.gz', 'session plu', 's 1');
    expect(await refusal()).toMatch(/events\.tsv\.gz: expected a column "item" or .* found session, plu/);
    write('events.tsv.gz', 'user item', 'u 1');
    expect(await refusal()).toMatch(/expected a column "session" or .* found user, item/);
    write('events.tsv.gz', 'session,item', 's,1');
    expect(await refusal()).toContain('columns of a .tsv are separated by tabs');
  });

  it('lines that say nothing usable, up to five in full', async () => {
    write('events.tsv', 'session item timestamp', 's a 1000', 's  2000', ' b 3000', 's c soon', 's d ');
    const message = await refusal();
    expect(message.split('\n')).toEqual([
      `${folder}/events.tsv, line 3, column "item": expected an id of 1 to 128 characters, found nothing`,
      `${folder}/events.tsv, line 4, column "session": expected an id of 1 to 128 characters, found nothing`,
      `${folder}/events.tsv, line 5, column "timestamp": expected a time in numbers below 100,000,000, as those before it, found "soon"`,
      `${folder}/events.tsv, line 6, column "timestamp": expected a time in numbers below 100,000,000, as those before it, found nothing`,
    ]);
    write('events.tsv', 'session item', ...Array.from({ length: 9 }, () => 's '));
    expect(await refusal()).toBe(
      `${folder}/events.tsv, line 2, column "item": expected an id of 1 to 128 characters, found nothing, in 9 lines`,
    );
    write('events.tsv', 'session item order', ...Array.from({ length: 9 }, (_, i) => `s a x${i}`));
    expect((await refusal()).split('\n')).toHaveLength(6);
    expect(await refusal()).toContain('and 4 more lines like these');
  });

  it('files that are cut short, empty, or hold no line to learn from', async () => {
    const whole = gzipSync('session\titem\n'.concat('s\ta\n'.repeat(1_000)));
    writeFileSync(join(folder, 'events.tsv.gz'), whole.subarray(0, whole.length - 12));
    expect(await refusal()).toMatch(/events\.tsv\.gz cannot be read: .*unexpected end/);
    writeFileSync(join(folder, 'events.tsv.gz'), gzipSync(''));
    expect(await refusal()).toContain('expected a header line, found an empty file');
    write('events.tsv.gz', 'session item split', 's a test');
    expect(await refusal()).toContain('expected lines whose split is "train", found none');
  });

  it('test instances without a target', async () => {
    write('events.tsv', 'session item', 's a');
    write('test_instances.tsv', 'test_session prefix_items target', 'e0 a ');
    expect(await refusal()).toMatch(/test_instances\.tsv, line 2, column "prefix_items"/);
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
