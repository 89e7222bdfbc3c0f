import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StartupError } from '../../metrics/process/startup-error.js';
import { systemProblem, systemProblemIn } from '../../metrics/process/system-problem.js';
import { checked, withCheck } from './checked-json.js';
import { makeFolderDurably, writeFileDurably } from '../../metrics/process/durable-files.js';

/**
 * The data folder:
 * ```
 * format.json        what this folder is: { format, shards, createdAt, moving?, check }
 * stores.json        which stores there are, and how far they were
 * warm               empty: the interaction graph has learned the bundle's history
 * seeding            while the first start puts the bundle's items into the catalogue: the folder of that bundle
 * catalogue/         items and dictionaries
 * shard-0/ …         one store for each shard
 * partitions/        of a node of a cluster: a store for each partition that it has ever served, a copy of its stream and its states
 * retired/           stores of removed shards: their journals
 * snapshots/         one folder for each snapshot
 * replaced/          what stood here before a restore, a folder for each
 * .restored/         what a restore has made and not put in its place yet
 * ```
 * Every version of the format that was ever released keeps its reader here.
 */

/** Version that this program writes. 2: visitors have names of their own in the stores; `upgradeFolder` brings a folder there. */
export const DATA_FORMAT = 2;

/** File that makes a folder a data folder. */
export const FORMAT_FILE = 'format.json';
/** Folder in the data folder where a restore makes what is to stand here, and the file in it that says that it is whole. */
export const RESTORED_FOLDER = '.restored';
export const SWITCH_FILE = 'switch.json';

/** File of the data folder that says that the warmed interaction graph is in the shards' stores: shards have run on it. */
export const WARM_MARKER = 'warm';

/** File of the data folder that says that the bundle's items are being put into the catalogue: a start that finds it goes on. */
export const SEEDING_MARKER = 'seeding';

export interface DataFolder {
  /** The version found. */
  readonly format: number;
  /** Number of shards that the users in it are placed on. */
  readonly shards: number;
  /** ISO 8601 time. */
  readonly createdAt: string;
  /** True while users move to another number of shards: stores may hold rows of users who are placed elsewhere. */
  readonly moving?: true;
}

export function shardFolder(dataDir: string, shard: number): string {
  return join(dataDir, `shard-${shard}`);
}

export function partitionsFolder(dataDir: string): string {
  return join(dataDir, 'partitions');
}

export function catalogueFolder(dataDir: string): string {
  return join(dataDir, 'catalogue');
}

export function snapshotsFolder(dataDir: string): string {
  return join(dataDir, 'snapshots');
}

/**
 * Reads what the folder is. Undefined: nothing is there yet (the folder is missing or empty).
 * @throws StartupError `data_folder_unreadable`, `data_folder_foreign`, `data_format_unreadable`, `data_format_newer`,
 *   `restore_unfinished`
 */
export function checkDataFolder(dataDir: string): DataFolder | undefined {
  const names = namesIn(dataDir);
  if (names.length === 0) return undefined;
  if (existsSync(join(dataDir, RESTORED_FOLDER, SWITCH_FILE)))
    throw new StartupError(
      'restore_unfinished',
      `A restore of ${dataDir} was interrupted while it put things in their places; nothing is lost. End it first: ` +
        `npm run admin -- restore --data-dir ${dataDir}`,
    );
  if (!names.includes(FORMAT_FILE)) {
    if (names.includes(basename(shardFolder(dataDir, 0))))
      throw unreadable(join(dataDir, FORMAT_FILE), 'it is missing, and stores are there');
    throw new StartupError(
      'data_folder_foreign',
      `${dataDir} is not empty and has no ${FORMAT_FILE} (found ${names.slice(0, 3).join(', ')}), so it is not a data ` +
        `folder of Afterclick, and nothing was changed in it. Name an empty or a new folder with AFTERCLICK_DATA_DIR.`,
    );
  }
  return readFormat(join(dataDir, FORMAT_FILE));
}

/** Makes an empty or missing folder a data folder of this version; resolves when that is on the disk. */
export async function createDataFolder(
  dataDir: string,
  shards: number,
  createdAt: string,
): Promise<DataFolder> {
  const facts: DataFolder = { format: DATA_FORMAT, shards, createdAt };
  await makeFolderDurably(dataDir);
  await writeDataFolder(dataDir, facts);
  return facts;
}

/** Replaces what a data folder says of itself: wholly or, after a crash, not at all. Resolves when that is on the disk. */
export function writeDataFolder(dataDir: string, facts: DataFolder): Promise<void> {
  return writeFileDurably(join(dataDir, FORMAT_FILE), `${JSON.stringify(withCheck(facts))}\n`);
}

/** A file system's own folder, there from the start on a fresh volume; and a `format.json` that was never finished. */
const IGNORED_NAMES = new Set(['lost+found', `${FORMAT_FILE}.partial`]);

function namesIn(dataDir: string): string[] {
  try {
    return readdirSync(dataDir).filter((name) => !IGNORED_NAMES.has(name));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw folderRefused(dataDir, cause);
  }
}

/** The system keeps this process from the data folder, or from a file of it; neither is damaged. */
export function folderRefused(dataDir: string, cause: unknown): StartupError {
  const why =
    systemProblemIn(dataDir, cause) ?? `${(cause as Error).message}: correct its owner and permissions`;
  return new StartupError(
    'data_folder_unreadable',
    `The data folder ${dataDir} cannot be used: ${why}. Or name another one with AFTERCLICK_DATA_DIR.`,
    { cause },
  );
}

/** One reader for each version, by its number; each gives what the current version knows. */
const READERS: Readonly<Record<number, (json: Record<string, unknown>) => DataFolder | undefined>> = {
  1: (json) => readFacts(1, json),
  2: (json) => readFacts(2, json),
};

/** Versions 1 and 2 say the same of themselves. */
function readFacts(
  format: number,
  { shards, createdAt, moving }: Record<string, unknown>,
): DataFolder | undefined {
  if (!Number.isInteger(shards) || (shards as number) < 1 || typeof createdAt !== 'string') return undefined;
  return { format, shards: shards as number, createdAt, ...(moving === true && { moving }) };
}

function readFormat(path: string): DataFolder {
  const json = parseObject(path);
  const format = json['format'];
  if (typeof format === 'number' && format > DATA_FORMAT) throw newer(path, format);
  const facts = typeof format === 'number' ? READERS[format]?.(json) : undefined;
  if (!facts) throw unreadable(path, 'it does not say a known format, a number of shards and a time');
  return facts;
}

function parseObject(path: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = checked(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    if (systemProblem(cause) !== undefined) throw folderRefused(dirname(path), cause);
    throw unreadable(path, (cause as Error).message);
  }
  if (typeof json !== 'object' || json === null) throw unreadable(path, 'it is not a JSON object');
  return json as Record<string, unknown>;
}

function newer(path: string, format: number): StartupError {
  return new StartupError(
    'data_format_newer',
    `${path} says data format ${format}; this version of Afterclick reads formats up to ${DATA_FORMAT}, and nothing was ` +
      `changed. Start the newer version again, or name another folder with AFTERCLICK_DATA_DIR.`,
  );
}

function unreadable(path: string, why: string): StartupError {
  return new StartupError(
    'data_format_unreadable',
    `${path} cannot be read: ${why}. Restore it from a backup, or write it anew as ` +
      `{"format":${DATA_FORMAT},"shards":N,"createdAt":"…"}, where N is the number of shard-* folders beside it.`,
  );
}
