import { faultPoint } from '../../metrics/process/fault-point.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { positionWrite } from '../graph/interactions/interaction-pages.js';
import { moveRows, type Moved } from './reshard-rows.js';
import { removeStrangers } from './reshard-settle.js';
import { restOrGiveUp } from './rest-or-give-up.js';
import type { ShardFolders } from './shard-folders.js';
import type { DataFolder } from '../store/data-folder.js';
import { decodeEvents } from '../store/journal-record.js';
import type { ShardStore } from '../store/store.js';

/**
 * Moves users between the stores of a data folder when the number of shards changes, while no shard runs.
 *
 * Order: the shards of the old number recover and write everything out; `format.json` says that a move is on; users who
 * are placed elsewhere now are copied, each commit synced; `format.json` says the new number, in one rename; what was
 * copied is removed where it was; `format.json` says that the move is over. The rename is the moment of the change: a
 * crash before it leaves the old number with copies too many, a crash after it the new number with originals too many,
 * and either is removed at the next start before anything reads it.
 * Bounds: rows are copied in commits of `rowsMax`, whatever the number of users.
 * Journals stay in their stores: positions are those of a store. An entry of the new journal has the whole state of a user who
 * comes, and their row the position behind it: all events of theirs there, from an earlier stay, are contained in it; all that
 * follow are not. Sessions, aliases and what is removed have entries too, so that each journal explains the rows beside it.
 */
export interface Reshard {
  readonly folders: ShardFolders;
  /** The number of shards wanted. */
  readonly shards: number;
  /** Rows of one commit, users and sessions alike: bounds the memory that a move takes. */
  readonly rowsMax: number;
  /** Rows of the session table of the interaction graph. */
  readonly sessions: number;
  /** Runs so many shards until they have recovered, and stops them. */
  readonly recover: (shards: number) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the start is to be given up: it is between two bites, and the next start goes on. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Brings the data folder to `shards` shards; ends first what a crash interrupted. Does nothing when it has them already.
 * Rejects with `StartupError` (`reshard_failed`, `start_given_up`, or what recovery says); the folder then still has one of the two numbers,
 * and starts with either.
 */
export async function placeUsers(reshard: Reshard): Promise<void> {
  const { folders, shards } = reshard;
  const found = folders.read();
  if (found.moving === undefined && found.shards === shards) return;
  try {
    const settled = await settle(reshard, found);
    if (settled.shards !== shards) await change(reshard, settled);
  } catch (cause) {
    if (cause instanceof StartupError) throw cause;
    const why = (cause as Error).message;
    throw new StartupError(
      'reshard_failed',
      `Users could not be moved to ${shards} shards: ${why}. Nothing is lost. Make room on the disk and start again, ` +
        `or stay with --shards ${folders.read().shards}.`,
      { cause },
    );
  }
}

async function change(reshard: Reshard, found: DataFolder): Promise<void> {
  const { folders, shards, clock, log } = reshard;
  const startedUs = clock.nowUs();
  log.info({ from: found.shards, to: shards }, 'moving users to another number of shards');
  await reshard.recover(found.shards);
  // Shards that were told to halt have not written everything.
  await restOrGiveUp(reshard.signal);
  await folders.write({ ...found, moving: true });
  faultPoint('reshard.begun');
  const moved = await copy(reshard, found.shards);
  faultPoint('reshard.copied');
  const placed: DataFolder = { ...found, shards, moving: true };
  await folders.write(placed);
  faultPoint('reshard.placed');
  await settle(reshard, placed);
  const tookMs = Math.round((clock.nowUs() - startedUs) / 1_000);
  log.info({ from: found.shards, to: shards, ...moved, tookMs }, 'users moved to another number of shards');
}

async function copy({ folders, shards, rowsMax, sessions, signal }: Reshard, from: number): Promise<Moved> {
  const stores: ShardStore[] = [];
  try {
    for (let shard = 0; shard < Math.max(from, shards); shard++) stores.push(await folders.open(shard));
    for (const store of stores) await closeJournal(store);
    await nameModel(stores);
    return await moveRows(stores, { from, to: shards, rowsMax, sessions, signal });
  } finally {
    for (const store of stores) await store.close();
  }
}

/**
 * Says that states and pages contain the whole journal, so that no recovery gives events to a user who has left. After a
 * stop in order they do: pages without a change since are as good as written again.
 */
async function closeJournal(store: ShardStore): Promise<void> {
  const { checkpoint } = store;
  const journalEnd = store.journal.end;
  if (checkpoint !== journalEnd)
    throw new Error(`a shard stopped with states up to ${checkpoint} of ${journalEnd} events`);
  await store.commit({ blobs: [positionWrite(journalEnd)] });
}

/**
 * A new store gets states of the model that made those of the others; each state says its own as well. One that has had users and
 * is of no model has states of several, which the next start makes anew.
 */
async function nameModel(stores: readonly ShardStore[]): Promise<void> {
  const { statesModel: model } = stores[0];
  for (const store of stores)
    if (store.statesModel === 0 && store.journal.end === 0 && model !== 0)
      await store.commit({ states: { op: 'name', model } });
}

/** Removes what does not belong where it is, and stores beyond the number; the data folder is at rest then. */
async function settle(reshard: Reshard, found: DataFolder): Promise<DataFolder> {
  const { folders } = reshard;
  const { moving, ...settled } = found;
  for (const shard of folders.numbers()) {
    if (shard >= found.shards) await retire(reshard, shard, found.shards);
    else if (moving === true) await clean(reshard, shard, found.shards);
  }
  faultPoint('reshard.cleaned');
  if (moving === true) await folders.write(settled);
  return settled;
}

/** Removes from a shard's store what is placed on others; true when its journal has events. */
async function clean(
  { folders, rowsMax, sessions, signal }: Reshard,
  shard: number,
  shards: number,
): Promise<boolean> {
  const store = await folders.open(shard);
  try {
    await removeStrangers(store, { shard, shards, rowsMax, sessions, signal });
    return hasEvents(store);
  } finally {
    await store.close();
  }
}

/** A journal that cannot be read may have some. */
function hasEvents(store: ShardStore): boolean {
  for (const { bytes } of store.journal.from(0)) {
    try {
      if (decodeEvents(bytes).length > 0) return true;
    } catch {
      return true;
    }
  }
  return false;
}

/** Takes a store away that no shard has. One that a crash left half made is kept as it is: it cannot be opened. */
async function retire(reshard: Reshard, shard: number, shards: number): Promise<void> {
  const hasJournal = await clean(reshard, shard, shards).catch((error: unknown) => {
    if (error instanceof StartupError && error.code !== 'start_given_up') return true;
    throw error;
  });
  await reshard.folders.retire(shard, hasJournal);
}
