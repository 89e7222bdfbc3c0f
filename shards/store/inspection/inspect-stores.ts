import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { storeBytes } from '../snapshot/store-files.js';
import type { Inspected } from './inspect-store.js';

const CHILD = fileURLToPath(new URL('./inspection-child.js', import.meta.url));
/** What the child may say: some hundred bytes a store. */
const OUTPUT_BYTES = 1024 * 1024;

/** Time for any look, and bytes that are read in a ms at least. */
const DEADLINE_MS = 60_000;
const BYTES_PER_MS = 10_000;
/** How a look ended that took too long. */
const TOO_LATE = 'too late';

/** Code of a start-up error: the stores were not looked at. */
export const NOT_CHECKED = 'store_not_checked';

/** Ends that come from outside: the store that was being read may be sound. */
const KILLED: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGXCPU', 'SIGXFSZ']);

/**
 * Looks at stores in a process of its own; one that ends that process is reported as one that cannot be read, and the rest is
 * looked at. When the process was killed from outside, or could not start, that is what is said of the store it was at, and of
 * those after it nothing. So it is when it did not end in time, because it was stopped or the disk hangs.
 */
export async function inspectStores(
  folders: readonly string[],
  isWhole: boolean,
  deadlineMs = deadlineOf(folders),
): Promise<Inspected[]> {
  const found: Inspected[] = [];
  while (found.length < folders.length) {
    const { lines, end } = await run(isWhole, folders.slice(found.length), deadlineMs);
    for (const line of lines) if ('mark' in line) found.push(line);
    if (end === undefined || found.length === folders.length) break;
    const folder = folders[found.length];
    if (end === TOO_LATE) {
      found.push(notInTime(folder, deadlineMs));
      break;
    }
    const isDamage = lines.length > 0 && !KILLED.has(end);
    found.push(isDamage ? endedBy(folder, end) : notLookedAt(folder, end));
    if (!isDamage) break;
  }
  return found;
}

function endedBy(folder: string, end: string): Inspected {
  return { folder, mark: 0, problem: `reading it ended the process that read it (${end})` };
}

function notLookedAt(folder: string, end: string): Inspected {
  const problem =
    `The store in ${folder} could not be looked at: the process that does it was ended from outside (${end}). Nothing says that ` +
    'it is damaged. Start again; after SIGKILL look at dmesg: without enough memory the system ends processes.';
  return { folder, mark: 0, problem, refusal: NOT_CHECKED };
}

function notInTime(folder: string, deadlineMs: number): Inspected {
  const problem =
    `The store in ${folder} could not be looked at within ${Math.round(deadlineMs / 1_000)} s: the process that does it was ` +
    'stopped, or the disk does not answer. Nothing says that it is damaged. Look at dmesg and at the disk, and start again.';
  return { folder, mark: 0, problem, refusal: NOT_CHECKED };
}

/** How long a look may take: what a disk takes that reads 10 MB a second, and some to begin with. */
function deadlineOf(folders: readonly string[]): number {
  const bytes = folders.reduce((sum, folder) => sum + storeBytes(folder), 0);
  return DEADLINE_MS + bytes / BYTES_PER_MS;
}

interface Run {
  readonly lines: readonly (Inspected | { readonly opening: string })[];
  /** How it ended, unless in order. */
  readonly end: string | undefined;
}

function run(isWhole: boolean, folders: readonly string[], timeout: number): Promise<Run> {
  const args = [CHILD, isWhole ? 'whole' : 'short', ...folders];
  return new Promise((resolve) => {
    let isLate = false;
    const child = execFile(process.execPath, args, { maxBuffer: OUTPUT_BYTES }, (error, stdout) => {
      clearTimeout(timer);
      const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
      const end =
        error === null ? undefined : isLate ? TOO_LATE : (error.signal ?? `exit code ${error.code}`);
      resolve({ lines: lines.map((line) => JSON.parse(line) as Run['lines'][number]), end });
    });
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL'); // one that is stopped too
      // A process that waits for a disk that hangs does not end: its pipes are let go without it.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, timeout);
  });
}
