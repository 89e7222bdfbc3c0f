import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { faultPoint } from '../../metrics/process/fault-point.js';
import { makeFolderDurably, renameDurably, writeFileDurably } from '../../metrics/process/durable-files.js';
import {
  FORMAT_FILE,
  RESTORED_FOLDER,
  SEEDING_MARKER,
  SWITCH_FILE,
  WARM_MARKER,
} from '../store/data-folder.js';
import { MARKS_FILE } from '../store/store-marks.js';

/** Folder of the data folder for what stood in its place before. */
const REPLACED_FOLDER = 'replaced';

/** How far a switch has come. */
interface Switch {
  /** Where what stood here goes, from the data folder. */
  readonly aside: string;
  /** True when all of that is there. */
  readonly isCleared: boolean;
}

/** Where what is to stand in a data folder is made; nobody takes it for anything until `beginSwitch`. */
export function restoredFolder(dataDir: string): string {
  return join(dataDir, RESTORED_FOLDER);
}

/**
 * Puts what was made in `restoredFolder` in the place of the stores of a data folder; what stood there is moved aside, into the
 * folder that this resolves with, called `name` or nearly so. Snapshots, retired stores and bundles stay. After a
 * crash `endSwitch` goes on; until then no start takes the folder (`checkDataFolder`).
 */
export async function beginSwitch(dataDir: string, name: string): Promise<string> {
  let aside = join(REPLACED_FOLDER, name);
  for (let i = 2; existsSync(join(dataDir, aside)); i++) aside = join(REPLACED_FOLDER, `${name}-${i}`);
  faultPoint('restore.made');
  await writeSwitch(dataDir, { aside, isCleared: false });
  faultPoint('restore.begun');
  return (await endSwitch(dataDir)) ?? join(dataDir, aside);
}

/** Ends a switch that was begun; resolves with where what stood there is now, undefined when there was nothing to end. */
export async function endSwitch(dataDir: string): Promise<string | undefined> {
  const begun = readSwitch(dataDir);
  if (begun === undefined) return undefined;
  const restored = restoredFolder(dataDir);
  const aside = join(dataDir, begun.aside);
  if (!begun.isCleared) {
    await makeFolderDurably(aside);
    for (const name of namesIn(dataDir)) {
      await renameDurably(join(dataDir, name), join(aside, name));
      faultPoint('restore.aside');
    }
    await writeSwitch(dataDir, { ...begun, isCleared: true });
    faultPoint('restore.cleared');
  }
  // What makes a folder a data folder comes last.
  const names = namesIn(restored).sort((a, b) => Number(a === FORMAT_FILE) - Number(b === FORMAT_FILE));
  for (const name of names) {
    await renameDurably(join(restored, name), join(dataDir, name));
    faultPoint('restore.placed');
  }
  await rm(restored, { recursive: true, force: true });
  return aside;
}

function writeSwitch(dataDir: string, state: Switch): Promise<void> {
  return writeFileDurably(join(restoredFolder(dataDir), SWITCH_FILE), `${JSON.stringify(state)}\n`);
}

function readSwitch(dataDir: string): Switch | undefined {
  const path = join(restoredFolder(dataDir), SWITCH_FILE);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Switch) : undefined;
}

const FILES = new Set([FORMAT_FILE, MARKS_FILE, WARM_MARKER, SEEDING_MARKER]);

/** Stores, and what says of them what they are. */
function namesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => FILES.has(name) || /^(catalogue|shard-\d+)$/.test(name));
}
