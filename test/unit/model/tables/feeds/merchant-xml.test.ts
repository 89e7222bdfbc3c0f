import { expect, test } from 'vitest';
import { readMerchantXml } from '../../../../../model/tables/feeds/merchant-xml.js';
import type { FeedRecord } from '../../../../../model/tables/feeds/feed-record.js';

async function* pieces(text: string): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += 7) yield text.slice(at, at + 7);
}

/** Fields of the items of an RSS feed whose only item has this title, behind a head. */
async function read(head: string, title: string): Promise<Record<string, unknown>[]> {
  const records: FeedRecord[] = [];
  const item = `<item><g:id>a</g:id><title>${title}</title></item>`;
  const feed = `${head}<rss xmlns:g="http://base.google.com/ns/1.0"><channel>${item}</channel></rss>`;
  await readMerchantXml('feed.xml', pieces(feed), { take: (record) => records.push(record) });
  return records.map(({ fields }) => Object.fromEntries(fields));
}

test('an item is read, with the entities that XML itself has', async () => {
  expect(await read('<?xml version="1.0"?>', 'Mug &amp; saucer &#233;')).toEqual([
    { id: 'a', title: 'Mug & saucer é' },
  ]);
});

test.each([
  ['a file', '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'],
  ['another server', '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]>'],
  ['itself many times over', '<!DOCTYPE rss [<!ENTITY y "ha"><!ENTITY x "&y;&y;&y;">]>'],
])(
  'an entity that a feed declares itself, for %s, is refused and not looked up (XXE)',
  async (_, doctype) => {
    await expect(read(doctype, '&x;')).rejects.toMatchObject({
      code: 'data_unreadable',
      message: expect.stringContaining('it is no XML here') as string,
    });
  },
);
