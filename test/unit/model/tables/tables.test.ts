import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import { PLAIN_RULES, readingOptions, type ReadingRules } from '../../../../model/tables/reading-options.js';
import { TimeReader } from '../../../../model/tables/time-reader.js';
import { readInteractions } from '../../../../model/train/data/readers/interactions.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tables-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, lines: readonly string[], encoding: BufferEncoding = 'utf8'): void {
  const bytes = Buffer.from(`${lines.join('\n')}\n`, encoding);
  writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(bytes) : bytes);
}

const rules = (some: Partial<ReadingRules>): ReadingRules => ({ ...PLAIN_RULES, ...some });
const eventMap = (text: string) => readingOptions.eventMap.schema.parse(text);

async function refusal(some: Partial<ReadingRules> = {}): Promise<string> {
  const error = await readInteractions(folder, false, rules(some)).then(
    () => undefined,
    (reason: unknown) => reason as Error,
  );
  expect(error).toMatchObject({ name: 'StartupError', code: 'data_unreadable' });
  return (error as Error).message;
}

describe('vectors.ndjson', () => {
  const items = () => {
    write('items.tsv', ['item\ttitle', 'a\tMug', 'b\tCup']);
    write('events.tsv', ['session\titem', 's\ta', 's\tb']);
  };

  it('tells vectors of the items, by their ids, and nothing else', async () => {
    items();
    write('vectors.ndjson.gz', [
      '{"id":"b","title":"Another","vectors":{"image":[1,2]}}',
      '',
      '{"id":"nobody","vectors":{"image":[5,6]}}',
      '{"id":"a","vector":[3]}',
    ]);
    expect((await readInteractions(folder, false)).items).toEqual([
      { id: 'a', title: 'Mug', vector: [3] },
      { id: 'b', title: 'Cup', vectors: { image: [1, 2] } },
    ]);
  });

  it('is refused with the lines that are wrong, and why', async () => {
    items();
    write('vectors.ndjson', [
      '{"id":"a","vectors":{"image":[1,2]}}',
      '{"id":"b","vectors":{"image":[1]}}',
      '{"id":"a"}',
      'image',
      '{"id":"c","vectors":{"image":["1"]}}',
    ]);
    const message = await refusal();
    expect(message).toContain(`${join(folder, 'vectors.ndjson')}, line 2, column "vectors"`);
    expect(message).toContain('vectors.image: 1 number, and vectors.image of other items has 2');
    expect(message).toContain('line 3, column "id": expected an id once');
    expect(message).toContain(
      'line 4, column "vectors": expected vectors as a gateway takes them (a line of JSON each',
    );
    expect(message).toContain(
      'line 5, column "vectors": expected vectors as a gateway takes them (vectors.image.0: ',
    );
  });
});

describe('what would be misread is refused, with file, line, column and count', () => {
  const header = 'session\titem\tevent_type\ttimestamp';
  const line = (change: Partial<Record<'session' | 'item' | 'type' | 'time', string>>) => {
    const { session = 's', item = 'a', type = 'view', time = '1600000000' } = change;
    return [session, item, type, time].join('\t');
  };

  it.each([
    ['event_type', { type: 'Product Viewed' }, '--event-map'],
    ['timestamp', { time: '03/04/2026 10:00' }, 'a time'],
    ['timestamp', { time: 'n/a 3' }, 'a time'],
    ['timestamp', { time: '' }, 'a time'],
    ['timestamp', { time: 'Jan 5 2026 10:00' }, 'a time'],
    ['timestamp', { time: '2026-01-05 10:00 EST' }, 'a time'],
    ['timestamp', { time: '2026-02-30' }, 'a time'],
    ['timestamp', { time: '1600000000000' }, 'seconds since 1970, as those before it'],
    ['timestamp', { time: '-5' }, 'a time'],
    ['item', { item: ' 18 ' }, 'without spaces'],
    ['item', { item: '"18"' }, 'without quotes'],
    ['item', { item: 'NULL' }, 'a word for nothing'],
    ['session', { session: 'null' }, 'a word for nothing'],
  ] as const)('%s of %j', async (column, change, expected) => {
    write('events.tsv', [header, line({}), line(change), line(change)]);
    const message = await refusal();
    expect(message).toContain(`${join(folder, 'events.tsv')}, line 3, column "${column}": expected `);
    expect(message).toContain(expected);
    expect(message).toContain(', in 2 lines');
  });

  it('the first line too, which the others would be read by', async () => {
    write('events.tsv', [header, line({ time: '' }), line({})]);
    expect(await refusal()).toContain('line 2, column "timestamp"');
  });

  it.each([
    ['18.0', '18'],
    ['7', '007'],
    ['007', '7'],
  ])('an id that the table of items writes in another way: %s for %s', async (event, item) => {
    write('items.tsv', ['item', item, 'other']);
    write('events.tsv', [header, line({ item: 'other' }), line({ item: event })]);
    expect(await refusal()).toContain(
      `line 3, column "item": expected "${item}", as the table of items writes it`,
    );
  });

  it('ids of which the table of items has none', async () => {
    write('items.tsv', ['item', 'x', 'y']);
    write('events.tsv', [header, line({}), line({ item: 'b' })]);
    expect(await refusal()).toContain(
      'expected ids of the table of items in column "item", found none of them',
    );
  });

  it('prices with a currency or marks between thousands', async () => {
    write('items.tsv', ['item\tprice', 'a\t1,299.00 EUR', 'b\t1,299.00']);
    write('events.tsv', [header, line({})]);
    expect(await refusal()).toMatch(
      /line 2, column "price": expected nothing, or a number .*line 3, column "price"/s,
    );
  });

  it('two tables of one name', async () => {
    write('events.tsv', [header, line({})]);
    write('events.csv', ['session,item', 's,a']);
    expect(await refusal()).toContain('expected one of events.tsv and events.csv, found both');
  });

  it('a quote that never ends', async () => {
    write('events.csv', ['session,item', 's,"a']);
    expect(await refusal()).toContain(`${join(folder, 'events.csv')}, line 2 or after: `);
  });
});

