import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checked } from '../checked-json.js';

/**
 * Version of the manifest and of what it describes; the reader of every released version stays in `readManifest`. 2: files may be in
 * the folder of the journal, `journal/`.
 */
export const SNAPSHOT_SCHEMA = 2;
export const MANIFEST_FILE = 'manifest.json';

/** What is in a snapshot of one shard, beside its files. */
export interface SnapshotManifest {
  readonly schema: number;
  /** Schema of the store's own tables. */
  readonly storeSchema: number;
  readonly shard: number;
  /** Number of shards that the users were placed on. */
  readonly shards: number;
  readonly users: number;
  readonly sessions: number;
  readonly journalEnd: number;
  readonly checkpoint: number;
  /** Name of the model that made the stored states. */
  readonly model: string;
  /** ISO 8601 time. */
  readonly createdAt: string;
  /** True for one of a whole snapshot, which has a manifest of its own; absent in those of versions before that. */
  readonly isPart?: true;
  /** Size of all files together. */
  readonly bytes: number;
  readonly files: readonly SnapshotFile[];
}

export interface SnapshotFile {
  /** A path from the folder of the manifest, with `/`. */
  readonly name: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** The manifest of a snapshot, or a sentence that says why it cannot be read. */
export function readManifest(folder: string): SnapshotManifest | string {
  const path = join(folder, MANIFEST_FILE);
  let json: unknown;
  try {
    json = checked(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    return `${path} cannot be read: ${(error as Error).message}`;
  }
  if (typeof json !== 'object' || json === null) return `${path} is not a JSON object`;
  return checkManifest(path, json as Record<string, unknown>);
}

const NUMBERS = [
  'storeSchema',
  'shard',
  'shards',
  'users',
  'sessions',
  'journalEnd',
  'checkpoint',
  'bytes',
] as const;
const TEXTS = ['model', 'createdAt'] as const;

function checkManifest(path: string, json: Record<string, unknown>): SnapshotManifest | string {
  const { schema, files } = json;
  if (typeof schema === 'number' && schema > SNAPSHOT_SCHEMA) {
    return `${path} has schema ${schema}; this version of Afterclick reads schemas up to ${SNAPSHOT_SCHEMA}`;
  }
  const wrong = [
    ...(schema === 1 || schema === 2 ? [] : ['schema']),
    ...NUMBERS.filter((key) => !Number.isSafeInteger(json[key])),
    ...TEXTS.filter((key) => typeof json[key] !== 'string'),
    ...(Array.isArray(files) && files.every(isFile) ? [] : ['files']),
  ];
  if (wrong.length > 0) return `${path} has a wrong or missing ${wrong.join(', ')}`;
  return json as unknown as SnapshotManifest;
}

/** The name stays inside the folder: it is that of a file in it or in the journal's, and not a way up. */
function isFile(file: unknown): file is SnapshotFile {
  if (typeof file !== 'object' || file === null) return false;
  const { name, bytes, sha256 } = file as Record<string, unknown>;
  const isName = typeof name === 'string' && /^(?:journal\/)?[\w-][\w.-]*$/.test(name);
  return isName && Number.isSafeInteger(bytes) && typeof sha256 === 'string';
}
