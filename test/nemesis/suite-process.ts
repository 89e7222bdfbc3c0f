import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const SUITE = fileURLToPath(new URL('nemesis.mjs', import.meta.url));
/** Longest that a run of the suite may take in a test. */
export const WAIT_MS = 280_000;

/** Runs the suite on the build of this test run. */
export async function runSuite(...flags: string[]): Promise<{ code: number; last: string; all: string }> {
  const suite = spawn(process.execPath, [SUITE, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number>((resolve) => suite.once('exit', (code) => resolve(code ?? -1)));
  const [out, err] = await Promise.all([text(suite.stdout), text(suite.stderr)]);
  return { code: await ended, last: out.trimEnd().split('\n').at(-1) ?? '', all: `${err}\n${out}` };
}
