import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Inspected } from './inspect-store.js';

const CHILD = fileURLToPath(new URL('./inspection-child.js', import.meta.url));
/** What the child may say: some hundred bytes a store. */
const OUTPUT_BYTES = 1024 * 1024;

/** Code of a start-up error: the stores were not looked at. */
export const NOT_CHECKED = 'store_not_checked';

/** Ends that come from outside: the store that was being read may be sound. */
const KILLED: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGXCPU', 'SIGXFSZ']);

/**
 * Looks at stores in a process of its own; one that ends that process is reported as one that cannot be read, and the rest is
 * looked at. When the process was killed from outside, or could not start, that is what is said of the store it was at, and of
 * those after it nothing.
 */
export async function inspectStores(folders: readonly string[], isWhole: boolean): Promise<Inspected[]> {
  const found: Inspected[] = [];
  while (found.length < folders.length) {
    const { lines, end } = await run(isWhole, folders.slice(found.length));
    for (const line of lines) if ('mark' in line) found.push(line);
    if (end === undefined || found.length === folders.length) break;
    const folder = folders[found.length];
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

interface Run {
  readonly lines: readonly (Inspected | { readonly opening: string })[];
  /** How it ended, unless in order. */
  readonly end: string | undefined;
}

function run(isWhole: boolean, folders: readonly string[]): Promise<Run> {
  const args = [CHILD, isWhole ? 'whole' : 'short', ...folders];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: OUTPUT_BYTES }, (error, stdout) => {
      const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
      const end = error === null ? undefined : (error.signal ?? `exit code ${error.code}`);
      resolve({ lines: lines.map((line) => JSON.parse(line) as Run['lines'][number]), end });
    });
  });
}
