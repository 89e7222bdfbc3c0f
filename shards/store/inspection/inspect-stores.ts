import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Inspected } from './inspect-store.js';

const CHILD = fileURLToPath(new URL('./inspection-child.js', import.meta.url));
/** What the child may say: some hundred bytes a store. */
const OUTPUT_BYTES = 1024 * 1024;

/** Looks at stores in a process of its own; one that ends that process is reported as one that cannot be read, and the rest is looked at. */
export async function inspectStores(folders: readonly string[], isWhole: boolean): Promise<Inspected[]> {
  const found: Inspected[] = [];
  while (found.length < folders.length) {
    const { lines, end } = await run(isWhole, folders.slice(found.length));
    for (const line of lines) if ('mark' in line) found.push(line);
    if (end === undefined) break;
    const folder = folders[found.length];
    found.push({ folder, mark: 0, problem: `reading it ended the process that read it (${end})` });
  }
  return found;
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
