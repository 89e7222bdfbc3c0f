import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_FILE } from '../snapshot/snapshot-manifest.js';
import type { JournalNeed } from './journal-needs.js';

/** What a snapshot that is being deleted is called; nobody goes back to it. */
const DELETED = '.deleted';

/**
 * What the snapshots in a folder need of a shard's journal: all that came after each, so that a restore can go on from there, and
 * the record before, which tells that they are of one history. Those that are being written count, and those that are not whole:
 * what is asked for is what they say of themselves. None where there is no such folder.
 */
export async function snapshotNeeds(snapshots: string, shard: number): Promise<JournalNeed[]> {
  const needs: JournalNeed[] = [];
  for (const name of await namesIn(snapshots)) {
    if (name.endsWith(DELETED)) continue;
    const end = await journalEndIn(join(snapshots, name, `shard-${shard}`, MANIFEST_FILE));
    if (end !== undefined) needs.push({ position: Math.max(0, end - 1), by: `the snapshot ${name}` });
  }
  return needs;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Undefined for a file that is not there, or not a manifest. */
async function journalEndIn(path: string): Promise<number | undefined> {
  try {
    const { journalEnd } = JSON.parse(await readFile(path, 'utf8')) as { journalEnd?: unknown };
    return Number.isSafeInteger(journalEnd) ? (journalEnd as number) : undefined;
  } catch {
    return undefined;
  }
}
