import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemProblem } from '../../metrics/process/system-problem.js';
import { endRewind, Refusal, restoreFolder, rewindFolder, type Rewound } from '../../shards/api.js';
import { claimFolder } from '../start/folder-claim.js';
import { configOf, EXIT, withFolder, type CommandContext } from './command-context.js';
import { snapshotPath } from './snapshot-path.js';

export interface RestoreOptions {
  readonly dataDir?: string;
  /** Path of a snapshot, or its name in the data folder's own. */
  readonly snapshot?: string;
  /** Epoch ms. */
  readonly until?: number;
  /** False: the snapshot alone. */
  readonly journal: boolean;
}

/** `restore`: a data folder goes back to a snapshot, or to a time after it; a new one is made of a snapshot. */
export async function restore(context: CommandContext, options: RestoreOptions): Promise<number> {
  const dataDir = resolve(configOf(context, options).dataDir);
  if (isNew(dataDir)) return makeNew(context, options, dataDir);
  const ended = await claimed(dataDir, () => endRewind(dataDir));
  if (ended !== undefined) {
    context.say(`a restore of ${dataDir} that was interrupted is done; what was there before is in ${ended}`);
    return EXIT.done;
  }
  if (!options.journal && options.until !== undefined)
    throw new Refusal('--until needs the journal: leave --without-journal out');
  const untilMs = options.journal ? (options.until ?? Infinity) : undefined;
  const snapshot = options.snapshot === undefined ? undefined : snapshotPath(options.snapshot, dataDir);
  const rewound = await withFolder(context, options, () =>
    rewindFolder({ dataDir, snapshot, untilMs, nowMs: context.nowMs() }),
  );
  return told(context, dataDir, rewound);
}

/** Also for an empty folder. */
function isNew(dataDir: string): boolean {
  if (!existsSync(dataDir)) return true;
  try {
    return readdirSync(dataDir).length === 0;
  } catch (error) {
    throw new Refusal(
      `${dataDir} cannot be a data folder: ${systemProblem(error) ?? (error as Error).message}`,
    );
  }
}

async function makeNew({ say }: CommandContext, options: RestoreOptions, dataDir: string): Promise<number> {
  if (options.snapshot === undefined)
    throw new Refusal(`${dataDir} is new: name the snapshot to make it of with --snapshot`);
  if (options.until !== undefined)
    throw new Refusal(
      `${dataDir} is new and has no journal: for --until, name the data folder that has one with --data-dir`,
    );
  const shards = await restoreFolder(options.snapshot, dataDir);
  say(
    `${dataDir} has the catalogue and ${shards} shards of ${options.snapshot}; start with --data-dir ${dataDir}`,
  );
  return EXIT.done;
}

async function claimed<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const claim = await claimFolder(dataDir);
  try {
    return await work();
  } finally {
    claim.release();
  }
}

function told({ say }: CommandContext, dataDir: string, { snapshot, aside, tails }: Rewound): number {
  say(`${dataDir} is what it was in the snapshot ${snapshot}`);
  let lost = 0;
  for (const [shard, tail] of tails.entries()) {
    const last = tail.lastMs === undefined ? '' : `, the last of ${new Date(tail.lastMs).toISOString()}`;
    say(
      `shard-${shard}: with the ${tail.entries} entries of its journal that followed${last}; ${tail.leftOut} later ones are left out`,
    );
    if (tail.isAlone)
      say(
        `shard-${shard}: its tables cannot be read; its journal was enough, and rows and states are made anew`,
      );
    if (tail.lost > 0) say(`shard-${shard}: ${tail.lost} entries could not be read, and are lost`);
    lost += tail.lost;
  }
  say(`what was there before is in ${aside}: delete it when you do not need it`);
  return lost > 0 ? EXIT.broken : EXIT.done;
}
