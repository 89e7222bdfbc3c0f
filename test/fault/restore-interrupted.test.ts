import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { checkDataFolder } from '../../shards/store/data-folder.js';
import { builtFile } from '../support/built.js';
import { startGateway, temporaryFolder as processFolder } from '../support/gateway/built-gateway.js';
import { callJson } from '../support/gateway/http-json.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Views of ann in the snapshot, and in all. */
const [BEFORE, ALL] = [5, 9];
/** Points of a restore, and at which pass it is struck there; what stands there has six names, and what takes its place five or six. */
const STRIKES = [
  ['restore.begun', 1],
  ['restore.aside', 3],
  ['restore.aside', 6],
  ['restore.cleared', 1],
  ['restore.placed', 5],
] as const;

let made: string;
/** The built project with its fault points. */
const armed = builtFile('').replace(/\/$/, '-restore');

beforeAll(async () => {
  const { armFaultPoints } = (await import(
    new URL('../nemesis/armed/arm-fault-points.mjs', import.meta.url).href
  )) as {
    armFaultPoints: (folder: string, root: string, changes: readonly object[]) => Promise<void>;
  };
  cpSync(builtFile(''), armed, { recursive: true });
  await armFaultPoints(armed, ROOT, []);
  made = await makeFolder();
}, 60_000);

afterAll(() => rmSync(armed, { recursive: true, force: true }));

function envOf(dataDir: string): Record<string, string> {
  return {
    AFTERCLICK_DATA_DIR: dataDir,
    AFTERCLICK_SHARDS: '2',
    AFTERCLICK_BUNDLE: 'none',
    AFTERCLICK_ITEMS_MAX: '1000',
    AFTERCLICK_LOG_LEVEL: 'silent',
    AFTERCLICK_SNAPSHOT_AT_END: 'off',
  };
}

/** A data folder with a snapshot, and events after it; its gateway was killed. */
async function makeFolder(): Promise<string> {
  const dataDir = processFolder();
  const gateway = await startGateway({ env: envOf(dataDir) });
  const { url } = gateway;
  const items = Array.from({ length: 20 }, (_, i) => ({ id: `item-${i}`, category: `c${i % 3}` }));
  expect((await callJson(url, 'PUT', '/v1/items', items)).status).toBe(200);
  const view = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const event = { user: 'ann', id: `e-${i}`, e: 'view_item', item: `item-${i}` };
      expect((await callJson(url, 'POST', '/v1/events', event)).status).toBe(200);
    }
  };
  await view(0, BEFORE);
  expect((await callJson(url, 'POST', '/v1/snapshots', {})).status).toBe(201);
  await view(BEFORE, ALL);
  await gateway.kill();
  return dataDir;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly text: string;
}

/** `npm run admin -- …`, which dies at `point` when there is one. */
async function admin(
  dataDir: string,
  argv: readonly string[],
  strike?: readonly [string, number],
): Promise<Ended> {
  const order = join(temporaryFolder(), 'order');
  if (strike !== undefined)
    writeFileSync(order, JSON.stringify({ point: strike[0], pass: strike[1], act: 'kill', afterUs: 0 }));
  const child = spawn(process.execPath, [join(armed, 'gateway', 'admin.js'), ...argv], {
    env: { ...process.env, AFTERCLICK_BUILT: undefined, ...envOf(dataDir), FAULT_ORDER: order },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, text };
}

async function viewsOfAnn(dataDir: string): Promise<number> {
  const { code, text } = await admin(dataDir, ['user', 'show', 'ann']);
  expect(code).toBe(0);
  return (JSON.parse(text) as { journal: { entries: number } }).journal.entries;
}

/** A copy of the folder in which a restore died. */
async function struck(strike: readonly [string, number]): Promise<string> {
  const dataDir = join(temporaryFolder(), 'data');
  cpSync(made, dataDir, { recursive: true });
  const { signal, text } = await admin(dataDir, ['restore', '--without-journal'], strike);
  expect([signal, text]).toEqual(['SIGKILL', '']);
  return dataDir;
}

test('a restore that dies before anything is moved has changed nothing, and can be begun again', async () => {
  const dataDir = await struck(['restore.made', 1]);
  expect(checkDataFolder(dataDir)).toMatchObject({ shards: 2 });
  expect(await viewsOfAnn(dataDir)).toBe(ALL);
  expect(await admin(dataDir, ['verify', '--replay'])).toMatchObject({ code: 0 });
  expect(await admin(dataDir, ['restore', '--without-journal'])).toMatchObject({ code: 0 });
  expect(await viewsOfAnn(dataDir)).toBe(BEFORE);
  expect(existsSync(join(dataDir, '.restored'))).toBe(false);
}, 60_000);

test.each(STRIKES)(
  'a restore that dies at %s, pass %i: no start takes the folder, and the same command ends it',
  async (...strike) => {
    const dataDir = await struck(strike);
    const refused = await startGateway({ env: envOf(dataDir) }).catch((error: Error) => error);
    expect(refused).toBeInstanceOf(Error);
    expect((refused as Error).message).toContain('npm run admin -- restore --data-dir');
    expect(await admin(dataDir, ['restore', '--without-journal'])).toMatchObject({
      code: 0,
      text: expect.stringContaining('that was interrupted is done'),
    });
    expect(existsSync(join(dataDir, '.restored'))).toBe(false);
    expect(await viewsOfAnn(dataDir)).toBe(BEFORE);
    expect(await admin(dataDir, ['verify', '--replay'])).toMatchObject({ code: 0 });
    // What stood there is whole, and a data folder of its own.
    const replaced = join(dataDir, 'replaced');
    const [aside] = readdirSync(replaced);
    expect(await viewsOfAnn(join(replaced, basename(aside)))).toBe(ALL);
    const gateway = await startGateway({ env: envOf(dataDir) });
    onTestFinished(() => gateway.kill());
    expect(await gateway.stop()).toBe(0);
  },
  60_000,
);