describe('what a file means can be said', () => {
  it('names of events, and which are left out; the report tells both', async () => {
    write('events.tsv', [
      'session\titem\tevent_type',
      ...['Product Viewed', 'Product Viewed', 'page_view', 'Order Completed', 'refund', 'search'].map(
        (t) => `s\ta\t${t}`,
      ),
    ]);
    const map = eventMap('Product Viewed=view_item, page_view=ignore,Order Completed=purchase');
    const { dataset, report } = await readInteractions(folder, false, rules({ eventMap: map }));
    expect([...dataset.kind]).toEqual([EVENT_KIND.view_item, EVENT_KIND.view_item, EVENT_KIND.purchase]);
    expect(report.text()).toEqual([
      'read 4 of 6 lines of events, without times',
      '  2 "Product Viewed" as view_item',
      '  1 "Order Completed" as purchase',
      '  1 refund',
      '  left out: 1 "page_view", as --event-map says',
      '  left out: 1 "search", which is no click',
    ]);
  });

  it('what was paid, and what somebody who clicks got back, whether it is counted below 0 or not', async () => {
    write('events.csv', [
      'session,user,item,event_type,timestamp,quantity,unit_price',
      's,ada,a,purchase,1290000000000,3,2.5',
      's,ada,a,view_item,1290000000001,3,2.5',
      'r,ada,a,refund,1290000000002,-2,2.5',
      'r,ada,a,refund,1290000000003,1,2.5',
      'r,bob,a,refund,1290000000004,1,2.5',
      'r,ada,a,refund,1290000000005,,',
    ]);
    const { dataset } = await readInteractions(folder, false, PLAIN_RULES);
    expect([...dataset.money]).toEqual([7.5, 0]);
    expect(dataset.refunds).toEqual([
      { user: 0, timeMs: 1290000000002, money: 5 },
      { user: 0, timeMs: 1290000000003, money: 2.5 },
    ]);
  });

  it.each([
    ['Viewed=look', '"look" is no event'],
    ['=view_item', 'is no NAME=EVENT'],
    ['Viewed', 'is no NAME=EVENT'],
  ])('but not a map that is none: %s', (text, problem) => {
    const parsed = readingOptions.eventMap.schema.safeParse(text);
    expect(parsed.error?.issues[0].message).toContain(problem);
  });

  it.each([
    ['dd/MM/yyyy HH:mm', 'UTC', '03/04/2026 10:00', '2026-04-03T10:00:00Z'],
    ['MM/dd/yyyy HH:mm', 'UTC', '03/04/2026 10:00', '2026-03-04T10:00:00Z'],
    ['d. LLLL yyyy', 'UTC', '3. April 2026', '2026-04-03T00:00:00Z'],
    [undefined, 'Europe/Berlin', '2026-07-01 10:00', '2026-07-01T08:00:00Z'],
    [undefined, 'Europe/Berlin', '2026-01-01 10:00', '2026-01-01T09:00:00Z'],
    [undefined, 'Europe/Berlin', '2026-01-01T10:00:00+05:00', '2026-01-01T05:00:00Z'],
    [undefined, 'UTC', '2026-01-01 10:00:00 UTC', '2026-01-01T10:00:00Z'],
    [undefined, 'UTC', '2026-01-01 10:00:00.5+0100', '2026-01-01T09:00:00.500Z'],
  ])('times: format "%s", zone %s, %s', (timeFormat, timeZone, cell, expected) => {
    expect(new TimeReader({ timeFormat, timeZone }).read(cell)).toBe(Date.parse(expected));
  });

  it.each([
    ['timeZone', 'Berlin'],
    ['timeFormat', 'dd/MM'],
    ['encoding', 'ebcdic'],
  ] as const)('but not a %s of %s', (option, text) => {
    expect(readingOptions[option].schema.safeParse(text).success).toBe(false);
  });

  it('bytes of another encoding', async () => {
    write('items.tsv', ['item\ttitle', 'café\tThé à la crème'], 'latin1');
    write('events.tsv', ['session\titem', 's\tcafé'], 'latin1');
    const { items } = await readInteractions(folder, false, rules({ encoding: 'latin1' }));
    expect(items).toEqual([{ id: 'café', title: 'Thé à la crème' }]);
    expect(await refusal()).toContain('--encoding');
  });
});

