import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SUITE = fileURLToPath(new URL('nemesis.mjs', import.meta.url));
const WAIT_MS = 280_000;

/** Runs the suite on the build of this test run. */
async function run(...flags: string[]): Promise<{ code: number; last: string; all: string }> {
  const suite = spawn(process.execPath, [SUITE, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number>((resolve) => suite.once('exit', (code) => resolve(code ?? -1)));
  const [out, err] = await Promise.all([text(suite.stdout), text(suite.stderr)]);
  return { code: await ended, last: out.trimEnd().split('\n').at(-1) ?? '', all: `${err}\n${out}` };
}

test(
  '[D1][D2][D4] 20 rounds of faults lose nothing, double nothing, and leave states that are what the journal makes of them',
  async () => {
    const { code, last, all } = await run('--seed', '1', '--rounds', '20');
    expect(last, all).toMatch(/^20 rounds, \d{3,} acknowledged, 0 lost, 0 double, 0 out of order$/);
    expect(code, all).toBe(0);
  },
  WAIT_MS,
);

test(
  'the suite goes red when an ack comes early, a repeat counts, or a merge forgets a tab or its graph',
  async () => {
    const { code, last, all } = await run('--mutants');
    expect(last, all).toBe('4 of 4 mutants found');
    expect(code, all).toBe(0);
  },
  WAIT_MS,
);
