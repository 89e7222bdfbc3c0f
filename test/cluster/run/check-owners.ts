import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Journal, JournalRecord } from '../../../shards/store/journal.js';
import { readLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import { Problems } from '../../nemesis/checks/problems.js';
import { ReplayCheck } from '../../nemesis/checks/replay-check.js';
import { patientlyUntil, rest } from '../../support/patience.js';
import type { ClusterJournals } from './cluster-journals.js';
import { BUNDLES, PARTITIONS, type ClusterWorld } from './cluster-world.js';
import { clusterStatus } from './operate.js';

/** How long an owner may take to write the states of all users who have changed; every two seconds it begins. */
const WRITTEN_MS = 60_000;
/** A node that has come takes partitions two seconds later, one after the other. */
const SETTLED_MS = 3_000;
/** How long entries may come late. */
const LATE_MS = 20_000;
const LOOK_MS = 1_000;
/** Items of a long run, those removed included. */
const ITEM_MAX = 65_536;

/** What the owners of partitions hold, beside the journals. */
export interface OwnersCheck {
  /** Users who were compared. */
  readonly users: number;
  readonly problems: readonly string[];
}

/**
 * Every owner has the records of its stream, none less and none else, and its users are what a replay of them into an empty shard gives: their
 * graphs, numbers of sessions, and whose visitors are (`checkReplay`). Nobody writes meanwhile.
 */
export async function checkOwners(world: ClusterWorld, journals: ClusterJournals): Promise<OwnersCheck> {
  const problems = new Problems();
  const scratch = join(world.folder, 'replayed');
  let owners = await settledOwners(world);
  const bundles = BUNDLES.map((name) => join(world.folder, 'bundles', name));
  const replay = await ReplayCheck.open(world.dataDirs[0], scratch, bundles, ITEM_MAX);
  let users = 0;
  try {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      let { records } = await journals.read(partition);
      const name = `partition-${partition}`;
      const folder = (): string => join(world.dataDirs[owners[partition]], 'partitions', name);
      // It may have moved since its owner was asked for.
      if (!(await isWritten(folder(), records))) owners = await settledOwners(world);
      // What a node sent again after it had been cut off may come to the journal still.
      const isSame = async (): Promise<boolean> => {
        if (await hasStored(folder(), records)) return true;
        ({ records } = await journals.read(partition));
        return false;
      };
      await patientlyUntil(isSame, { everyMs: LOOK_MS, ms: LATE_MS });
      users += await checkOwner({ folder: folder(), name, records }, replay, problems);
    }
  } finally {
    await replay.close();
    rmSync(scratch, { recursive: true, force: true });
  }
  return { users, problems: problems.lines };
}

/** As `ownersOf`, when none has moved for a while: a node that was away takes its share again. */
async function settledOwners(world: ClusterWorld): Promise<number[]> {
  let owners = await ownersOf(world);
  const areSettled = async (): Promise<boolean> => {
    const before = owners;
    await rest(SETTLED_MS);
    owners = await ownersOf(world);
    return isDeepStrictEqual(before, owners);
  };
  await patientlyUntil(areSettled, { everyMs: 0, ms: WRITTEN_MS });
  return owners;
}

/** By partition, the number of the node that serves it. */
async function ownersOf(world: ClusterWorld): Promise<number[]> {
  const owners: number[] = [];
  for (const { node, owns } of (await clusterStatus(world)).nodes)
    for (const partition of owns) owners[partition] = Number(node.replace('node-', ''));
  return owners;
}

interface Owned {
  readonly folder: string;
  readonly name: string;
  /** Of its stream. */
  readonly records: readonly JournalRecord[];
}

async function checkOwner(
  { folder, name, records }: Owned,
  replay: ReplayCheck,
  problems: Problems,
): Promise<number> {
  if (!(await isWritten(folder, records)))
    problems.add(
      'state',
      `${name}: the owner has not written the states of all that its stream has, ${endOf(records)} entries`,
    );
  const store = await readLmdbStore(folder);
  try {
    if (!hasRecords(store.journal, records))
      problems.add('other', `${name}: the journal of the owner is not that of its stream`);
    return await replay.compare(store, name, problems);
  } finally {
    await store.close();
  }
}

/** True when the stored states contain all entries of the stream, or do before long. */
function isWritten(folder: string, records: readonly JournalRecord[]): Promise<boolean> {
  const end = endOf(records);
  return patientlyUntil(async () => (await checkpointOf(folder)) >= end, { everyMs: 100, ms: WRITTEN_MS });
}

async function hasStored(folder: string, records: readonly JournalRecord[]): Promise<boolean> {
  const store = await readLmdbStore(folder);
  try {
    return hasRecords(store.journal, records);
  } finally {
    await store.close();
  }
}

function endOf(records: readonly JournalRecord[]): number {
  const last = records.at(-1);
  return last === undefined ? 0 : last.position + last.count;
}

async function checkpointOf(folder: string): Promise<number> {
  const store = await readLmdbStore(folder);
  try {
    return store.checkpoint;
  } finally {
    await store.close();
  }
}

function hasRecords(journal: Journal, records: readonly JournalRecord[]): boolean {
  let at = 0;
  for (const { position, bytes } of journal.from(0)) {
    const record = records[at++];
    if (record?.position !== position || Buffer.compare(record.bytes, bytes) !== 0) return false;
  }
  return at === records.length;
}
