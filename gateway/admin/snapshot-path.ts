import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { snapshotsFolder } from '../../shards/api.js';

/** The folder of a snapshot: a path, or a name that is no path and that one of the data folder's own snapshots has. Absolute. */
export function snapshotPath(snapshot: string, dataDir: string): string {
  const own = join(snapshotsFolder(dataDir), snapshot);
  return resolve(!existsSync(snapshot) && existsSync(own) ? own : snapshot);
}
