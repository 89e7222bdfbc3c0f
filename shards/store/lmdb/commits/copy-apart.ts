import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../snapshot/copy-process.js', import.meta.url));
/** Exit code of the program when the disk was full. */
export const EXIT_DISK_FULL = 3;
/** Characters of what it says that are kept. */
const WORDS_MAX = 1_000;

/**
 * Copies a store in a process of its own, as `LmdbEnvironment.copyTo` does, while this one goes on with it. A copy within this process
 * cannot be ended, and the process could not end before it; `signal` ends this one at once. Resolves with false when the disk is full.
 * Rejects when the copy was ended, or failed; what it left in `to` is the caller's to remove.
 */
export async function copyApart(from: string, to: string, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [PROGRAM, from, to], { stdio: ['pipe', 'ignore', 'pipe'] });
  const end = () => child.kill('SIGKILL');
  signal.addEventListener('abort', end);
  let words = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (words += text.slice(0, WORDS_MAX - words.length)));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    signal.throwIfAborted();
    if (code === 0 || code === EXIT_DISK_FULL) return code === 0;
    throw new Error(
      `${from} could not be copied: ${words.trim() || `the copying process ended with ${code}`}`,
    );
  } finally {
    signal.removeEventListener('abort', end);
  }
}
