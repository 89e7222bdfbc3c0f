import { StartupError } from '../../metrics/process/startup-error.js';
import { compactFolder, Refusal } from '../../shards/api.js';
import { servedTag } from './folder-model.js';
import { EXIT, withFolder, type CommandContext } from './command-context.js';

export interface CompactOptions {
  readonly dataDir?: string;
  readonly bundle?: string;
  readonly keepDays?: number;
  readonly keepBytes?: number;
  readonly erased?: boolean;
}

const DAY_MS = 86_400_000;

/** `compact`: drops the oldest of the journals, takes out what was erased, and writes the files without the room that is free. */
export async function compact(context: CommandContext, options: CompactOptions): Promise<number> {
  const { keepDays, keepBytes, erased = false } = options;
  if (keepDays === undefined && keepBytes === undefined && !erased)
    throw new Refusal(
      'say how much of the journals to keep, with --keep-days, --keep-bytes or both, or --erased to take out what was erased',
    );
  const kept = {
    ...(keepDays !== undefined && { sinceMs: context.nowMs() - keepDays * DAY_MS }),
    ...(keepBytes !== undefined && { bytes: keepBytes }),
  };
  const { wiped, stores } = await withFolder(context, options, async (folder) =>
    compactFolder(folder.dataDir, { kept, servedTag: await servedTag(folder), wipesErased: erased }),
  ).catch((error: unknown) => {
    throw isInUse(error) ? new Refusal(`${error.message} ${AT_REST}`) : error;
  });
  if (wiped !== undefined) {
    context.say(`of ${wiped.users} erased users ${wiped.entries} entries of journals were taken out`);
    if (wiped.snapshots.length > 0)
      context.say(`these snapshots had them and were deleted: ${wiped.snapshots.join(', ')}; make a new one`);
  }
  for (const { shard, from, to, heldBy, bytes, bytesAfter } of stores) {
    const dropped =
      from === to ? 'no entries dropped' : `the entries from ${from} to ${to - 1} dropped (${to - from})`;
    const held = heldBy === undefined ? '' : `; more are needed by ${heldBy}`;
    context.say(`shard-${shard}: ${dropped}${held}; files of ${bytes} bytes, ${bytesAfter} now`);
  }
  return EXIT.done;
}

/** Why it does not run beside a gateway, and what to do. */
const AT_REST =
  'compact writes journals and data.mdb anew, which a gateway has open: stop it (SIGTERM), compact, start it again. ' +
  'While it serves a gateway drops what is old by itself, and with a master key who is erased is unreadable at once.';

function isInUse(error: unknown): error is StartupError {
  return error instanceof StartupError && error.code === 'data_folder_in_use';
}
