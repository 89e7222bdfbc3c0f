import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { renameDurably, syncFolder, writeFileDurably } from '../../../metrics/process/durable-files.js';
import { DATA_FORMAT } from '../data-folder.js';
import { LMDB_FILE } from '../lmdb/commits/lmdb-file.js';
import {
  readManifest,
  MANIFEST_FILE,
  type SnapshotFile,
  type SnapshotManifest,
} from './snapshot-manifest.js';
import { describeFile, problemsOf } from './snapshot.js';

/**
 * Snapshots of a whole data folder: a folder for the catalogue and one for each shard, and a manifest of all files. One is
 * written under a hidden name beside the final one, forced to the disk, read back, and then renamed. So what has a final name
 * and a manifest was whole once; that it still is takes reading it (`verifyWholeSnapshot`). Snapshots of versions before this
 * have no manifest of the whole; they count as whole when catalogue and all shards are there.
 */

const WHOLE_FILE = 'snapshot.json';
const WHOLE_SCHEMA = 1;
const PARTIAL = '.partial';
const DELETED = '.deleted';
const CATALOGUE = 'catalogue';

/** Where a snapshot called `name` is written: not a name that anybody takes for one. */
export function hiddenSnapshot(parent: string, name: string): string {
  return join(parent, `.${name}${PARTIAL}`);
}

/** A snapshot that looks whole, by names and sizes. */
export interface WholeSnapshot {
  readonly createdAt: string;
  /** Of all files. */
  readonly bytes: number;
  /** By shard. */
  readonly shards: readonly SnapshotManifest[];
}

interface WholeManifest {
  readonly schema: number;
  /** Of the data folder that it was taken of. */
  readonly format: number;
  readonly createdAt: string;
  /** Names are paths from the snapshot's folder. */
  readonly files: readonly SnapshotFile[];
}

/**
 * Writes the manifest of all files in `folder`, which are on the disk already, forces it there too, and reads everything back.
 * Rejects with what is broken.
 */
export async function sealSnapshot(folder: string, createdAt: string): Promise<void> {
  const files: SnapshotFile[] = [];
  for (const child of readdirSync(folder).sort()) {
    for (const name of readdirSync(join(folder, child)).sort())
      files.push(await describeFile(folder, `${child}/${name}`));
    await syncFolder(join(folder, child));
  }
  const manifest: WholeManifest = { schema: WHOLE_SCHEMA, format: DATA_FORMAT, createdAt, files };
  await writeFileDurably(join(folder, WHOLE_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  const problems = await verifyWholeSnapshot(folder);
  if (problems.length > 0)
    throw new Error(`the snapshot that was just written is broken: ${problems.join('; ')}`);
}

/** Gives a sealed snapshot its name: from here on it counts. */
export function publishSnapshot(parent: string, name: string): Promise<void> {
  return renameDurably(hiddenSnapshot(parent, name), join(parent, name));
}

/** Looks at a snapshot without reading its files. A sentence when it is not whole. */
export function checkWholeSnapshot(folder: string): WholeSnapshot | string {
  const shards = shardsIn(folder);
  if (typeof shards === 'string') return shards;
  if (!existsSync(join(folder, CATALOGUE, LMDB_FILE)))
    return `${join(folder, CATALOGUE, LMDB_FILE)} is missing`;
  const whole = readWhole(folder);
  if (typeof whole === 'string') return whole;
  const files = [
    ...whole.files,
    ...shards.flatMap(({ shard, files: own }) =>
      own.map(({ name, bytes }) => ({ name: `shard-${shard}/${name}`, bytes })),
    ),
  ];
  let sum = 0;
  for (const { name, bytes } of files) {
    sum += bytes;
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    if (found?.size !== bytes) return `${join(folder, name)} has ${found?.size ?? 'no'} bytes of ${bytes}`;
  }
  return { createdAt: whole.createdAt, shards, bytes: sum };
}

/** Reads all of a snapshot; a sentence for everything that is broken, none when it is whole. */
export async function verifyWholeSnapshot(folder: string): Promise<string[]> {
  const whole = checkWholeSnapshot(folder);
  if (typeof whole === 'string') return [whole];
  const manifest = readWhole(folder);
  const problems: string[] = [];
  if (typeof manifest !== 'string')
    for (const file of manifest.files) problems.push(...(await problemsOf(folder, file)));
  for (const { shard, files } of whole.shards)
    for (const file of files) problems.push(...(await problemsOf(join(folder, `shard-${shard}`), file)));
  return problems;
}

/** Format of the data folder that a whole snapshot was taken of. */
export function formatOf(folder: string): number {
  const manifest = readWhole(folder);
  return typeof manifest === 'string' ? DATA_FORMAT : manifest.format;
}

/** What was found in a folder of snapshots. */
export interface FoundSnapshots {
  /** Oldest first. */
  readonly whole: readonly (WholeSnapshot & { readonly name: string })[];
  /** A sentence for each folder that has the name of a snapshot and is none. */
  readonly broken: readonly string[];
}

/** All snapshots in `parent`. Hidden folders, and those that hold nothing of a snapshot, are left out. */
export function findSnapshots(parent: string): FoundSnapshots {
  const whole: (WholeSnapshot & { name: string })[] = [];
  const broken: string[] = [];
  for (const name of foldersIn(parent)) {
    if (name.startsWith('.') || name.endsWith(PARTIAL) || name.endsWith(DELETED)) continue;
    const found = checkWholeSnapshot(join(parent, name));
    if (typeof found !== 'string') whole.push({ name, ...found });
    else if (foldersIn(join(parent, name)).some((child) => /^shard-\d+/.test(child))) broken.push(found);
  }
  whole.sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.name < b.name ? -1 : 1));
  return { whole, broken };
}

