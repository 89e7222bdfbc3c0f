import { existsSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { DiskSpace } from '../../metrics/process/disk-space.js';
import { syncFile, syncFolder } from '../../metrics/process/durable-files.js';
import {
  checkDataFolder,
  type DataFolder,
  SEEDING_MARKER,
  shardFolder,
  snapshotsFolder,
  storedBytes,
} from '../store/data-folder.js';
import { inspectStore } from '../store/inspection/inspect-store.js';
import { inspectStores } from '../store/inspection/inspect-stores.js';
import { LMDB_FILE } from '../store/lmdb/commits/lmdb-file.js';
import { openLmdbStore, readLmdbStore } from '../store/lmdb/lmdb-store.js';
import { restoreFolder } from '../store/snapshot/restore-folder.js';
import { checkWholeSnapshot, findSnapshots, formatOf } from '../store/snapshot/whole-snapshot.js';
import { readMarks, writeMarks, type StoreMarks } from '../store/store-marks.js';
import { Refusal } from './refusal.js';
import { beginSwitch, endSwitch, restoredFolder } from './folder-switch.js';
import { lastTime, tailProblem, takeTail, type TakenTail } from './journal-tail.js';

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
  readonly tails: readonly TakenTail[];
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
  if (!space.hasRoomFor(needed)) throw space.fullError();
  try {
    const shards = await restoreFolder(snapshot, restored);
    const tails: TakenTail[] = [];
    if (untilMs !== undefined) {
      await refuseUnlike(rewind, { snapshot, shards, found });
      for (let shard = 0; shard < shards; shard++) tails.push(await tailOf(rewind, shard));
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

/** Before anything is read from stores that may be damaged: LMDB may end the process over them. */
async function refuseUnlike(
  { dataDir }: Rewind,
  {
    snapshot,
    shards,
    found,
  }: {
    readonly snapshot: string;
    readonly shards: number;
    readonly found: DataFolder;
  },
): Promise<void> {
  const advice = '; restore the snapshot alone with --without-journal, or another one';
  if (found.moving === true)
    throw new Refusal(
      `a change of the number of shards of ${dataDir} is not over, so its journals do not go on from the snapshot: start it once, or go back with --without-journal`,
    );
  if (found.shards !== shards)
    throw new Refusal(
      `the snapshot ${snapshot} has ${shards} shards and ${dataDir} has ${found.shards}, so its journals do not go on from there${advice}`,
    );
  if (found.format !== formatOf(snapshot))
    throw new Refusal(
      `the snapshot ${snapshot} has data format ${formatOf(snapshot)} and ${dataDir} has ${found.format}, so its journals do not go on from there${advice}`,
    );
  const stores = ['catalogue', ...Array.from({ length: shards }, (_, shard) => `shard-${shard}`)];
  const inspected = await inspectStores(
    stores.map((store) => join(dataDir, store)),
    true,
  );
  const broken = inspected.find(({ problem, isNew }) => problem !== undefined || isNew === true);
  if (broken !== undefined)
    throw new Refusal(
      `the store in ${broken.folder} cannot be read: ${broken.problem ?? 'it is empty'}; so its journal cannot be used${advice}`,
    );
}

async function tailOf({ dataDir, untilMs = Infinity }: Rewind, shard: number): Promise<TakenTail> {
  const from = shardFolder(dataDir, shard);
  const target = await openLmdbStore({ folder: shardFolder(restoredFolder(dataDir), shard) });
  try {
    const source = await readLmdbStore(from);
    try {
      const problem = tailProblem(target, source);
      if (problem !== undefined)
        throw new Refusal(
          `the store in ${from} ${problem}; restore the snapshot alone with --without-journal, or another one`,
        );
      const madeMs = lastTime(target);
      if (madeMs !== undefined && madeMs > untilMs)
        throw new Refusal(
          `the snapshot holds what came up to ${timeText(madeMs)}, after the time asked for: name an older one with --snapshot`,
        );
      return await takeTail(target, source, untilMs);
    } finally {
      await source.close();
    }
  } finally {
    await target.close();
  }
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

/** The folder stays the same one, with what its stores hold now. */
async function keepMarks(dataDir: string, restored: string, nowMs: number, shards: number): Promise<void> {
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
  await writeMarks(restored, { ...marks, phase: 'ended', uncleanEnds: 0, at: timeText(nowMs), stores });
}

/** Marks that cannot be read are no reason to stay with what is broken: the next start makes new ones. */
function marksOrNone(dataDir: string): StoreMarks | undefined {
  try {
    return readMarks(dataDir);
  } catch {
    return undefined;
  }
}

function sizeOf(snapshot: string): number {
  const whole = checkWholeSnapshot(snapshot);
  return typeof whole === 'string' ? 0 : whole.bytes;
}

function nameOfTime(ms: number): string {
  return timeText(ms).replace(/[:.]/g, '-');
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
