import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartupError } from '../../metrics/process/startup-error.js';
import { createLog } from '../../metrics/process/log.js';
import {
  FORMAT_FILE,
  leaveAsFound,
  replayFolder,
  unlockForReading,
  verifyPath,
  type Verified,
} from '../../shards/api.js';
import { configOf, EXIT, withFolder, type CommandContext, type OpenedFolder } from './command-context.js';
import { loadFolderModel } from './folder-model.js';

export interface VerifyOptions {
  readonly dataDir?: string;
  readonly bundle?: string;
  /** Whether journals are replayed and compared with the rows beside them. */
  readonly replay?: true;
}

/** `verify`: looks at a data folder or a snapshot, and names what is broken. */
export async function verify(
  context: CommandContext,
  path: string | undefined,
  options: VerifyOptions,
): Promise<number> {
  const dataDir = resolve(path ?? configOf(context, options).dataDir);
  if (path !== undefined && !existsSync(join(dataDir, FORMAT_FILE)))
    return verifyAt(context, dataDir, options, snapshotsOwner(context, options));
  try {
    return await withFolder(context, { ...options, dataDir }, (folder) =>
      verifyAt(context, dataDir, options, folder),
    );
  } catch (error) {
    // What says what the folder is cannot be read: that is broken, not wrong use.
    if (!(error instanceof StartupError) || error.code !== 'data_format_unreadable') throw error;
    context.say(`data folder ${dataDir} is broken. The first is:\n- ${error.message}`);
    return EXIT.broken;
  }
}

/** The data folder whose bundle served when the snapshot was made; it is not opened. */
function snapshotsOwner(context: CommandContext, options: VerifyOptions): Omit<OpenedFolder, 'shards'> {
  const config = configOf(context, options);
  unlockForReading(config.dataDir, config);
  return { config, dataDir: resolve(config.dataDir), log: createLog({ level: 'warn' }) };
}

async function verifyAt(
  context: CommandContext,
  path: string,
  { replay }: VerifyOptions,
  folder: Omit<OpenedFolder, 'shards'>,
): Promise<number> {
  const found = await verifyPath(path);
  const code = told(context, path, found);
  if (code !== EXIT.done || replay === undefined) return code;
  return replayAt(context, path, found, folder);
}

function told({ say }: CommandContext, path: string, found: Verified): number {
  const { isSnapshot, stores, rows, entries, problems, problemCount } = found;
  const what = `${isSnapshot ? 'snapshot' : 'data folder'} ${path}`;
  const size = `${stores} stores, ${rows} rows, ${entries} entries of journals`;
  if (problemCount === 0) {
    say(`${what} is sound: ${size}`);
    return EXIT.done;
  }
  say(`${what} is broken: ${problemCount} problems in ${size}. The first is:`);
  for (const problem of problems) say(`- ${problem}`);
  if (problems.length < problemCount) say(`and ${problemCount - problems.length} more`);
  return EXIT.broken;
}

/** A replay is of no use where rows cannot be read. */
async function replayAt(
  { say }: CommandContext,
  path: string,
  { isSnapshot, stores }: Verified,
  folder: Omit<OpenedFolder, 'shards'>,
): Promise<number> {
  const shards = stores - 1;
  let broken = 0;
  for (const report of await replayFolder(path, shards, await loadFolderModel(folder, path))) {
    const { users, events, otherEntries, unchecked, unreadable, differing, differences, isRebuilding } =
      report;
    say(
      `${report.folder}: ${users} users are what their ${events} events and ${otherEntries} other entries make of them, but for ${differing}; nothing can be said of ${unchecked}`,
    );
    if (isRebuilding)
      say('  what a model makes of events was not compared: the next start makes all states anew');
    for (const { userId, differences: problems } of differences)
      say(`- user ${JSON.stringify(userId)}: ${problems.join('; ')}`);
    if (unreadable > 0) say(`- ${unreadable} records cannot be read`);
    broken += differing + unreadable;
  }
  if (isSnapshot) await leaveAsFound(path, shards);
  return broken > 0 ? EXIT.broken : EXIT.done;
}