/**
 * Deletes all but the newest `keep` whole snapshots in `parent`, at least one stays. Nothing else is counted or touched.
 * @returns names of the deleted ones, oldest first
 */
export async function pruneSnapshots(parent: string, keep: number): Promise<string[]> {
  const { whole } = findSnapshots(parent);
  const old = whole.slice(0, Math.max(0, whole.length - Math.max(1, keep))).map(({ name }) => name);
  for (const name of old) {
    const hidden = join(parent, `.${name}${DELETED}`);
    // Hidden first, so that a crash half way leaves no folder that looks like a snapshot.
    await renameDurably(join(parent, name), hidden);
    await rm(hidden, { recursive: true, force: true });
  }
  return old;
}

/** Deletes what a crash left of snapshots that were being written or deleted. */
export async function removeLeftovers(parent: string): Promise<void> {
  for (const name of foldersIn(parent)) {
    const isLeft = (name.startsWith('.') && name.endsWith(PARTIAL)) || name.endsWith(DELETED);
    if (isLeft) await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** Manifests by shard; a sentence when one is missing or does not belong. */
function shardsIn(folder: string): SnapshotManifest[] | string {
  const first = readManifest(join(folder, 'shard-0'));
  if (typeof first === 'string') return first;
  const shards: SnapshotManifest[] = [];
  for (let shard = 0; shard < first.shards; shard++) {
    const manifest = readManifest(join(folder, `shard-${shard}`));
    if (typeof manifest === 'string') return manifest;
    if (manifest.shard !== shard || manifest.shards !== first.shards)
      return `${join(folder, `shard-${shard}`, MANIFEST_FILE)} is of shard ${manifest.shard} of ${manifest.shards}`;
    shards.push(manifest);
  }
  return shards;
}

function readWhole(folder: string): WholeManifest | string {
  const path = join(folder, WHOLE_FILE);
  if (!existsSync(path)) {
    const first = readManifest(join(folder, 'shard-0'));
    return typeof first === 'string'
      ? first
      : { schema: 0, format: 1, createdAt: first.createdAt, files: [] };
  }
  try {
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as WholeManifest;
    const isKnown =
      manifest.schema === WHOLE_SCHEMA &&
      Number.isInteger(manifest.format) &&
      typeof manifest.createdAt === 'string';
    if (!isKnown || !Array.isArray(manifest.files) || !manifest.files.every(isInside))
      return `${path} is not a manifest of schema ${WHOLE_SCHEMA}`;
    return manifest;
  } catch (error) {
    return `${path} cannot be read: ${(error as Error).message}`;
  }
}

/** The name stays inside the folder. */
function isInside(file: SnapshotFile): boolean {
  return typeof file?.name === 'string' && /^[\w-]+\/[\w-][\w.-]*$/.test(file.name);
}

function foldersIn(parent: string): string[] {
  if (!existsSync(parent)) return [];
  const entries = readdirSync(parent, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
