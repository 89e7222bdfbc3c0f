import { existsSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DiskSpace } from '../../metrics/process/disk-space.js';
import { syncFile, syncFolder } from '../../metrics/process/durable-files.js';
import { checkDataFolder, SEEDING_MARKER, shardFolder, snapshotsFolder } from '../store/data-folder.js';
import { LMDB_FILE } from '../store/lmdb/commits/lmdb-file.js';
import { restoreFolder } from '../store/snapshot/restore-folder.js';
import { storedBytes } from '../store/snapshot/store-files.js';
import { checkWholeSnapshot, findSnapshots } from '../store/snapshot/whole-snapshot.js';
import { Refusal } from '../store/snapshot/refusal.js';
import { bringTail } from './bring-tail.js';
import { beginSwitch, endSwitch, restoredFolder } from './folder-switch.js';
import type { TakenTail } from './journal-tail.js';
import { keepMarks } from './keep-marks.js';
import { refuseUnlike } from './refuse-unlike.js';

/** To what a data folder goes back. */
export interface Rewind {
  readonly dataDir: string;
  /** Folder of a snapshot; the newest that fits when undefined. */
  readonly snapshot: string | undefined;
  /** The journal after the snapshot counts up to this time, epoch ms; Infinity: all of it; undefined: none of it. */
  readonly untilMs: number | undefined;
  readonly nowMs: number;
}

/** What was done. */
export interface Rewound {
  readonly snapshot: string;
  /** Where what stood there is now. */
  readonly aside: string;
  /** By shard; empty when no journal was wanted. */
  readonly tails: readonly RewoundTail[];
}

/** What came of a shard's journal after the snapshot. */
export interface RewoundTail extends TakenTail {
  /** True: the tables beside it could not be read. */
  readonly isAlone: boolean;
}

/**
 * Brings a data folder that no gateway has to what it was when a snapshot was made, or with the journal of the folder to what it was
 * at a later time. What stands there is moved aside, never deleted, when all that takes its place is on the disk. Items are those
 * of the folder as they are now when its journal counts, for that names items which the snapshot may not have; else those of the
 * snapshot. States are as they were at the snapshot: the next start brings them to the end of the journal.
 *
 * Rejects with `Refusal` when snapshot, journal and time do not fit together.
 */
export async function rewindFolder(rewind: Rewind): Promise<Rewound> {
  const { dataDir, untilMs, nowMs } = rewind;
  const found = checkDataFolder(dataDir);
  if (found === undefined) throw new Refusal(`${dataDir} is no data folder`);
  const snapshot = rewind.snapshot ?? newestBefore(dataDir, untilMs ?? Infinity);
  const restored = restoredFolder(dataDir);
  await rm(restored, { recursive: true, force: true });
  const needed = storedBytes(dataDir) + sizeOf(snapshot);
  const space = new DiskSpace(dataDir);
  if (!space.hasRoomFor(needed)) throw space.fullError({ neededBytes: needed });
  try {
    const shards = await restoreFolder(snapshot, restored);
    const tails: RewoundTail[] = [];
    if (untilMs !== undefined) {
      const alone = await refuseUnlike(dataDir, found, { snapshot, shards });
      for (let shard = 0; shard < shards; shard++) {
        const isAlone = alone.has(shardFolder(dataDir, shard));
        tails.push({ ...(await bringTail(dataDir, shard, { untilMs, isAlone })), isAlone });
      }
      await takeCatalogue(dataDir, restored);
    }
    await keepMarks(dataDir, restored, nowMs, shards);
    return { snapshot, aside: await beginSwitch(dataDir, nameOfTime(nowMs)), tails };
  } catch (error) {
    if (!existsSync(join(restored, 'switch.json'))) await rm(restored, { recursive: true, force: true });
    throw error;
  }
}

/** Ends a restore that was interrupted; resolves with where what stood there is now, if there was one. */
export function endRewind(dataDir: string): Promise<string | undefined> {
  return endSwitch(resolve(dataDir));
}

/** The newest whole snapshot of a data folder that was begun before a time. */
function newestBefore(dataDir: string, untilMs: number): string {
  const folder = snapshotsFolder(dataDir);
  const { whole } = findSnapshots(folder);
  const newest = whole.findLast(({ createdAt }) => Date.parse(createdAt) <= untilMs);
  if (newest !== undefined) return join(folder, newest.name);
  throw new Refusal(
    whole.length === 0
      ? `there is no whole snapshot in ${folder}: name one with --snapshot`
      : `the oldest snapshot in ${folder} is of ${whole[0].createdAt}, after the time asked for: name an older one with --snapshot`,
  );
}

/** The present catalogue takes the place of the snapshot's: nobody has it open, so its file is whole. */
async function takeCatalogue(dataDir: string, restored: string): Promise<void> {
  const [from, to] = [join(dataDir, 'catalogue', LMDB_FILE), join(restored, 'catalogue', LMDB_FILE)];
  await copyFile(from, to);
  await syncFile(to);
  const seeding = join(dataDir, SEEDING_MARKER);
  if (!existsSync(seeding)) return;
  await copyFile(seeding, join(restored, SEEDING_MARKER));
  await syncFolder(restored);
}

function sizeOf(snapshot: string): number {
  const whole = checkWholeSnapshot(snapshot);
  return typeof whole === 'string' ? 0 : whole.bytes;
}

function nameOfTime(ms: number): string {
  return new Date(ms).toISOString().replace(/[:.]/g, '-');
}
