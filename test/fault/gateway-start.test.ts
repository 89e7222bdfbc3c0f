import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { builtFile } from '../support/built.js';
import { startGateway, temporaryFolder } from '../support/gateway/built-gateway.js';

function start(
  dataDir: string,
  env: NodeJS.ProcessEnv,
  as: { readonly uid?: number; readonly gid?: number } = {},
  flags: readonly string[] = [],
) {
  const child = spawn(process.execPath, [...flags, builtFile('gateway/main.js')], {
    ...as,
    env: {
      ...process.env,
      AFTERCLICK_BUILT: undefined,
      AFTERCLICK_PORT: '0',
      AFTERCLICK_DATA_DIR: dataDir,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, ended: once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]> };
}

test('a port that is taken is found before anything is opened or made', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const dataDir = join(temporaryFolder(), 'data');
  const { child, ended } = start(dataDir, { AFTERCLICK_PORT: `${port}` });
  const stderr = text(child.stderr);
  expect(await ended).toEqual([2, null]);
  expect(await stderr).toMatch(
    new RegExp(`cannot start \\(port_in_use\\):\n- cannot listen on 127.0.0.1:${port}: .*AFTERCLICK_PORT`),
  );
  expect(existsSync(dataDir)).toBe(false);
});

test('SIGTERM while the gateway starts ends it in order, and the next start finds nothing amiss', async () => {
  const dataDir = join(temporaryFolder(), 'data');
  // At each stage of a start there is a moment that is hit: the signal comes with one of the first lines of the log.
  for (const lines of [1, 2, 3]) {
    const { child, ended } = start(dataDir, { AFTERCLICK_SHARDS: '2' });
    let left = lines;
    createInterface({ input: child.stderr }).on('line', () => {
      if (--left === 0) child.kill('SIGTERM');
    });
    expect(await ended).toEqual([0, null]);
  }
  const gateway = await startGateway({ env: { AFTERCLICK_DATA_DIR: dataDir, AFTERCLICK_SHARDS: '2' } });
  expect(JSON.parse(readFileSync(join(dataDir, 'stores.json'), 'utf8'))).toMatchObject({
    phase: 'running',
    uncleanEnds: 0,
  });
  expect(await gateway.stop()).toBe(0);
}, 120_000);

test('a gateway whose store was deleted does not start, names it and a snapshot, and starts when told to go on without it', async () => {
  const dataDir = join(temporaryFolder(), 'data');
  const env = { AFTERCLICK_DATA_DIR: dataDir, AFTERCLICK_SHARDS: '2', AFTERCLICK_BUNDLE: 'none' };
  const first = await startGateway({ env });
  const click = { user: 'ann', id: 'e1', e: 'search', query: 'red lamp' };
  const json = { 'content-type': 'application/json' };
  const taken = await fetch(`${first.url}/v1/events`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify(click),
  });
  expect(taken.status).toBe(200);
  expect(await first.stop()).toBe(0);
  rmSync(join(dataDir, 'shard-1'), { recursive: true });
  const { child, ended } = start(dataDir, env);
  const stderr = await text(child.stderr);
  expect(await ended).toEqual([2, null]);
  expect(stderr).toMatch(
    /cannot start \(store_lost\):\n- The store in .*shard-1 is missing; it held \d events at/,
  );
  expect(stderr).toMatch(/Restore a snapshot \(the newest is .*snapshots/);
  expect(existsSync(join(dataDir, 'shard-1'))).toBe(false);
  const again = await startGateway({ env: { ...env, AFTERCLICK_ACCEPT_STORE_LOSS: 'yes' } });
  expect(await again.stop()).toBe(0);
  const last = await startGateway({ env });
  expect(await last.stop()).toBe(0);
}, 120_000);

/** Starts the gateway as a user who owns nothing; where the tests do not run as root, `withdraw` takes their own permission. */
function startAsStranger(dataDir: string, withdraw: () => void) {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) withdraw();
  else for (const folder of [dataDir, dirname(dataDir), tmpdir()]) chmodSync(folder, 0o755);
  return start(dataDir, { AFTERCLICK_BUNDLE: 'none' }, isRoot ? { uid: 65534, gid: 65534 } : {});
}

test.each([
  ['all of it', (dataDir: string) => chmodSync(join(dataDir, 'shard-0'), 0o555)],
  ['its format.json', (dataDir: string) => chmodSync(join(dataDir, 'format.json'), 0)],
  ['its stores.json', (dataDir: string) => chmodSync(join(dataDir, 'stores.json'), 0)],
  ['a store', (dataDir: string) => chmodSync(join(dataDir, 'catalogue'), 0)],
])('a data folder of another user is not damaged: %s', async (_what, withdraw) => {
  const dataDir = join(temporaryFolder(), 'data');
  const env = { AFTERCLICK_DATA_DIR: dataDir, AFTERCLICK_SHARDS: '1', AFTERCLICK_BUNDLE: 'none' };
  expect(await (await startGateway({ env })).stop()).toBe(0);
  withdraw(dataDir);
  const { child, ended } = startAsStranger(dataDir, () => chmodSync(dataDir, 0o555));
  const stderr = await text(child.stderr);
  expect(await ended).toEqual([2, null]);
  expect(stderr).toContain('cannot start (data_folder_unreadable)');
  expect(stderr).toMatch(/EACCES.*: this user may not use it: correct its owner and permissions/);
  expect(stderr).not.toMatch(/damaged:|accept-store-loss|write it anew|delete it/);
});

test.each([
  ['models/served.json', 'models/served.json'],
  ['stores.json', 'stores.json'],
  ['format.json', 'format.json'],
  // Behind the name of its store.
  ['shard-0/data.mdb', 'data.mdb'],
])('a folder in the place of %s is named, and not taken for damage', async (file, named) => {
  const dataDir = join(temporaryFolder(), 'data');
  const env = { AFTERCLICK_DATA_DIR: dataDir, AFTERCLICK_SHARDS: '1', AFTERCLICK_BUNDLE: 'none' };
  expect(await (await startGateway({ env })).stop()).toBe(0);
  rmSync(join(dataDir, file), { force: true });
  mkdirSync(join(dataDir, file), { recursive: true });
  const { child, ended } = start(dataDir, { AFTERCLICK_BUNDLE: 'none' });
  const stderr = await text(child.stderr);
  expect(await ended).toEqual([2, null]);
  expect(stderr).toContain('cannot start (data_folder_unreadable)');
  expect(stderr).toContain(`it is a folder and no file: move that folder away (${named})`);
  expect(stderr).not.toMatch(/damaged:|accept-store-loss|write it anew|delete it/);
});

test('Node without WebAssembly is told so, before anything is made', async () => {
  const dataDir = join(temporaryFolder(), 'data');
  const { child, ended } = start(dataDir, {}, {}, ['--jitless']);
  const stderr = await text(child.stderr);
  expect(await ended).toEqual([2, null]);
  expect(stderr).toMatch(/cannot start \(webassembly_missing\):\n- .*--jitless/);
  expect(existsSync(dataDir)).toBe(false);
});
