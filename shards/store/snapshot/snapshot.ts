import { createHash } from 'node:crypto';
import { copyFile, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  makeFolderDurably,
  renameDurably,
  syncFile,
  syncFolder,
  writeFileDurably,
} from '../../../metrics/process/durable-files.js';
import { faultPoint } from '../../../metrics/process/fault-point.js';
import { describeLmdbCopy } from './lmdb-copy.js';
import {
  MANIFEST_FILE,
  SNAPSHOT_SCHEMA,
  readManifest,
  type SnapshotFile,
  type SnapshotManifest,
} from './snapshot-manifest.js';
import { withCheck } from '../checked-json.js';
import { storeFiles } from './store-files.js';
import type { ShardStore } from '../store.js';

/**
 * Snapshots of a shard: a folder with a consistent copy of its store, tables and journal, and a manifest of all its files. A snapshot
 * is written beside its name (`folder.partial`), forced to the disk and renamed, so a folder without that ending is always whole.
 * The journal in it may go on behind what its tables contain; who opens it makes the rows that are missing.
 */

/** What the store itself does not know. */
export interface SnapshotFacts {
  readonly shard: number;
  readonly shards: number;
  readonly model: string;
  /** ISO 8601 time. */
  readonly createdAt: string;
}

/** What `verifySnapshot` found: the manifest, or a sentence for everything that is broken. */
export type SnapshotCheck =
  | { readonly isWhole: true; readonly manifest: SnapshotManifest }
  | { readonly isWhole: false; readonly problems: readonly string[] };

/**
 * Writes a snapshot of a store that goes on serving. Counts and positions in the manifest are those of the copy.
 * @param folder must not exist; its parent is made
 * @param signal ends it, as closing the store does
 * @throws when `folder` exists, when the disk refuses, when it was ended, or when the store has no files
 */
export async function writeSnapshot(
  store: ShardStore,
  folder: string,
  facts: SnapshotFacts,
  signal?: AbortSignal,
): Promise<SnapshotManifest> {
  await refuseExisting(folder);
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  const journalEnd = await store.copyTo(partial, signal);
  faultPoint('snapshot.copied');
  const copy = await describeLmdbCopy(partial);
  const files: SnapshotFile[] = [];
  for (const name of storeFiles(partial)) files.push(await describeFile(partial, name, signal));
  const manifest: SnapshotManifest = {
    schema: SNAPSHOT_SCHEMA,
    ...copy,
    journalEnd,
    ...facts,
    isPart: true,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    files,
  };
  await writeFileDurably(join(partial, MANIFEST_FILE), `${JSON.stringify(withCheck(manifest), null, 2)}\n`);
  faultPoint('snapshot.beforeRename');
  await renameDurably(partial, folder);
  return manifest;
}

/** Reads every file of a snapshot again and compares it with the manifest. */
export async function verifySnapshot(folder: string): Promise<SnapshotCheck> {
  const manifest = readManifest(folder);
  if (typeof manifest === 'string') return { isWhole: false, problems: [manifest] };
  const problems: string[] = [];
  for (const file of manifest.files) problems.push(...(await problemsOf(folder, file)));
  return problems.length === 0 ? { isWhole: true, manifest } : { isWhole: false, problems };
}

/**
 * Makes `targetFolder` a shard's store with the content of a snapshot, after verifying it.
 * @param targetFolder must not exist
 * @throws when the snapshot is broken (the message names all of it) or the target exists; nothing is left behind then
 */
export async function restoreSnapshot(folder: string, targetFolder: string): Promise<SnapshotManifest> {
  const check = await verifySnapshot(folder);
  if (!check.isWhole) throw new Error(`The snapshot in ${folder} is broken: ${check.problems.join('; ')}.`);
  await refuseExisting(targetFolder);
  const partial = `${targetFolder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await makeFolderDurably(partial);
  await copyFiles(folder, partial, check.manifest.files);
  await renameDurably(partial, targetFolder);
  return check.manifest;
}

/** Copies files of a snapshot into a folder that is there; resolves when they are on the disk. */
export async function copyFiles(
  from: string,
  to: string,
  files: readonly Pick<SnapshotFile, 'name'>[],
): Promise<void> {
  const folders = new Set([to]);
  for (const { name } of files) {
    const target = join(to, name);
    await makeFolderDurably(dirname(target));
    await copyFile(join(from, name), target);
    await syncFile(target);
    folders.add(dirname(target));
  }
  for (const folder of folders) await syncFolder(folder);
}

/** What is wrong with one file, a sentence each. */
export async function problemsOf(folder: string, expected: SnapshotFile): Promise<string[]> {
  const path = join(folder, expected.name);
  try {
    const { bytes, sha256 } = await describeFile(folder, expected.name);
    if (bytes !== expected.bytes) return [`${path} has ${bytes} bytes, the manifest says ${expected.bytes}`];
    if (sha256 !== expected.sha256)
      return [`${path} has SHA-256 ${sha256}, the manifest says ${expected.sha256}`];
    return [];
  } catch (error) {
    return [`${path} cannot be read: ${(error as Error).message}`];
  }
}

/** What is read of a file at a time, and the rest after it: the thread goes on serving in between, and has most of its time for that. */
const CHUNK_BYTES = 512 * 1024;
const REST_MS = 1;

/** Reads a file whole: 300 MiB a second. `signal` ends that. */
export async function describeFile(
  folder: string,
  name: string,
  signal?: AbortSignal,
): Promise<SnapshotFile> {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const file = await open(join(folder, name));
  try {
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, bytes);
      if (bytesRead === 0) return { name, bytes, sha256: hash.digest('hex') };
      hash.update(chunk.subarray(0, bytesRead));
      bytes += bytesRead;
      await setTimeout(REST_MS);
      signal?.throwIfAborted();
    }
  } finally {
    await file.close();
  }
}

async function refuseExisting(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found) throw new Error(`${folder} exists already; name a folder that does not.`);
}
