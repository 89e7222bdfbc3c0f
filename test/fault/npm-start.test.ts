import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { builtFile } from '../support/built.js';
import { temporaryFolder } from '../support/gateway/built-gateway.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Started {
  readonly npm: ChildProcess;
  /** Of npm: exit code and signal. */
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>;
  /** Of the gateway. */
  readonly pid: number;
}

/** `npm start` as it is, in a folder in which it finds what was built for the tests, and nothing to build. */
async function npmStart(env: Readonly<Record<string, string>> = {}): Promise<Started> {
  const folder = temporaryFolder();
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const manifest = {
    name: 'started',
    version: '1.0.0',
    type: 'module',
    scripts: { start: scripts['start'] },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  copyFileSync(join(ROOT, 'run.mjs'), join(folder, 'run.mjs'));
  writeFileSync(
    join(folder, 'build.mjs'),
    'export async function buildIfStale() {}\nexport function endWithReason(error) { throw error; }\n',
  );
  symlinkSync(builtFile(''), join(folder, 'dist'));
  // A group of its own, as a terminal gives one to each command.
  const npm = spawn('npm', ['start'], {
    cwd: folder,
    detached: true,
    env: {
      ...process.env,
      AFTERCLICK_BUILT: undefined,
      AFTERCLICK_PORT: '0',
      AFTERCLICK_DATA_DIR: join(folder, 'data'),
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_SHARDS: '1',
      AFTERCLICK_DRAIN_GRACE_MS: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(npm, 'exit') as Started['ended'];
  const pid = await new Promise<number>((resolve, reject) => {
    createInterface(npm.stdout).on('line', (line) => {
      if (line.includes('"event":"ready"')) resolve((JSON.parse(line) as { pid: number }).pid);
    });
    void ended.then((how) => reject(new Error(`npm ended before the gateway was ready: ${how.join(' ')}`)));
  });
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  return { npm, ended, pid };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('SIGTERM to npm start ends the gateway in order, and npm with 0 after it', async () => {
  const { npm, ended, pid } = await npmStart();
  npm.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(isAlive(pid)).toBe(false);
}, 30_000);

test('Ctrl-C, which a terminal tells npm and the gateway, and npm the gateway again, is one wish', async () => {
  const { npm, ended, pid } = await npmStart();
  process.kill(-npm.pid!, 'SIGINT');
  expect(await ended).toEqual([0, null]);
  expect(isAlive(pid)).toBe(false);
}, 30_000);

test('a second SIGTERM to npm start ends both with 130', async () => {
  const { npm, ended, pid } = await npmStart({ AFTERCLICK_DRAIN_GRACE_MS: '60000' });
  npm.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(isAlive(pid)).toBe(true);
  npm.kill('SIGTERM');
  expect(await ended).toEqual([130, null]);
  expect(isAlive(pid)).toBe(false);
}, 30_000);

test('when npm is killed the gateway ends by itself', async () => {
  const { npm, ended, pid } = await npmStart();
  npm.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
}, 30_000);
