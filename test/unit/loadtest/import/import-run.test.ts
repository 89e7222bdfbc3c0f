import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importOptions } from '../../../../loadtest/import/import-options.js';
import { importReport, isComplete } from '../../../../loadtest/import/import-report.js';
import { runImport } from '../../../../loadtest/import/import-run.js';
import { ItemsApi, TRIES_MAX } from '../../../../loadtest/import/items-api.js';
import { parseCommandLine } from '../../../../metrics/process/command-line.js';
import { RECORD_MAX } from '../../../../model/tables/feeds/feed-record.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'feeds-'))));
afterEach(() => rmSync(folder, { recursive: true }));

interface ShopItem {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** A catalogue that takes everything; what is in it, and the calls that came. */
class MemoryItems extends ItemsApi {
  readonly items = new Map<string, ShopItem>();
  readonly bites: number[] = [];

  constructor(...ids: readonly string[]) {
    super('http://127.0.0.1:1', undefined);
    for (const id of ids) this.items.set(id, { id });
  }

  override put(lines: readonly string[]) {
    this.bites.push(lines.length);
    const answer = { created: 0, updated: 0, refused: 0, errors: [], ignored: [] };
    for (const line of lines) {
      const item = JSON.parse(line) as ShopItem;
      answer[this.items.has(item.id) ? 'updated' : 'created']++;
      this.items.set(item.id, item);
    }
    return Promise.resolve(answer);
  }

  override remove(ids: readonly string[]) {
    return Promise.resolve(ids.filter((id) => this.items.delete(id)).length);
  }

