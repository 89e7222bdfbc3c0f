import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  futimesSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** The file of an environment that holds everything. */
export const LMDB_FILE = 'data.mdb';
/** Beside it; of no value when nothing has the environment open. */
export const LMDB_LOCK_FILE = 'lock.mdb';

/**
 * Throws an `Error` that says what is wrong, unless LMDB can open the environment in `folder`, or make one there.
 *
 * It comes before the native library, which ends the process instead: with SIGSEGV when it cannot open a file or finds
 * that it is not its own, and with SIGBUS when it reads a page that the file has lost.
 */
export function checkLmdbFolder(folder: string, readOnly: boolean): void {
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK); // the lock file is written also to read
  const lock = join(folder, LMDB_LOCK_FILE);
  if (existsSync(lock)) checkLockFile(lock);
  const path = join(folder, LMDB_FILE);
  if (!existsSync(path)) return;
  const file = openSync(path, readOnly ? 'r' : 'r+');
  try {
    checkFile(file);
    if (!readOnly) tryWrite(file);
  } finally {
    closeSync(file);
  }
}

/** It is not opened: closing it would take away the locks that this process has on it. */
function checkLockFile(path: string): void {
  accessSync(path, constants.R_OK | constants.W_OK);
  if (statSync(path).isDirectory())
    throw Object.assign(new Error(`${path} is no lock file`), { code: 'EISDIR' });
}

/**
 * Gives the file the times that it has: a file system that takes no writes, also one that does not say so of itself, is met here
 * as an error. Only its owner may do that; for others LMDB's first write is the first one.
 */
function tryWrite(file: number): void {
  const { atime, mtime } = fstatSync(file);
  try {
    futimesSync(file, atime, mtime);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

function checkFile(file: number): void {
  const { size } = fstatSync(file);
  if (size === 0) return; // made, and never written to
  const first = readRoot(file, 0);
  if (first.magic !== MAGIC) throw new Error(`${LMDB_FILE} is not an LMDB file`);
  if (first.version !== VERSION)
    throw new Error(`${LMDB_FILE} has LMDB version ${first.version}, not ${VERSION}`);
  const second = readRoot(file, first.pageBytes);
  const newest = second.transaction > first.transaction ? second : first;
  const leastBytes = (newest.lastPage + 1n) * BigInt(first.pageBytes);
  if (BigInt(size) < leastBytes) {
    throw new Error(`${LMDB_FILE} has ${size} bytes of at least ${leastBytes}: it was cut off`);
  }
}

/** Bytes of an open file up to its last page that is used, by what is durable. */
export async function usedBytes(file: FileHandle): Promise<number> {
  const first = await rootAt(file, 0);
  const second = await rootAt(file, first.pageBytes);
  const last = first.lastPage > second.lastPage ? first.lastPage : second.lastPage;
  return (Number(last) + 1) * first.pageBytes;
}

async function rootAt(file: FileHandle, at: number): Promise<Root> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(ROOT_BYTES), 0, ROOT_BYTES, at);
  return rootOf(buffer, bytesRead, at);
}

/** One of the two root pages that a file begins with, and which are written by turns (`MDB_meta` in mdb.c, after a page header). */
interface Root {
  readonly magic: number;
  readonly version: number;
  readonly pageBytes: number;
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

const MAGIC = 0xbeefc0de;
const VERSION = 2;
const ROOT_BYTES = 160;

function readRoot(file: number, at: number): Root {
  const bytes = Buffer.alloc(ROOT_BYTES);
  return rootOf(bytes, readSync(file, bytes, 0, ROOT_BYTES, at), at);
}

function rootOf(bytes: Buffer, read: number, at: number): Root {
  if (read < ROOT_BYTES)
    throw new Error(`${LMDB_FILE} has ${at + read} bytes of at least ${at + ROOT_BYTES}: it was cut off`);
  return {
    magic: bytes.readUInt32LE(24),
    version: bytes.readUInt32LE(28) & 0xffff,
    pageBytes: bytes.readUInt32LE(48),
    lastPage: bytes.readBigUInt64LE(144),
    transaction: bytes.readBigUInt64LE(152),
  };
}
