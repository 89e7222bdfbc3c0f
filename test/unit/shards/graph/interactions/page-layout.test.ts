import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  createItemRecords,
  RECORD,
  viewItemRecords,
} from '../../../../../model/catalogue/shared-catalogue.js';
import {
  createSharedInteractions,
  PAGE_ITEMS,
  PAGE_SESSIONS,
} from '../../../../../shards/graph/interactions/interaction-buffers.js';
import { InteractionGraph } from '../../../../../shards/graph/interactions/interaction-graph.js';
import { loadPages, pageWrite } from '../../../../../shards/graph/interactions/interaction-pages.js';
import { openMemoryStore } from '../../../../../shards/store/memory/memory-store.js';

test('a page of items is laid out as ever, though what is counted of clicks lies in records', () => {
  const shared = createSharedInteractions({
    items: 2 * PAGE_ITEMS,
    neighbours: 2,
    sessions: PAGE_SESSIONS,
    sessionsPerItem: 2,
    sessionLength: 2,
  });
  const times = { transitionHalfLifeMs: 1, popularHalfLifeMs: 1, recentHalfLifeMs: 1 };
  const graph = new InteractionGraph(shared, times, 0, 1);
  const { arrays, records } = graph;
  for (let item = 0; item < 2 * PAGE_ITEMS; item++) {
    const at = item * RECORD.words;
    arrays.rowAt[item] = 1_000 + item;
    arrays.rowCount[item] = 1 + (item % 2);
    arrays.outgoing[item] = item / 2;
    records.float32[at + RECORD.popular] = item / 4;
    records.float32[at + RECORD.recent] = item / 8;
    records.float64[(at + RECORD.popularAt) / 2] = 1e12 + item;
    records.int32[at + RECORD.category] = 77;
  }
  arrays.other.forEach((_, i) => (arrays.other[i] = i));
  const { bytes } = pageWrite(graph, 'items', 1, 5);
  const page = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Behind a header of 8 bytes field after field, 64 items each: rowAt, rowCount, outgoing, popular, recent, popularAt, other, …
  const rowCount = 8 + 64 * 8;
  const popular = rowCount + 2 * 64 * 4;
  const popularAt = popular + 2 * 64 * 4;
  const other = popularAt + 64 * 8;
  for (const i of [0, 1, 63]) {
    const item = 64 + i;
    expect(page.getFloat64(8 + i * 8, true)).toBe(1_000 + item);
    expect(page.getInt32(rowCount + i * 4, true)).toBe(1 + (item % 2));
    expect(page.getFloat32(rowCount + 64 * 4 + i * 4, true)).toBe(item / 2);
    expect(page.getFloat32(popular + i * 4, true)).toBe(item / 4);
    expect(page.getFloat32(popular + 64 * 4 + i * 4, true)).toBe(item / 8);
    expect(page.getFloat64(popularAt + i * 8, true)).toBe(1e12 + item);
    expect(page.getInt32(other + i * 8, true)).toBe(item * 2);
  }
  // Neighbours: 4 fields of 2 an item; then 2 sessions an item, and their number.
  expect(bytes.length).toBe(other + 64 * (4 * 2 * 4 + 2 * 4 + 4));
});

test('an interaction graph begins empty, also in records that another one has counted in', () => {
  const records = createItemRecords(PAGE_ITEMS);
  const bounds = {
    items: PAGE_ITEMS,
    neighbours: 2,
    sessions: PAGE_SESSIONS,
    sessionsPerItem: 2,
    sessionLength: 2,
  };
  const times = { transitionHalfLifeMs: 1, popularHalfLifeMs: 1, recentHalfLifeMs: 1 };
  const graphOf = () => new InteractionGraph(createSharedInteractions(bounds, records), times, 0, 1);
  const price = 3 * RECORD.words + RECORD.price;
  viewItemRecords(records).float32[price] = 9;
  graphOf().learn({ item: 3, atMs: 1e12, before: new Int32Array(3), beforeCount: 0, session: 0 });
  const again = graphOf();
  expect([again.popularAt(3), again.popular(3), again.recent(3)]).toEqual([0, 0, 0]);
  expect(again.records.float32[price]).toBe(9);
});

test('a page of sessions from before they had marks is read, and each session is somebody else’s', async () => {
  const bounds = { items: 64, neighbours: 2, sessions: 256, sessionsPerItem: 2, sessionLength: 2 };
  const times = { transitionHalfLifeMs: 1, popularHalfLifeMs: 1, recentHalfLifeMs: 1 };
  const graph = new InteractionGraph(createSharedInteractions(bounds), times, 0, 1);
  const bytes = readFileSync(new URL('../../../../fixtures/session-page-1.bin', import.meta.url));
  const store = openMemoryStore();
  await store.commit({ blobs: [{ key: 'interactions/sessions/0', bytes }] });
  expect(loadPages(graph, store)).toEqual({ loaded: 1, unfit: 0 });
  const { sessionId, sessionItem, sessionShopper } = graph.arrays;
  expect([sessionId[39], sessionId[40], sessionItem[2 * 39], sessionItem[2 * 39 + 1]]).toEqual([
    40, 0, 39, 24,
  ]);
  expect(new Set(sessionShopper.subarray(0, 32)).size).toBe(32);
  expect([sessionShopper[39] > 0, sessionShopper[40]]).toEqual([true, 0]);
  // Written again it says whose they are.
  const other = new InteractionGraph(createSharedInteractions(bounds), times, 0, 1);
  await store.commit({ blobs: [pageWrite(graph, 'sessions', 0, 9)] });
  expect(loadPages(other, store)).toEqual({ loaded: 1, unfit: 0 });
  expect(other.arrays.sessionShopper).toEqual(sessionShopper);
});
