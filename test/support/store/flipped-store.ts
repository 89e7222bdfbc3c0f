import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Damage } from '../../../shards/store/damage.js';
import { walkFile, type WalkedPages } from '../../../shards/store/inspection/page-walk.js';
import { journalFolder } from '../../../shards/store/journal-file/journal-folder.js';
import { openLmdbCatalogueStore } from '../../../shards/store/lmdb/lmdb-catalogue-store.js';
import { openLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import { contentOf, type StoreNames } from './store-kinds.js';

/** Stores of all kinds of rows, several pages of each, in few pages, and what becomes of their files when a bit is flipped. */

/** In a root's page. */
const BOOT_ID_AT = 152;
const PAGE_BYTES = 4_096;
const AT_MS = 20_000 * 86_400_000;
const COUNT = 8;
export const FLIPPED_NAMES: StoreNames = {
  users: Array.from({ length: COUNT }, (_, i) => `user-${i}`),
  sessions: ['s1', 's2'],
  eventIds: ['e1', 'e2'],
  blobs: ['page/0', 'page/1'],
};
const IDENTITY = { folder: 'folder-of-the-test', store: 'shard-0' };

/** A shard's store with branches, leaves, values on pages of their own, free pages and rows of every table. */
export async function writeFlippedShard(folder: string): Promise<void> {
  const store = await openLmdbStore({ folder, identity: IDENTITY });
  for (let round = 0; round < 3; round++) {
    await store.commit({
      journal: { count: 2, bytes: Buffer.alloc(700 + 300 * round, `journal ${round}`) },
      users: FLIPPED_NAMES.users.map((userId, i) => ({
        userId,
        bytes: Buffer.alloc(60 + i * 60 + round, i + 1),
      })),
      sessions: FLIPPED_NAMES.users.map((userId) => ({
        userId,
        sessionId: 's1',
        seq: round + 1,
        atMs: AT_MS,
      })),
      eventIds: [{ userId: 'user-1', eventId: `e${round}`, atMs: AT_MS + round * 40_000_000 }],
      aliases: [{ userId: `visitor-${round}`, to: 'user-2' }],
      blobs: FLIPPED_NAMES.blobs.map((key) => ({ key, bytes: Buffer.alloc(1_300 * round, 9) })),
      rebuilt: [{ userId: 'user-3', bytes: Buffer.alloc(50, round) }],
      states: { op: 'name', model: 7 },
      setAside: [
        {
          kind: 'user',
          names: ['gone'],
          reason: 'test',
          atMs: AT_MS,
          isOwed: true,
          bytes: Buffer.alloc(40, 3),
        },
      ],
      checkpoint: round,
    });
  }
  await store.close();
}

export async function writeFlippedCatalogue(folder: string): Promise<void> {
  const store = await openLmdbCatalogueStore(folder, { identity: { ...IDENTITY, store: 'catalogue' } });
  for (let round = 0; round < 2; round++)
    await store.put(
      Array.from({ length: 40 }, (_, index) => ({
        index,
        json: JSON.stringify({ id: `item-${index}`, title: `round ${round}` }),
        isDeleted: index % 9 === 8,
      })),
      Array.from({ length: 6 }, (_, code) => ({ dictionary: 'brand', code, value: `brand ${code}` })),
    );
  await store.close();
}

/** What a look at a file found: `refused` (a start ends with it), rows (they are told of), or nothing. */
export function lookAt(file: Buffer): WalkedPages | 'refused' {
  const read = (at: number, bytes: number): Buffer => file.subarray(at, at + bytes);
  try {
    return walkFile({ bytes: file.length, read }, true);
  } catch (error) {
    if (!(error as Error).message.includes('data.mdb')) throw error;
    return 'refused';
  }
}

/** A number from 0 on below `below`, by seed and place. */
export function pick(seed: number, at: number, below: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(at + 1, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x27d4eb2f);
  return ((mixed ^ (mixed >>> 13)) >>> 0) % below;
}

/** End of the pages that are in use or were. */
export function usedEnd(file: Buffer): number {
  const last = Math.max(Number(file.readBigUInt64LE(144)), Number(file.readBigUInt64LE(4_096 + 144)));
  return (last + 1) * 4_096;
}

export interface FlipCounts {
  refused: number;
  rows: number;
  misnamed: number;
  /** Places and bits that nothing was noticed of. */
  readonly unnoticed: { readonly at: number; readonly bit: number }[];
}

/** Flips a seeded bit of each of these bytes, one at a time, and looks at the file each time. */
export function flipEach(file: Buffer, places: Iterable<number>, seed: number): FlipCounts {
  const counts: FlipCounts = { refused: 0, rows: 0, misnamed: 0, unnoticed: [] };
  for (const at of places) {
    const bit = pick(seed, at, 8);
    file[at] ^= 1 << bit;
    const found = lookAt(file);
    file[at] ^= 1 << bit;
    if (found === 'refused') counts.refused++;
    else if (found.misnamed.length > 0) counts.misnamed++;
    else if (found.damagedRows > 0) counts.rows++;
    else counts.unnoticed.push({ at, bit });
  }
  return counts;
}

/** Every `stride`th byte, from a seeded one on. */
export function* everyNth(file: Buffer, stride: number, seed: number): Generator<number> {
  for (let at = pick(seed, 0, stride); at < usedEnd(file); at += stride) if (!isBootId(at)) yield at;
}

/**
 * Which boot of the machine a root was written in: LMDB compares it with the running one, and a root of an earlier boot may give way
 * to the one before. Both roots may rightly be of any boot, so nothing tells a flipped one (docs/OPERATIONS.md, *Damaged*).
 */
function isBootId(at: number): boolean {
  const inRoot = at % PAGE_BYTES;
  return at < 2 * PAGE_BYTES && inRoot >= BOOT_ID_AT && inRoot < BOOT_ID_AT + 8;
}

/** Every byte of the roots and of the pages that hold something. */
export function* everyLive(file: Buffer): Generator<number> {
  for (let page = 0; page < usedEnd(file); page += PAGE_BYTES)
    if (page < 2 * PAGE_BYTES || isLive(file, page))
      for (let at = page; at < page + PAGE_BYTES; at++) if (!isBootId(at)) yield at;
}

/** Any of a hundred changes of it is noticed. */
function isLive(file: Buffer, page: number): boolean {
  return Array.from({ length: 100 }, (_, i) => page + i * 40).some((at) => {
    file[at] ^= 0xff;
    const found = lookAt(file);
    file[at] ^= 0xff;
    return found === 'refused' || found.damagedRows > 0;
  });
}

/** What is read through a shard's store, and what is told of meanwhile. */
export async function readShard(file: Buffer): Promise<FlippedContent> {
  return inFolder(file, async (folder) => {
    const damages: Damage[] = [];
    const store = await openLmdbStore({ folder, damaged: (damage) => damages.push(damage) });
    try {
      return {
        content: { ...(contentOf(store, FLIPPED_NAMES) as object), setAside: [...store.setAside()] },
        damages,
      };
    } finally {
      await store.close();
    }
  });
}

export async function readCatalogue(file: Buffer): Promise<FlippedContent> {
  return inFolder(file, async (folder) => {
    const damages: Damage[] = [];
    const store = await openLmdbCatalogueStore(folder, { damaged: (damage) => damages.push(damage) });
    try {
      const { items, codes } = store.load();
      return { content: { items: [...items], codes: [...codes] }, damages };
    } finally {
      await store.close();
    }
  });
}

/** Of the store that was written last: the files of its journal, by name. */
let journalFiles = new Map<string, Buffer>();

function journalIn(folder: string): Map<string, Buffer> {
  const journal = journalFolder(folder);
  const names = existsSync(journal) ? readdirSync(journal) : [];
  return new Map(names.map((name) => [name, readFileSync(join(journal, name))]));
}

/** Puts a file into a folder of its own for the time of `use`, beside the journal that it was written with. */
export async function inFolder<T>(file: Buffer, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'afterclick-flipped-'));
  try {
    writeFileSync(join(folder, 'data.mdb'), file);
    if (journalFiles.size > 0) mkdirSync(journalFolder(folder));
    for (const [name, bytes] of journalFiles) writeFileSync(join(journalFolder(folder), name), bytes);
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function fileOf(folder: string): Buffer {
  return readFileSync(join(folder, 'data.mdb'));
}

const KINDS = {
  'shard-0': { write: writeFlippedShard, read: readShard },
  catalogue: { write: writeFlippedCatalogue, read: readCatalogue },
} as const;
export type FlippedKind = keyof typeof KINDS;
export const FLIPPED_KINDS = Object.keys(KINDS) as FlippedKind[];

/** A file of a kind, and how to read one. */
export async function flippedFile(
  kind: FlippedKind,
): Promise<{ file: Buffer; read: (file: Buffer) => Promise<FlippedContent> }> {
  const folder = mkdtempSync(join(tmpdir(), 'afterclick-flipped-'));
  try {
    await KINDS[kind].write(folder);
    journalFiles = journalIn(folder);
    return { file: fileOf(folder), read: KINDS[kind].read };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface FlippedContent {
  readonly content: unknown;
  readonly damages: readonly Damage[];
}

/**
 * Files that have all flips between them of which nothing was noticed one by one, but those in what has no checksum and is compared as a
 * whole: which store it is, and its schema. As many in one file as pass together: two in the roots may contradict each other.
 */
export function withUnnoticed(file: Buffer, { unnoticed }: FlipCounts): Buffer[] {
  const compared = [...placesOf(file, Buffer.from('{"folder"')), ...placesOf(file, Buffer.from('schema'))];
  return passing(
    file,
    unnoticed.filter(({ at }) => !compared.some((start) => at >= start - 12 && at < start + 60)),
  );
}

function passing(file: Buffer, flips: FlipCounts['unnoticed']): Buffer[] {
  const changed = Buffer.from(file);
  for (const { at, bit } of flips) changed[at] ^= 1 << bit;
  if (flips.length < 2 || lookAt(changed) !== 'refused') return [changed];
  const half = flips.length >> 1;
  return [...passing(file, flips.slice(0, half)), ...passing(file, flips.slice(half))];
}

export function placesOf(file: Buffer, text: Buffer): number[] {
  const places: number[] = [];
  for (let at = file.indexOf(text); at >= 0; at = file.indexOf(text, at + 1)) places.push(at);
  return places;
}
