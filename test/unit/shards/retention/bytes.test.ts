import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LMDB_FILE } from '../../../../shards/store/lmdb/commits/lmdb-file.js';
import { named, visitor } from '../../../../shards/store/user-key.js';
import { tinyModel } from '../../../support/model/tiny-models.js';
import { DurableShards } from '../../../support/shards/durable-shards.js';
import { anEvent } from '../../../support/shards/shard-calls.js';
import { sharedCatalogue } from '../../../support/shards/shard-harness.js';
import { temporaryFolder } from '../../../support/store/store-kinds.js';

const VISITORS = 2_000;
const CLICKS = 4_000;

/** Shards with states as wide as those of a real bundle. */
async function started(): Promise<DurableShards> {
  const model = tinyModel({ name: 'wide', tag: 11, width: 64 });
  const shards = new DurableShards(temporaryFolder(), (await sharedCatalogue()).shared, model(64), 512);
  await shards.start(1);
  onTestFinished(() => shards.close());
  return shards;
}

/** Bytes of all that the store has in use: the size of a copy. */
async function bytesOf(shards: DurableShards): Promise<number> {
  const copy = join(temporaryFolder(), 'copy');
  await shards.store(0).copyTo(copy);
  return statSync(join(copy, LMDB_FILE)).size;
}

function sessionOf(i: number): string {
  return `1q5lpj9fBVKbB2llN_${String(i).padStart(4, '0')}`;
}

test('a visitor of one click costs disk until they are removed', async () => {
  const shards = await started();
  const empty = await bytesOf(shards);
  for (let i = 0; i < VISITORS; i++) {
    const session = sessionOf(i);
    shards.event(visitor(session), session, anEvent({ seq: 1, on: [i % 50] }));
    shards.tick();
    shards.leave(visitor(session), session);
  }
  shards.tick();
  shards.sweep();
  await shards.check();
  const store = shards.store(0);
  const journal = store.journal.bytes;
  const full = await bytesOf(shards);
  for (let i = 0; i < VISITORS; i++) shards.remove(visitor(sessionOf(i)));
  shards.sweep();
  await store.commit({ dropBefore: store.checkpoint });
  await store.commit({ dropBefore: store.checkpoint });
  const left = await bytesOf(shards);
  const rows = (full - empty - journal) / VISITORS;
  console.log(
    `a visitor of one click: ${Math.round(rows)} bytes of state and session, ${Math.round(journal / VISITORS)} of journal; ` +
      `${((left - empty) / VISITORS).toFixed(1)} after the removal, with the journal dropped`,
  );
  expect(rows).toBeGreaterThan(100);
  expect(left - empty).toBeLessThan(64 * 1_024);
}, 60_000);

test('a visitor who was merged costs disk until the mark of it goes', async () => {
  const shards = await started();
  const users = 20;
  for (let i = 0; i < users; i++) shards.event(named(`user-${i}`), 'page', anEvent({ seq: 1, on: [i] }));
  shards.tick();
  shards.sweep();
  const store = shards.store(0);
  await store.commit({ dropBefore: store.checkpoint });
  const before = await bytesOf(shards);
  for (let i = 0; i < VISITORS; i++) {
    const session = sessionOf(i);
    shards.event(visitor(session), session, anEvent({ seq: 1, on: [i % 50] }));
    shards.tick();
    shards.leave(visitor(session), session);
    await shards.merge(visitor(session), named(`user-${i % users}`), 3);
  }
  shards.sweep();
  await shards.check();
  await store.commit({ dropBefore: store.checkpoint });
  await store.commit({ dropBefore: store.checkpoint });
  const merged = ((await bytesOf(shards)) - before) / VISITORS;
  console.log(`a merged visitor: ${Math.round(merged)} bytes, with the journal dropped`);
  expect(merged).toBeGreaterThan(50);
  expect(merged).toBeLessThan(400);
}, 120_000);

test.each([1, 4])(
  'a click costs journal until it is dropped, %i in a record',
  async (inOne) => {
    const shards = await started();
    const session = sessionOf(1);
    for (let seq = 1; seq <= CLICKS; seq++) {
      shards.event(visitor(session), session, anEvent({ seq, on: [seq % 50] }));
      if (seq % inOne === 0) shards.tick();
      // What comes while the disk is busy is written as one.
      if (seq % 40 === 0) await shards.store(0).commit({ rowsFollow: true });
    }
    shards.sweep();
    await shards.check();
    const store = shards.store(0);
    const { bytes } = store.journal;
    await store.commit({ dropBefore: store.checkpoint });
    const { bytes: left } = store.journal;
    console.log(
      `${(bytes / CLICKS).toFixed(0)} bytes of journal a click, ${inOne} in a record; ${left} bytes after`,
    );
    expect(bytes / CLICKS).toBeLessThan(300);
    expect(left).toBeLessThan(40_000);
  },
  60_000,
);