describe('a table with commas', () => {
  it.each([
    ['events.csv', ','],
    ['events.csv', ';'],
    ['events.csv.gz', ','],
  ])('%s, separated by "%s": quotes, line ends in cells, CR LF, a byte order mark', async (name, mark) => {
    write('items.csv', [
      '\uFEFFitem,title,price\r',
      'a,"Mug, red ""large""\n second line",1.5\r',
      '"b",Plain,2\r',
    ]);
    write(
      name,
      [
        ['session', 'item', 'time'],
        ['s1', 'a', '2026-01-01'],
        ['s1', 'b', '2026-01-02'],
      ].map((cells) => cells.join(mark)),
    );
    const { dataset, items } = await readInteractions(folder, false);
    expect(items).toEqual([
      { id: 'a', title: 'Mug, red "large"\n second line', price: 1.5 },
      { id: 'b', title: 'Plain', price: 2 },
    ]);
    expect([...dataset.item]).toEqual([0, 1]);
  });

  it('names the line of a record with other cells than the header, and of bytes that are none', async () => {
    write('events.csv', ['session,item', 's,a', 's']);
    expect(await refusal()).toContain('line 3, column "item": expected 2 cells with commas between');
    write('events.csv', ['session,item', 's,a', 's,café', 's,b'], 'latin1');
    expect(await refusal()).toMatch(
      /line 3: expected text in utf-8, found bytes of another encoding; name that with --encoding, for instance latin1$/,
    );
  });

  it('in UTF-16 is refused with the name of its encoding, and read with it', async () => {
    for (const name of ['events.csv', 'events.tsv']) {
      const mark = name.endsWith('.csv') ? ',' : '\t';
      write(name, [`\uFEFFsession${mark}item`, `s${mark}a`, `s${mark}b`], 'utf16le');
      expect(await refusal()).toMatch(/--encoding, for instance utf-16le$/);
      const { dataset } = await readInteractions(folder, false, rules({ encoding: 'utf-16le' }));
      expect([...dataset.item]).toEqual([0, 1]);
      rmSync(join(folder, name));
    }
  });

  it('names the line from which on a quote is open', async () => {
    write('events.csv', ['session,item', 's,a', 's,"b', 's,c', 's,d']);
    expect(await refusal()).toContain('events.csv, line 3 or after: expected a quote at the end');
  });

  it('is refused with a column that stands twice, but for one that nobody reads', async () => {
    write('events.csv', ['session,item,note,note', 's,a,1,2', 's,b,1,2']);
    write('items.csv', ['item,title,price,price', 'a,Mug,1,2', 'b,Cup,1,2']);
    expect(await refusal()).toContain(
      'items.csv, line 1: expected one column "price", found it in places 3 and 4',
    );
  });

  it('names columns as the table does', async () => {
    write('events.csv', [
      'invoice,sku,event_time,type',
      's,a,soon,view',
      's,a,2026-01-01,looked',
      's,NULL,2026-01-01,view',
    ]);
    const said = await refusal();
    for (const column of ['event_time', 'type', 'sku']) expect(said).toContain(`column "${column}"`);
  });

  it.each([
    ['2026-03-01 10:00', {}, 'UTC'],
    ['2026-03-01T10:00', { timeZone: 'Europe/Vienna' }, 'Europe/Vienna'],
    ['01.03.2026 10:00', { timeFormat: 'dd.MM.yyyy HH:mm' }, 'UTC'],
    ['2026-03-01T10:00Z', {}, undefined],
    ['01.03.2026 10:00 +01:00', { timeFormat: 'dd.MM.yyyy HH:mm ZZ' }, undefined],
    ['1772359200000', {}, undefined],
  ])('tells of which zone %s was taken to be', async (time, some, zone) => {
    write('events.csv', ['session,item,timestamp', `s,a,${time}`, `s,b,${time}`]);
    const { report } = await readInteractions(folder, false, rules(some));
    const told = report.text().find((line) => line.includes('--time-zone'));
    expect(told).toBe(zone && `  times without a zone taken for those of ${zone}: --time-zone names another`);
  });

  it('is read a piece at a time', async () => {
    const lines = Array.from(
      { length: 60_000 },
      (_, i) => `sitzung-ä${Math.floor(i / 5)},"größe-€-${i % 977}"`,
    );
    write('events.csv.gz', ['session,item', ...lines]);
    const { dataset } = await readInteractions(folder, false);
    expect(dataset.itemIds).toHaveLength(977);
    expect(dataset.item).toHaveLength(60_000);
  });
});
