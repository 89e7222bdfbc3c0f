import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { faultPoint } from '../../../metrics/process/fault-point.js';
import { renameDurably, syncFolder, writeFileDurably } from '../../../metrics/process/durable-files.js';
import { checked, withCheck } from '../checked-json.js';
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
/** 2: files of journals are a folder further down, as in the manifests of the shards. */
const WHOLE_SCHEMA = 2;
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
  /** One more than that of the one before; 0 for those of versions without numbers. */
  readonly number: number;
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
  /** Absent in those of versions without numbers. */
  readonly number?: number;
  /** Names are paths from the snapshot's folder. */
  readonly files: readonly SnapshotFile[];
}

/**
 * Writes the manifest of all files in `folder`, which are on the disk already, forces it there too, and reads everything back.
 * Rejects with what is broken.
 */
export async function sealSnapshot(
  folder: string,
  { createdAt, number }: Pick<WholeSnapshot, 'createdAt' | 'number'>,
): Promise<void> {
  const files: SnapshotFile[] = [];
  for (const child of readdirSync(folder).sort()) {
    const known = filesOf(join(folder, child));
    const entries = readdirSync(join(folder, child), { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const name of paths.map((path) => relative(join(folder, child), path)).sort()) {
      const found = known.find((file) => file.name === name);
      const path = `${child}/${name}`;
      // Whoever wrote a shard's copy has read it; that nothing has changed since is seen when everything is read back.
      files.push(found === undefined ? await describeFile(folder, path) : { ...found, name: path });
    }
    await syncFolder(join(folder, child));
  }
  const manifest: WholeManifest = { schema: WHOLE_SCHEMA, format: DATA_FORMAT, createdAt, number, files };
  faultPoint('snapshot.beforeManifest');
  await writeFileDurably(join(folder, WHOLE_FILE), `${JSON.stringify(withCheck(manifest), null, 2)}\n`);
  const problems = await verifyWholeSnapshot(folder);
  if (problems.length > 0)
    throw new Error(`the snapshot that was just written is broken: ${problems.join('; ')}`);
}

/** The files that the manifest of a shard's copy names; none where there is no such manifest. */
function filesOf(folder: string): readonly SnapshotFile[] {
  const manifest = readManifest(folder);
  return typeof manifest === 'string' ? [] : manifest.files;
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
  let sum = 0;
  for (const { name, bytes } of filesOfAll(whole, shards)) {
    sum += bytes;
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    if (found?.size !== bytes) return `${join(folder, name)} has ${found?.size ?? 'no'} bytes of ${bytes}`;
  }
  return { createdAt: whole.createdAt, number: whole.number ?? 0, shards, bytes: sum };
}

/** Reads all of a snapshot; a sentence for everything that is broken, none when it is whole. */
export async function verifyWholeSnapshot(folder: string): Promise<string[]> {
  const whole = checkWholeSnapshot(folder);
  if (typeof whole === 'string') return [whole];
  const manifest = readWhole(folder);
  if (typeof manifest === 'string') return [manifest];
  const problems: string[] = [];
  for (const file of filesOfAll(manifest, whole.shards)) problems.push(...(await problemsOf(folder, file)));
  return problems;
}

/** What the manifest of the whole and those of its shards say of their files; of two that say the same, one. */
function filesOfAll(
  { files }: Pick<WholeManifest, 'files'>,
  shards: readonly SnapshotManifest[],
): readonly SnapshotFile[] {
  const said = new Set(files.map(({ name, bytes, sha256 }) => `${name} ${bytes} ${sha256}`));
  const own = shards.flatMap((manifest) =>
    manifest.files.map((file) => ({ ...file, name: `shard-${manifest.shard}/${file.name}` })),
  );
  return [...files, ...own.filter(({ name, bytes, sha256 }) => !said.has(`${name} ${bytes} ${sha256}`))];
}

/** Format of the data folder that a whole snapshot was taken of. */
export function formatOf(folder: string): number {
  const manifest = readWhole(folder);
  return typeof manifest === 'string' ? DATA_FORMAT : manifest.format;
}

/** What was found in a folder of snapshots. */
export interface FoundSnapshots {
  /** In the order in which they were made, oldest first, whatever the clock said then. */
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
  whole.sort(
    (a, b) =>
      a.number - b.number || Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.name < b.name ? -1 : 1),
  );
  return { whole, broken };
}

