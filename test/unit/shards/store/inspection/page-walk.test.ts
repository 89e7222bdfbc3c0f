import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { walkPages } from '../../../../../shards/store/inspection/page-walk.js';
import { openLmdbStore } from '../../../../../shards/store/lmdb/lmdb-store.js';
import { temporaryFolder } from '../../../../support/store/store-kinds.js';

const PAGE_BYTES = 4_096;
const LEAF_OR_BRANCH = 3;
/** Byte of a page and bit of it: its number, its kind, the ends of its list of rows, and where its first row is. */
const FLIPS = [
  [0, 1],
  [3, 7],
  [18, 0],
  [18, 2],
  [20, 1],
  [21, 6],
  [23, 7],
  [25, 7],
] as const;

/** A store with branches, leaves, values on pages of their own, and free pages. */
async function writtenFolder(): Promise<string> {
  const folder = temporaryFolder();
  const store = await openLmdbStore({ folder });
  for (let round = 0; round < 3; round++)
    await store.commit({
      journal: { count: 1, bytes: Buffer.from(`event ${round}`) },
      users: Array.from({ length: 40 }, (_, i) => ({ userId: `u${i}`, bytes: Buffer.alloc(i * 300, round) })),
    });
  await store.close();
  return folder;
}

function problemOf(folder: string, isWhole = true): string | undefined {
  try {
    walkPages(folder, isWhole);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

test('a store that was written over and over is sound; each page that says something else of itself is named', async () => {
  const folder = await writtenFolder();
  expect([problemOf(folder), problemOf(folder, false)]).toEqual([undefined, undefined]);
  const path = join(folder, 'data.mdb');
  const whole = readFileSync(path);
  const file = openSync(path, 'r+');
  const lastPage = Math.max(...[0, PAGE_BYTES].map((root) => Number(whole.readBigUInt64LE(root + 144))));
  const named = new Set<number>();
  for (let page = 2; page <= lastPage; page++) {
    const at = page * PAGE_BYTES;
    const hasRows = (whole.readUInt16LE(at + 18) & LEAF_OR_BRANCH) !== 0;
    for (const [byte, bit] of FLIPS) {
      if (byte >= 20 && !hasRows) continue;
      writeSync(file, Buffer.of(whole[at + byte] ^ (1 << bit)), 0, 1, at + byte);
      const problem = problemOf(folder);
      writeSync(file, Buffer.of(whole[at + byte]), 0, 1, at + byte);
      if (problem !== undefined) {
        expect(problem).toMatch(/data\.mdb is damaged: /);
        named.add(page);
        continue;
      }
      // A free page may say anything.
      expect(named.has(page), `byte ${byte}, bit ${bit} of page ${page}`).toBe(false);
      break;
    }
  }
  closeSync(file);
  expect(named.size).toBeGreaterThan(20);
});

test('pages in a circle end the walk', async () => {
  const folder = await writtenFolder();
  const path = join(folder, 'data.mdb');
  const bytes = readFileSync(path);
  for (let at = 2 * PAGE_BYTES; at < bytes.length; at += PAGE_BYTES)
    if ((bytes.readUInt16LE(at + 18) & 7) === 1)
      for (let row = 0; row < bytes.readUInt16LE(at + 20) / 2; row++)
        bytes.writeUInt32LE(at / PAGE_BYTES, at + 24 + bytes.readUInt16LE(at + 24 + 2 * row));
  writeFileSync(path, bytes);
  expect(problemOf(folder)).toMatch(/page \d+ of data\.mdb is damaged: it is used twice/);
});
