import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FileRoom } from '../../../../../shards/store/lmdb/commits/file-room.js';
import { usedBytes } from '../../../../../shards/store/lmdb/commits/lmdb-file.js';
import { openLmdbStore } from '../../../../../shards/store/lmdb/lmdb-store.js';

/** Number of the last page in the first root of a file, which is the older one or the newer one (`MDB_meta` behind a page's header). */
const LAST_PAGE_AT = 144;
/** Most that a disk may lose to one damaged file. */
const GROWTH_MAX = 64 * 2 ** 20;

test('a file whose root says that it uses a terabyte does not take that from the disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'file-room-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await (await openLmdbStore({ folder })).close();
  const path = join(folder, 'data.mdb');
  const bytes = readFileSync(path);
  bytes.writeBigUInt64LE(2n ** 28n, LAST_PAGE_AT);
  writeFileSync(path, bytes);
  const file = await open(path, 'r');
  expect(await usedBytes(file)).toBeGreaterThanOrEqual(2 ** 40);
  await file.close();
  const room = await FileRoom.open(folder);
  onTestFinished(() => room.close());
  await room.grow(1 << 20, 0);
  expect(statSync(path).size - bytes.length).toBeLessThan(GROWTH_MAX);
});
