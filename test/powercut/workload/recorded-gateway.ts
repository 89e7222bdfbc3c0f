import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startGateway, type BuiltGateway } from '../../support/gateway/built-gateway.js';
import { COLUMNS_MAX, ITEMS_MAX, SEGMENT_BYTES, SHARDS } from '../check/folder-recovery.js';

/** A recording, and the folder that was recorded, which was empty. */
export interface Recording {
  readonly log: string;
  readonly root: string;
  readonly rootInode: number;
}

/** Compiles the recorder with what the machine has; returns its path. Throws with what the compiler says. */
export function compileRecorder(source: string, folder: string): string {
  const library = join(folder, 'recorder.so');
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl', '-lpthread'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return library;
}

/** The recording in a folder; when there is none, an empty folder to be recorded. */
export function recordingIn(folder: string): Recording {
  const root = join(folder, 'data');
  mkdirSync(root, { recursive: true });
  return { log: join(folder, 'recording'), root, rootInode: statSync(root).ino };
}

/** Starts the gateway as it is recorded and as what was recorded is opened. */
export function startRecordable(
  dataDir: string,
  { entry, env = {}, args = [] }: { entry?: string; env?: Record<string, string>; args?: string[] } = {},
): Promise<BuiltGateway> {
  return startGateway({
    ...(entry !== undefined && { entry }),
    env: {
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_SHARDS: String(SHARDS),
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_ITEMS_MAX: String(ITEMS_MAX),
      AFTERCLICK_ATTRIBUTE_COLUMNS_MAX: String(COLUMNS_MAX),
      AFTERCLICK_JOURNAL_SEGMENT_BYTES: String(SEGMENT_BYTES),
      AFTERCLICK_CHECKPOINT_MS: '200',
      AFTERCLICK_INTERACTION_CHECKPOINT_MS: '1000',
      AFTERCLICK_SNAPSHOTS_KEPT: '1',
      AFTERCLICK_LOG_LEVEL: 'error',
      // Each of its starts would read the demo's titles.
      AFTERCLICK_ENCODER: 'none',
      ...env,
    },
    args,
  });
}

/** The files of a folder as they are; of those that `isLeftOut`, nothing. */
export function filesIn(folder: string, isLeftOut: (path: string) => boolean): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !isLeftOut(path)) files.set(path.slice(folder.length), readFileSync(path));
  }
  return files;
}
