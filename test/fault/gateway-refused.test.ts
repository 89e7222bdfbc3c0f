import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { builtFile } from '../support/built.js';
import { temporaryFolder } from '../support/gateway/built-gateway.js';

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>;
}

/** The built gateway behind a shell, whose script ends with `exec "$@"`. */
function start(dataDir: string, script = 'exec "$@"', env: Readonly<Record<string, string>> = {}): Started {
  const command = ['-c', script, 'sh', process.execPath, builtFile('gateway/main.js')];
  const child = spawn('bash', command, {
    env: {
      ...process.env,
      AFTERCLICK_BUILT: undefined,
      AFTERCLICK_PORT: '0',
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_SHARDS: '1',
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_ITEMS_MAX: '4096',
      AFTERCLICK_DRAIN_GRACE_MS: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, ended: once(child, 'exit') as Started['ended'] };
}

async function readyUrl({ child, ended }: Started): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! }))
    if (line.includes('"ready"')) return (JSON.parse(line) as { url: string }).url;
  throw new Error(`the gateway ended with ${(await ended).join()}`);
}

async function call(
  url: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; code?: string; detail?: string }> {
  const post = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const reply = await fetch(url + path, body === undefined ? {} : post);
  return { ...((await reply.json()) as object), status: reply.status };
}

const click = { user: 'ann', id: 'e1', e: 'search', query: 'red lamp' };

test('a data folder that is renamed is noticed: nothing is acknowledged, readyz says why; put back, all goes on', async () => {
  const dataDir = join(temporaryFolder(), 'data');
  const started = start(dataDir);
  const stderr = text(started.child.stderr!);
  const url = await readyUrl(started);
  expect((await call(url, '/v1/events', click)).status).toBe(200);
  renameSync(dataDir, `${dataDir}-away`);
  await expect
    .poll(() => call(url, '/readyz'), { timeout: 2_000 })
    .toMatchObject({
      status: 503,
      code: 'disk_failing',
      detail: expect.stringMatching(/data\.mdb was moved or deleted while .*back as it was/),
    });
  expect(await call(url, '/v1/events', { ...click, id: 'e2' })).toMatchObject({
    status: 503,
    code: 'disk_failing',
  });
  expect(await call(url, '/v1/snapshots', {})).toMatchObject({ status: 503, code: 'disk_failing' });
  renameSync(`${dataDir}-away`, dataDir);
  await expect.poll(async () => (await call(url, '/readyz')).status, { timeout: 10_000 }).toBe(200);
  expect((await call(url, '/v1/events', { ...click, id: 'e2' })).status).toBe(200);
  for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGTERM'] as const) started.child.kill(signal);
  expect(await started.ended).toEqual([0, null]);
  const log = await stderr;
  expect(log).toContain('was moved or deleted');
  expect(log).not.toContain('Debugger');
}, 60_000);

test('a log without room ends nothing, and no snapshot is refused for it', async () => {
  const started = start(join(temporaryFolder(), 'data'), 'exec "$@" 2>/dev/full');
  const url = await readyUrl(started);
  expect((await call(url, '/v1/snapshots', {})).status).toBe(201);
  started.child.kill('SIGTERM');
  expect(await started.ended).toEqual([0, null]);
}, 60_000);

test('what the process is kept from is named for what it is, and no store is called damaged for it', async () => {
  const dataDir = join(temporaryFolder(), 'data');
  const refusals: readonly [script: string, text: RegExp][] = [
    ['ulimit -n 100; exec "$@"', /process_limited.*100 files open.*ulimit -n/s],
    ['ulimit -v 16777216; exec "$@"', /process_limited.*16 GiB of address space.*ulimit -v/s],
  ];
  for (const [script, expected] of refusals) {
    const { child, ended } = start(dataDir, script);
    const stderr = text(child.stderr!);
    expect(await ended, script).toEqual([2, null]);
    expect(await stderr).toMatch(expected);
  }
  expect(existsSync(dataDir)).toBe(false);
}, 60_000);

test('a catalogue with a damaged page is named at the first start; without it, its indices stay taken', async () => {
  const dataDir = join(temporaryFolder(), 'data');
  const first = start(dataDir);
  const url = await readyUrl(first);
  const put = await fetch(`${url}/v1/items`, {
    method: 'PUT',
    headers: { 'content-type': 'application/x-ndjson' },
    body: Array.from({ length: 200 }, (_, i) => JSON.stringify({ id: `i${i}`, title: `lamp ${i}` })).join(
      '\n',
    ),
  });
  expect(put.status).toBe(200);
  first.child.kill('SIGTERM');
  expect(await first.ended).toEqual([0, null]);

  const file = join(dataDir, 'catalogue', 'data.mdb');
  const bytes = readFileSync(file);
  // Every leaf says that it is another kind of page.
  for (let at = 8_192; at < bytes.length; at += 4_096) if (bytes[at + 18] === 2) bytes[at + 18] = 1;
  writeFileSync(file, bytes);
  const damaged = start(dataDir);
  const stderr = text(damaged.child.stderr!);
  expect(await damaged.ended).toEqual([2, null]);
  expect(await stderr).toMatch(/store_unreadable.*catalogue is damaged: page \d+ of data\.mdb is damaged/s);
  expect(await stderr).toMatch(/all items are to be put again.*snapshots.*catalogue copied to its place/s);

  rmSync(join(dataDir, 'catalogue'), { recursive: true });
  const again = start(dataDir, undefined, { AFTERCLICK_ACCEPT_STORE_LOSS: 'yes' });
  const againUrl = await readyUrl(again);
  expect(await call(againUrl, '/v1/items')).toMatchObject({ total: 0 });
  again.child.kill('SIGTERM');
  expect(await again.ended).toEqual([0, null]);
  expect(JSON.parse(readFileSync(join(dataDir, 'stores.json'), 'utf8'))).toMatchObject({
    stores: { catalogue: 200 },
  });
}, 60_000);
