// A built gateway in a process of its own, with a data folder that goes with it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { startScript } from '../start-script.mjs';

/** Whoever ends this process ends all that it started. */
export const started = [];
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));

/** The first line of a child's output of which `of` makes something. */
export const firstLine = (child, of) =>
  new Promise((done) =>
    createInterface(child.stdout).on('line', (line) => {
      const found = of(line);
      if (found !== undefined) done(found);
    }),
  );

/** Leaves the first core to gateways that are pinned; this process and what it starts from now on have the others. */
export function keepOffTheFirst() {
  const last = cpus().length - 1;
  if (last > 0) spawnSync('taskset', ['-a', '-cp', `1-${last}`, `${process.pid}`]);
}

/** Starts the gateway of a build. `isPinned` keeps it on the first core; `environmentOf` is told its folder. */
export async function startGateway(dist, { isPinned = false, environmentOf = () => ({}) } = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'afterclick-fairness-'));
  // As `npm start` and the image do (docs/OPERATIONS.md).
  const script = startScript(resolve(dist));
  const command = [process.execPath, ...script.flags, join(resolve(dist), 'gateway/main.js')];
  const [program, ...args] = isPinned ? ['taskset', '-c', '0', ...command] : command;
  const environment = environmentOf(dataDir);
  const child = spawn(program, args, {
    env: {
      ...process.env,
      ...script.env,
      ...environment,
      AFTERCLICK_PORT: '0',
      AFTERCLICK_DATA_DIR: join(dataDir, 'data'),
      AFTERCLICK_LOG_LEVEL: 'error',
      // Reading the demo's titles at a start would be in every figure.
      AFTERCLICK_ENCODER: 'none',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  const url = await firstLine(child, (line) =>
    line.includes('"event":"ready"') ? JSON.parse(line).url : undefined,
  );
  return {
    dist,
    url,
    pid: child.pid,
    environment,
    items: await someItems(url),
    end: () => ended(child, dataDir),
  };
}

/** Ids of a hundred items. */
async function someItems(url) {
  const answer = await fetch(`${url}/v1/recommend`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'sample', slot: 'home', k: 100 }),
  });
  return (await answer.json()).ids;
}

async function ended(child, dataDir) {
  child.kill('SIGTERM');
  if (child.exitCode === null) await new Promise((done) => child.once('exit', done));
  rmSync(dataDir, { recursive: true, force: true });
}
