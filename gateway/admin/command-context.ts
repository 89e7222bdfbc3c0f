import { createLog, type Log } from '../../metrics/process/log.js';
import { resolve } from 'node:path';
import { checkDataFolder, Refusal, unlockFolder } from '../../shards/api.js';
import { readConfig, type Config } from '../start/config.js';
import { claimFolder } from '../start/folder-claim.js';

/** Exit codes of the commands. */
export const EXIT = {
  /** Done; for `verify`: sound. */
  done: 0,
  /** Something went wrong on the way. */
  failed: 1,
  /** Wrong use, or refused: nothing was changed. */
  refused: 2,
  /** Something is broken or lost; it is named. */
  broken: 3,
} as const;

/** What commands have from the process. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  /** A line to standard output. */
  readonly say: (line: string) => void;
}

/** The data folder that a command works on, and the gateway's options. */
export interface OpenedFolder {
  readonly config: Config;
  /** Absolute. */
  readonly dataDir: string;
  readonly shards: number;
  readonly log: Log;
}

/** Options that a command may have given on top of the environment. */
export interface FolderOptions {
  readonly dataDir?: string;
  readonly bundle?: string;
  readonly shards?: number;
}

/** The gateway's options: the environment's, and those of the command. Throws `StartupError` `config_invalid`. */
export function configOf({ env }: CommandContext, { dataDir, bundle, shards }: FolderOptions): Config {
  const flags = { '--data-dir': dataDir, '--bundle': bundle, '--shards': shards };
  const given = Object.entries(flags).flatMap(([flag, value]) =>
    value === undefined ? [] : [`${flag}=${value}`],
  );
  return readConfig(given, env);
}

/**
 * Carries `work` out on a data folder that no gateway has, and that none gets meanwhile. Rejects with `Refusal` when there is no
 * data folder, with `StartupError` when a gateway has it.
 */
export async function withFolder<T>(
  context: CommandContext,
  options: FolderOptions,
  work: (folder: OpenedFolder) => Promise<T>,
): Promise<T> {
  const config = configOf(context, options);
  const dataDir = resolve(config.dataDir);
  const found = checkDataFolder(dataDir);
  if (found === undefined)
    throw new Refusal(`${dataDir} is no data folder; name one with --data-dir or AFTERCLICK_DATA_DIR`);
  const claim = await claimFolder(dataDir);
  try {
    await unlockFolder(dataDir, config);
    return await work({ config, dataDir, shards: found.shards, log: createLog({ level: 'warn' }) });
  } finally {
    claim.release();
  }
}
