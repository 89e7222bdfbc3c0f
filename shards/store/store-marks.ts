import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileDurably } from '../../metrics/process/durable-files.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { systemProblem } from '../../metrics/process/system-problem.js';
import { checked, withCheck } from './checked-json.js';
import { folderRefused } from './data-folder.js';

/** File of the data folder with its marks. */
export const MARKS_FILE = 'stores.json';

const marksSchema = z.object({
  /** Id of the data folder, which each of its stores says as well. */
  folder: z.string().min(1),
  /** `starting`: a start has opened the stores and has not come to its end; `running`: it takes connections; `ended`: in order. */
  phase: z.enum(['starting', 'running', 'ended']),
  /** Ends in a row that were not in order. */
  uncleanEnds: z.number().int().min(0),
  /** ISO 8601 time. */
  at: z.string(),
  /** By name (`catalogue`, `shard-0`): what each store held at least at that time. Events of its journal, or items ever. */
  stores: z.record(z.string(), z.number().int().min(0)),
});

/**
 * What a data folder knows of its stores from outside of them, so that one that is missing, emptied, another folder's or older
 * than it was is noticed at the next start.
 */
export type StoreMarks = z.infer<typeof marksSchema>;

/** Which store of which data folder a store is; it says so itself. */
export interface StoreIdentity {
  readonly folder: string;
  readonly store: string;
}

/** Undefined for a data folder that has none yet. Throws `StartupError` `data_format_unreadable`, `data_folder_unreadable`. */
export function readMarks(dataDir: string): StoreMarks | undefined {
  const path = join(dataDir, MARKS_FILE);
  if (!existsSync(path)) return undefined;
  try {
    return marksSchema.parse(checked(JSON.parse(readFileSync(path, 'utf8'))));
  } catch (cause) {
    if (systemProblem(cause) !== undefined) throw folderRefused(dataDir, cause);
    throw new StartupError(
      'data_format_unreadable',
      `${path} cannot be read. It says what the stores beside it held. If all of them are there, delete it: it is made anew.`,
      { cause },
    );
  }
}

/** Resolves when they are on the disk. */
export function writeMarks(dataDir: string, marks: StoreMarks): Promise<void> {
  return writeFileDurably(join(dataDir, MARKS_FILE), `${JSON.stringify(withCheck(marks), null, 2)}\n`);
}
