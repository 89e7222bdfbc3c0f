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
import { unpackWords } from '../../../../../shards/graph/interactions/packed-words.js';
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
  // Field after field, 64 items each: rowAt, rowCount, outgoing, popular, recent, popularAt, other, …
  const rowCount = 64 * 8;
  const popular = rowCount + 2 * 64 * 4;
  const popularAt = popular + 2 * 64 * 4;
  const other = popularAt + 64 * 8;
  // Neighbours: 4 fields of 2 an item; then 2 sessions an item, and their number.
  const words = new Uint32Array((other + 64 * (4 * 2 * 4 + 2 * 4 + 4)) / 4);
  expect(unpackWords(new Uint32Array(new Uint8Array(bytes.subarray(8)).buffer), words)).toBe(true);
  const page = new DataView(words.buffer);
  for (const i of [0, 1, 63]) {
    const item = 64 + i;
    expect(page.getFloat64(i * 8, true)).toBe(1_000 + item);
    expect(page.getInt32(rowCount + i * 4, true)).toBe(1 + (item % 2));
    expect(page.getFloat32(rowCount + 64 * 4 + i * 4, true)).toBe(item / 2);
    expect(page.getFloat32(popular + i * 4, true)).toBe(item / 4);
    expect(page.getFloat32(popular + 64 * 4 + i * 4, true)).toBe(item / 8);
    expect(page.getFloat64(popularAt + i * 8, true)).toBe(1e12 + item);
    expect(page.getInt32(other + i * 8, true)).toBe(item * 2);
  }
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

test('a page of items that was not packed is read, and says the same when it is written again', async () => {
  const bounds = { items: 64, neighbours: 2, sessions: 256, sessionsPerItem: 2, sessionLength: 2 };
  const times = { transitionHalfLifeMs: 1, popularHalfLifeMs: 1, recentHalfLifeMs: 1 };
  const graphOf = () => new InteractionGraph(createSharedInteractions(bounds), times, 0, 1);
  const unpacked = readFileSync(new URL('../../../../fixtures/items-page-2.bin', import.meta.url));
  const [graph, again, store] = [graphOf(), graphOf(), openMemoryStore()];
  await store.commit({ blobs: [{ key: 'interactions/items/0', bytes: unpacked }] });
  expect(loadPages(graph, store)).toEqual({ loaded: 1, unfit: 0 });
  expect([graph.arrays.other[2 * 3], graph.popularAt(3), graph.popular(3)]).toEqual([7, 1e12, 0.75]);
  const packed = pageWrite(graph, 'items', 0, 9);
  expect(packed.bytes.length).toBeLessThan(unpacked.length / 10);
  await store.commit({ blobs: [packed] });
  expect(loadPages(again, store)).toEqual({ loaded: 1, unfit: 0 });
  expect(again.arrays.other).toEqual(graph.arrays.other);
  expect([again.popularAt(3), again.popular(3), again.popularAt(4)]).toEqual([1e12, 0.75, 0]);
});

test('a packed page takes the place of what was there, and one that was cut off is left out', async () => {
  const bounds = { items: 64, neighbours: 2, sessions: 256, sessionsPerItem: 2, sessionLength: 2 };
  const times = { transitionHalfLifeMs: 1, popularHalfLifeMs: 1, recentHalfLifeMs: 1 };
  const graphOf = () => new InteractionGraph(createSharedInteractions(bounds), times, 0, 1);
  const [empty, full, store] = [graphOf(), graphOf(), openMemoryStore()];
  full.arrays.other.fill(5);
  const { key, bytes } = pageWrite(full, 'items', 0, 9);
  await store.commit({ blobs: [pageWrite(empty, 'items', 0, 9)] });
  expect(loadPages(full, store)).toEqual({ loaded: 1, unfit: 0 });
  expect(full.arrays.other.every((other) => other === 0)).toBe(true);
  for (const length of [bytes.length - 4, bytes.length - 1, 8, 3]) {
    await store.commit({ blobs: [{ key, bytes: bytes.subarray(0, length) }] });
    expect(loadPages(full, store)).toEqual({ loaded: 0, unfit: 1 });
  }
});
