import { basename, join } from 'node:path';
import { inspectStore } from '../store/inspection/inspect-store.js';
import { readMarks, writeMarks, type StoreMarks } from '../store/store-marks.js';

/**
 * Writes into `restored` the marks of the data folder that it takes the place of: it stays the same one, with what its stores hold now.
 * Stores of another folder get none.
 */
export async function keepMarks(
  dataDir: string,
  restored: string,
  nowMs: number,
  shards: number,
): Promise<void> {
  const marks = marksOrNone(dataDir);
  if (marks === undefined) return;
  const names = ['catalogue', ...Array.from({ length: shards }, (_, shard) => `shard-${shard}`)];
  // In this process: they were read whole just now.
  const inspected = await Promise.all(
    names.map((name) => inspectStore(join(restored, name), name === 'catalogue', false)),
  );
  const stores = Object.fromEntries(inspected.map(({ folder, mark }) => [basename(folder), mark]));
  const isOwn = inspected.every(({ identity }) => identity === undefined || identity.folder === marks.folder);
  // Stores of another folder say which: the next start gives all of them a new name.
  if (!isOwn || inspected.some(({ identity }) => identity === undefined)) return;
  await writeMarks(restored, {
    ...marks,
    phase: 'ended',
    uncleanEnds: 0,
    at: new Date(nowMs).toISOString(),
    stores,
  });
}

/** Marks that cannot be read are no reason to stay with what is broken: the next start makes new ones. */
function marksOrNone(dataDir: string): StoreMarks | undefined {
  try {
    return readMarks(dataDir);
  } catch {
    return undefined;
  }
}
