import { realClock } from '../../metrics/process/clock.js';
import { DiskSpace, isDiskFull } from '../../metrics/process/disk-space.js';
import type { ServiceStack } from '../../metrics/process/service-stack.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { systemProblem } from '../../metrics/process/system-problem.js';
import { openDataFolder } from '../../shards/api.js';
import { claimFolder } from '../start/folder-claim.js';

/** Claims the data folder, and makes it when there is none. Rejects with `StartupError`, or with a full disk's error. */
export async function openData(stack: ServiceStack, dataDir: string, shards: number): Promise<void> {
  try {
    const space = new DiskSpace(dataDir);
    if (!space.hasRoomFor(0)) throw space.fullError();
    const claim = await claimFolder(dataDir);
    stack.push({ stop: () => claim.release() });
    await openDataFolder(dataDir, shards, realClock);
  } catch (cause) {
    if (cause instanceof StartupError || isDiskFull(cause)) throw cause;
    const advice = 'set AFTERCLICK_DATA_DIR to a folder that this user may write to';
    throw new StartupError(
      'data_folder_unusable',
      `cannot make the data folder ${dataDir} (${systemProblem(cause) ?? (cause as Error).message}); ${advice}`,
      { cause },
    );
  }
}
