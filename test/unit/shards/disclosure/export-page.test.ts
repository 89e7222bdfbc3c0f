import { expect, test } from 'vitest';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { readExportPage } from '../../../../shards/disclosure/export-page.js';
import { encodeRecord } from '../../../../shards/store/journal-record.js';
import { openMemoryStore } from '../../../../shards/store/memory/memory-store.js';

const RECORDS = 200;
const PER_RECORD = 50;
const EVENT = {
  session: '',
  seq: 0,
  kind: 1,
  tsMs: 1,
  value: 0,
  quantity: 1,
  query: '',
  hits: [],
  eventId: '',
};
const quarantine = { take: () => undefined };

async function aJournal() {
  const store = openMemoryStore();
  for (let record = 0; record < RECORDS; record++) {
    const entries = Array.from({ length: PER_RECORD }, (_, i) => ({
      ...EVENT,
      user: i % 10 === 0 ? 'ann' : 'bob',
      items: [record],
    }));
    await store.commit({ journal: { count: entries.length, bytes: encodeRecord(entries) } });
  }
  return store;
}

test('pages are bounded, and together they have every event once', async () => {
  const store = await aJournal();
  const items: number[] = [];
  let pages = 0;
  for (let from: number | undefined = 0; from !== undefined; pages++) {
    const page = readExportPage(
      { store, quarantine, clock: new FakeClock() },
      { users: ['ann'], since: [0] },
      from,
    );
    expect((page.next ?? store.journal.end) - from).toBeLessThanOrEqual(4_096 + PER_RECORD);
    items.push(...page.events.flatMap((event) => event.items));
    from = page.next;
  }
  expect(pages).toBe(3);
  expect(items).toEqual(Array.from({ length: RECORDS * 5 }, (_, i) => Math.floor(i / 5)));
});

test('a page ends when its time is over, and an empty journal has one', async () => {
  const store = await aJournal();
  let nowUs = 0;
  const clock = { nowUs: () => (nowUs += 400) };
  const page = readExportPage({ store, quarantine, clock }, { users: ['ann'], since: [0] }, 0);
  expect(page.next).toBe(3 * PER_RECORD);
  const empty = readExportPage(
    { store: openMemoryStore(), quarantine, clock },
    { users: ['ann'], since: [0] },
    0,
  );
  expect(empty).toEqual({ events: [], times: [], visitors: [], removals: [], next: undefined });
});