/** Number of the next snapshot in `parent`. */
export function nextSnapshotNumber(parent: string): number {
  return 1 + findSnapshots(parent).whole.reduce((most, { number }) => Math.max(most, number), 0);
}

/** Which snapshots stay: those within both bounds. */
export interface KeptSnapshots {
  /** So many, the newest. */
  readonly count: number;
  /** Those of this time and later, epoch ms, by what they say of themselves; −Infinity: all. */
  readonly sinceMs: number;
}

/**
 * Deletes the whole snapshots in `parent` that are beyond the bounds, but in no case the one called `made`, whatever the others
 * say of themselves. Nothing else is counted or touched.
 * @returns names of the deleted ones, oldest first
 */
export async function pruneSnapshots(
  parent: string,
  { count, sinceMs }: KeptSnapshots,
  made: string,
): Promise<string[]> {
  const others = findSnapshots(parent).whole.filter(({ name }) => name !== made);
  const tooMany = Math.max(0, others.length - Math.max(0, count - 1));
  const old = others
    .filter(({ createdAt }, i) => i < tooMany || Date.parse(createdAt) < sinceMs)
    .map(({ name }) => name);
  for (const name of old) await removeSnapshot(parent, name);
  return old;
}

/** Deletes all that is in a folder of snapshots, whole or not, while nobody makes one. Returns the names, in their order. */
export async function removeSnapshots(parent: string): Promise<string[]> {
  await removeLeftovers(parent);
  const names = foldersIn(parent).sort();
  for (const name of names) await removeSnapshot(parent, name);
  return names;
}

async function removeSnapshot(parent: string, name: string): Promise<void> {
  const hidden = join(parent, `.${name}${DELETED}`);
  // Hidden first, so that a crash half way leaves no folder that looks like a snapshot.
  await renameDurably(join(parent, name), hidden);
  faultPoint('snapshot.pruning');
  await rm(hidden, { recursive: true, force: true });
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
    if (typeof first === 'string') return first;
    if (first.isPart === true) return `${path} is missing: it was written last, or removed since`;
    return { schema: 0, format: 1, createdAt: first.createdAt, files: [] };
  }
  try {
    const manifest = checked(JSON.parse(readFileSync(path, 'utf8'))) as WholeManifest;
    const isKnown =
      Number.isInteger(manifest.schema) &&
      manifest.schema >= 1 &&
      Number.isInteger(manifest.format) &&
      Number.isInteger(manifest.number ?? 0) &&
      typeof manifest.createdAt === 'string';
    if (!isKnown || !Array.isArray(manifest.files) || !manifest.files.every(isInside))
      return `${path} is not a manifest of schema ${WHOLE_SCHEMA}`;
    if (manifest.schema > WHOLE_SCHEMA)
      return `${path} has schema ${manifest.schema}; this version of Afterclick reads schemas up to ${WHOLE_SCHEMA}`;
    return manifest;
  } catch (error) {
    return `${path} cannot be read: ${(error as Error).message}`;
  }
}

/** The name stays inside the folder. */
function isInside(file: SnapshotFile): boolean {
  return typeof file?.name === 'string' && /^[\w-]+\/(?:journal\/)?[\w-][\w.-]*$/.test(file.name);
}

function foldersIn(parent: string): string[] {
  if (!existsSync(parent) || !statSync(parent).isDirectory()) return [];
  const entries = readdirSync(parent, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