  override async *pages() {
    await Promise.resolve();
    yield { ids: [...this.items.keys()], total: this.items.size };
  }
}

const noBar = () => ({ update: () => undefined, stop: () => undefined });

/** Imports a file with this text as the command line `flags` would. */
async function imported(name: string, text: string | Buffer, flags: string, api = new MemoryItems()) {
  const file = join(folder, name);
  writeFileSync(file, text);
  const line = parseCommandLine(importOptions, [file, ...flags.split(' ').filter((flag) => flag !== '')]);
  if (line.kind !== 'values') throw new Error(JSON.stringify(line));
  const result = await runImport(line.values, api, noBar);
  const report = importReport(name, result);
  return { result, report, isComplete: isComplete(result), items: [...api.items.values()], bites: api.bites };
}

const RSS = `<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title><link>https://shop.example</link>
<item>
  <g:id>mug-1</g:id><title>Plain</title><g:title><![CDATA[Mug & saucer]]></g:title><link>https://shop.example/mug-1</link>
  <g:price>1,299.00 EUR</g:price><g:availability>in_stock</g:availability><g:brand>Kiln</g:brand>
  <g:product_type>Home &gt; Mugs</g:product_type><g:image_link>https://shop.example/mug.jpg</g:image_link>
  <g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping><g:color>red</g:color>
</item>
<item><g:id>mug-2</g:id><g:title>Gone</g:title><g:price>19.99 EUR</g:price><g:availability>out of stock</g:availability></item>
<item><g:id>mug-3</g:id><g:title>Odd</g:title><g:price>call us</g:price></item>
</channel></rss>
`;

const ATOM = `<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:m="http://base.google.com/ns/1.0"><title>Shop</title><link rel="self" href="https://shop.example/feed"/>
<entry><m:id>a1</m:id><title>Ünlü</title><link href="https://shop.example/a1"/><m:price>19.99 USD</m:price></entry>
</feed>
`;

const SHOPIFY = `{"products": [
  {"id": 632910392, "title": "Pod", "vendor": "Apple", "product_type": "Players", "handle": "pod", "tags": "Emotive, Flash",
   "created_at": "2026-01-02T03:04:05-05:00", "status": "active", "options": [{"name": "Colour"}],
   "images": [{"src": "https://cdn.example/a.jpg", "variant_ids": []}, {"src": "https://cdn.example/b.jpg", "variant_ids": [49148385]}],
   "variants": [
    {"id": 808950810, "title": "Pink", "price": "199.00", "sku": "P-1", "option1": "Pink", "inventory_management": "shopify", "inventory_policy": "deny", "inventory_quantity": 10},
    {"id": 49148385, "title": "Red", "price": "189.00", "sku": "P-2", "option1": "Red", "inventory_management": "shopify", "inventory_policy": "deny", "inventory_quantity": -2}
   ]},
  {"id": 1, "title": "Café card", "handle": "card", "variants": [{"id": 2, "title": "Default Title", "price": "25.00", "inventory_quantity": 0, "inventory_management": null}]}
]}
`;

describe('what a feed says of items', () => {
  it("reads Google's RSS 2.0, and tells of what it leaves out where it stands", async () => {
    const { items, report, isComplete: isAll } = await imported('feed.xml.gz', gzipSync(RSS), '');
    expect(items).toEqual([
      {
        id: 'mug-1',
        title: 'Mug & saucer',
        price: 1_299,
        category: 'Home > Mugs',
        brand: 'Kiln',
        attributes: { color: 'red' },
        imageUrl: 'https://shop.example/mug.jpg',
        url: 'https://shop.example/mug-1',
      },
      { id: 'mug-2', title: 'Gone', price: 19.99, stock: 0 },
    ]);
    expect(isAll).toBe(false);
    expect(report).toContain('3 records read, 2 items put: 2 new, 0 updated, 1 left out');
    expect(report).toMatch(/feed\.xml\.gz, line 10, column "price": expected a price .*found "call us"/);
  });

  it('reads Atom, whatever the prefix of its names is', async () => {
    const { items, isComplete: isAll } = await imported('feed.atom', ATOM, '');
    expect(items).toEqual([{ id: 'a1', title: 'Ünlü', price: 19.99, url: 'https://shop.example/a1' }]);
    expect(isAll).toBe(true);
  });

  it('reads a product of Shopify without pictures, also where these are null', async () => {
    const product =
      '{"id": 1, "title": "Mug", "images": null, "image": null, "variants": [{"id": 7, "price": "3.00"}]}';
    const { items } = await imported('bare.json', `{"products": [${product}]}`, '');
    expect(items).toMatchObject([{ id: '7', title: 'Mug', price: 3 }]);
  });

  it('says once what is no JSON, and says of nothing else that it is none', async () => {
    const broken = imported('broken.json', '{"products": [{"id": 1,]}', '');
    await expect(broken).rejects.toThrow(/^(?!.*no JSON.*no JSON).*broken\.json, line 1: it is no JSON/s);
    const failing = new MemoryItems();
    failing.put = () => {
      throw new TypeError('a mistake of ours');
    };
    const many = JSON.stringify(Array.from({ length: 501 }, (_, i) => ({ id: `${i}` })));
    await expect(imported('many.json', many, '', failing)).rejects.toThrow(/^a mistake of ours$/);
  });

  it("reads Shopify's products: an item for each variant, or for each product", async () => {
    const { items } = await imported('products.json', SHOPIFY, '--map id=sku');
    expect(items).toMatchObject([
      {
        id: 'P-1',
        title: 'Pod – Pink',
        price: 199,
        category: 'Players',
        brand: 'Apple',
        stock: 10,
        imageUrl: 'https://cdn.example/a.jpg',
        url: '/products/pod?variant=808950810',
        createdMs: Date.UTC(2026, 0, 2, 8, 4, 5),
        attributes: { colour: 'Pink', tags: ['Emotive', 'Flash'], item_group_id: '632910392' },
      },
      { id: 'P-2', price: 189, stock: 0, imageUrl: 'https://cdn.example/b.jpg' },
    ]);
    expect((await imported('p.json', SHOPIFY, '')).items.map(({ id }) => id)).toEqual([
      '808950810',
      '49148385',
      '2',
    ]);
    const products = await imported('q.json', SHOPIFY, '--shopify-items product');
    expect(products.items).toMatchObject([
      { id: '632910392', title: 'Pod', price: 189, stock: 10 },
      { id: '1', title: 'Café card', price: 25 },
    ]);
    expect(products.items[1]).not.toHaveProperty('stock');
  });

  it('reads tables and lines of JSON by the names that a mapping gives', async () => {
    const csv =
      'artikel;bezeichnung;preis;groesse;lager\nA-1;"Tasse; rot";1.299,00 €;XL;5\nA-2;Teller;7,50 €;;0\n';
    const table = await imported(
      'shop.csv',
      csv,
      '--map id=artikel,title=bezeichnung,price=preis,size=groesse',
    );
    expect(table.items).toEqual([
      { id: 'A-1', title: 'Tasse; rot', price: 1_299, attributes: { size: 'XL' } },
      { id: 'A-2', title: 'Teller', price: 7.5 },
    ]);
    expect(table.report).toContain('nothing was made of: lager');
    const tsv =
      'id\ttitle\tprice\timage link\tavailability\nx\tX\t5.00 USD\thttps://s.example/x.png\tin stock\n';
    expect((await imported('google.txt', tsv, '')).items).toEqual([
      { id: 'x', title: 'X', price: 5, imageUrl: 'https://s.example/x.png' },
    ]);
    const lines = '{"sku":7,"cost":"19.99 USD","attributes":{"sizes":["s"]},"vector":[1,0]}\n';
    expect((await imported('f.ndjson', lines, '--map id=sku,price=cost')).items).toEqual([
      { id: '7', price: 19.99, attributes: { sizes: ['s'] }, vector: [1, 0] },
    ]);
    expect((await imported('l.json', `[${lines.trim()}]`, '')).items).toMatchObject([{ id: '7' }]);
  });

  it('takes named vectors, from JSON as they are and from tables as JSON in a cell, and names what is none', async () => {
    const vectors = { image: [0.5, -1], text: [3] };
    const line = `${JSON.stringify({ id: 'a', vectors })}\n`;
    expect((await imported('v.ndjson', line, '')).items).toEqual([{ id: 'a', vectors }]);
    const cell = JSON.stringify(vectors).replaceAll('"', '""');
    const csv = `id,vectors,vector\na,"${cell}",\nb,,"[1,2]"\nc,0.5 -1,\nd,"{""image"":[]}",\n`;
    const table = await imported('v.csv', csv, '');
    expect(table.items).toEqual([
      { id: 'a', vectors },
      { id: 'b', vector: [1, 2] },
    ]);
    expect(table.report).toContain('line 4, column "vectors": expected lists of numbers by name');
    expect(table.report).toContain('line 5, column "vectors"');
  });

  it('names columns that a mapping asks for and that are not there', async () => {
    const csv = 'artikel,preis\nA-1,5\n';
    await expect(imported('a.csv', csv, '')).rejects.toThrow(/no column holds ids.*\n.*artikel, preis/);
    await expect(imported('a.csv', csv, '--map id=sku')).rejects.toThrow('no column is called "sku"');
    const { report } = await imported('a.ndjson', '{"artikel":"A-1"}\n', '');
    expect(report).toContain('say which name holds them with --map id=NAME: artikel');
  });

  it('takes each id once, and tells the lines that have no id', async () => {
    const csv = 'id,title\na,A\na,B\n,C\n" d ",D\ne,E,more\nf,F\n';
    const { items, report } = await imported('a.csv', csv, '');
    expect(items.map(({ id }) => id)).toEqual(['a', 'f']);
    expect(report).toMatch(/line 3, column "id": expected an id once, found "a"/);
    expect(report).toMatch(/line 6, .*expected 2 cells with commas between/);
    expect(report).toContain('5 records read, 2 items put: 2 new, 0 updated, 3 left out');
  });

  it('puts in bites and shows what it would do in a dry run', async () => {
    const csv = `id\n${Array.from({ length: 1_201 }, (_, i) => `i${i}\n`).join('')}`;
    expect((await imported('a.csv', csv, '')).bites).toEqual([500, 500, 201]);
    const dry = await imported('b.csv', csv, '--dry-run');
    expect([dry.items, dry.bites]).toEqual([[], []]);
    expect(dry.report).toContain('1,201 items would be put');
    expect(dry.report).toContain('{"id":"i2"}');
  });

  it('refuses a record without an end', async () => {
    const long = 'x'.repeat(RECORD_MAX + 100_000);
    await expect(imported('a.ndjson', `{"id":"${long}`, '')).rejects.toThrow('without a line end');
    await expect(imported('a.json', `[{"id":"${long}`, '')).rejects.toThrow(`over ${RECORD_MAX} bytes`);
    const xml = `<rss><channel><item><id>${long}`;
    await expect(imported('a.xml', xml, '')).rejects.toThrow(`over ${RECORD_MAX} characters without`);
  });
});

describe('--replace', () => {
  const others = ['old-1', 'old-2'];
  const wholes = [
    ['feed.xml', RSS.replace('call us', '5 EUR')],
    ['feed.atom', ATOM],
    ['products.json', SHOPIFY],
    ['lines.ndjson', '{"id":"a","title":"Mug"}\n{"id":"b","title":"Cup"}\n'],
    ['table.csv', 'id,title,price\na,"Mug, red",5\nb,Cup,6\n'],
    ['table.tsv', 'id\ttitle\na\tMug\nb\tCup\n'],
  ] as const;

  it.each(wholes)('removes what %s does not hold', async (name, text) => {
    const {
      items,
      report,
      isComplete: isAll,
    } = await imported(name, text, '--replace --max-removed 100%', new MemoryItems(...others));
    expect(items.map(({ id }) => id)).not.toContain('old-1');
    expect([isAll, report]).toEqual([true, expect.stringContaining('2 of ')]);
  });

  it.each(wholes)('removes nothing when %s was cut short, wherever that was', async (name, text) => {
    for (let length = 0; length < text.length - 1; length += Math.ceil(text.length / 60)) {
      const api = new MemoryItems(...others);
      const cut = text.slice(0, length);
      // A text of lines that ends with a whole line is whole as far as anybody can see: the share of what it removes is bounded.
      const isSeen = !/ndjson|csv|tsv/.test(name) || !cut.endsWith('\n');
      await imported(name, cut, '--replace --max-removed 100%', api).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'data_unreadable' });
      });
      if (isSeen)
        expect([length, api.items.has('old-1'), api.items.has('old-2')]).toEqual([length, true, true]);
    }
  });

  it('removes nothing when a packed feed was cut short', async () => {
    const api = new MemoryItems(...others);
    const packed = gzipSync('id\na\nb\n');
    for (const name of ['a.csv.gz', 'a.tsv.gz'])
      await expect(
        imported(name, packed.subarray(0, -4), '--replace --max-removed 100%', api),
      ).rejects.toThrow('cannot be read');
    expect(api.items.has('old-1')).toBe(true);
  });

  it('removes no more than it may, and says how to remove more', async () => {
    const shop = () => new MemoryItems('a', 'b', 'c', 'd');
    const few = await imported('a.csv', 'id\na\nb\n', '--replace', shop());
    expect([few.items.length, few.isComplete]).toEqual([4, false]);
    expect(few.report).toContain('they are 50.0 % of the catalogue');
    expect(few.report).toContain('--max-removed 50%');
    expect((await imported('a.csv', 'id\na\nb\n', '--replace --max-removed 50%', shop())).items.length).toBe(
      2,
    );
    const dry = await imported('a.csv', 'id\na\nb\nc\n', '--replace --dry-run', shop());
    expect([dry.items.length, dry.isComplete]).toEqual([4, true]);
    expect(dry.report).toContain('the 1 of 4 items that the feed does not hold');
  });

  it('keeps items whose lines were left out, and removes nothing when ids were not readable', async () => {
    const kept = await imported(
      'a.csv',
      'id,price\na,5\nb,call us\n',
      '--replace --max-removed 100%',
      new MemoryItems('a', 'b', 'c'),
    );
    expect(kept.items.map(({ id }) => id)).toEqual(['a', 'b']);
    for (const line of [',5', 'a,5,6', '" c ",7']) {
      const api = new MemoryItems('a', 'b', 'c');
      const { report } = await imported(
        'b.csv',
        `id,price\nb,5\n${line}\n`,
        '--replace --max-removed 100%',
        api,
      );
      expect([api.items.size, report]).toEqual([3, expect.stringContaining('no id that can be read')]);
    }
  });
});

describe('ItemsApi', () => {
  it('tries again a bounded number of times, and then says what to do', async () => {
    const pauses: number[] = [];
    const api = new ItemsApi('http://127.0.0.1:1', undefined, (ms) => Promise.resolve(pauses.push(ms)));
    await expect(api.put(['{"id":"a"}'])).rejects.toThrow('run npm start in another terminal');
    expect(pauses.length).toBe(TRIES_MAX - 1);
    expect(pauses.at(-1)).toBeLessThanOrEqual(30_000);
  });
});
