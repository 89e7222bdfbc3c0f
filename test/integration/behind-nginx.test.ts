import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  type BuiltGateway,
  freePort,
  startGateway,
  temporaryFolder,
} from '../support/gateway/built-gateway.js';
import { section, textOf } from '../support/markdown.js';

const SOCKETS_MAX = 2;

let gateway: BuiltGateway;
let nginx: ChildProcess;
/** Without a scheme. */
let address: string;

beforeAll(async () => {
  gateway = await startGateway({
    env: {
      AFTERCLICK_SOCKETS_PER_ADDRESS_MAX: String(SOCKETS_MAX),
      AFTERCLICK_SHARDS: '1',
      AFTERCLICK_DRAIN_GRACE_MS: '0',
    },
  });
  address = `127.0.0.1:${await freePort()}`;
  nginx = startNginx(address, new URL(gateway.url).host);
  await Promise.race([vi.waitFor(answersThroughNginx, { timeout: 30_000, interval: 200 }), missing(nginx)]);
});

afterAll(async () => {
  nginx.kill('SIGKILL');
  await gateway.stop();
});

/** The nginx of the manual, on loopback, before a gateway. */
function startNginx(listen: string, upstream: string): ChildProcess {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'temp'));
  const [, block] = /```nginx\n([\s\S]*?)```/.exec(textOf('docs/OPERATIONS.md')) ?? ['', ''];
  const server = block.replace('listen 80;', `listen ${listen};`).replace('127.0.0.1:8080', upstream);
  expect(server).toContain(`listen ${listen};`);
  const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/temp/${kind};`,
  );
  const head = `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr; events {}`;
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, `${head}\nhttp {\naccess_log off; ${temps.join(' ')}\n${server}\n}\n`);
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin`;
  const child = spawn('nginx', ['-p', folder, '-c', file], {
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // Looked at by `missing`.
  child.on('error', () => undefined);
  return child;
}

async function answersThroughNginx(): Promise<void> {
  expect((await fetch(`http://${address}/healthz`)).status).toBe(200);
}

/** Rejects when there is no nginx. */
async function missing(child: ChildProcess): Promise<never> {
  const [cause] = (await once(child, 'error').catch((error: unknown) => [error])) as unknown[];
  throw new Error('nginx is missing: apt-get install nginx-light, as .ci/run does', { cause });
}

/** The lines of JSON in the first block of a section of README.md that says hello. */
function pastedLines(): readonly string[] {
  const text = section(textOf('README.md'), '## Talk to it over a WebSocket');
  const [, block] = /```json\n(\{"t":"hello"[\s\S]*?)```/.exec(text) ?? ['', ''];
  return block.trim().split('\n');
}

/** A socket through nginx, from an address of its own: what it was answered, or open. */
function socketFrom(localAddress: string, forwarded?: string): Promise<string> {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  const socket = new WebSocket(`ws://${address}/v1/ws`, { localAddress, headers });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.on('error', ({ message }) => resolve(message));
  });
}

test("the README's session runs, pasted at once, through nginx", async () => {
  const socket = new WebSocket(`ws://${address}/v1/ws`);
  onTestFinished(() => socket.terminate());
  const answers: { t: string; code?: string; cause?: number }[] = [];
  socket.on('message', (bytes: Buffer) => answers.push(JSON.parse(bytes.toString()) as { t: string }));
  await once(socket, 'open');
  for (const line of pastedLines()) socket.send(line);
  const kinds = (): string[] => [...new Set(answers.map(({ t, code }) => code ?? t))].toSorted();
  await expect.poll(kinds, { timeout: 20_000 }).toEqual(['ack', 'recs', 'result', 'seq_gap', 'welcome']);
  await expect.poll(() => answers.findLast(({ t }) => t === 'recs')?.cause).toBe(1);
});

test('calls and items pass through nginx, and its connection is kept', async () => {
  const body = '{"id":"behind-1","title":"Behind a proxy"}';
  const put = await fetch(`http://${address}/v1/items`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(await put.json()).toMatchObject({ created: 1 });
  const large = `"${'x'.repeat(100)}"\n`.repeat(40_000);
  const removed = await fetch(`http://${address}/v1/items`, {
    method: 'DELETE',
    headers: { 'content-type': 'application/x-ndjson' },
    body: `${large}"behind-1"\n`,
  });
  expect(await removed.json()).toMatchObject({ removed: 1, unknown: 40_000 });
});

test('shoppers behind nginx are counted by their own addresses, whatever they say of them', async () => {
  const first = [await socketFrom('127.0.0.2'), await socketFrom('127.0.0.2')];
  expect(first).toEqual(['open', 'open']);
  expect(await socketFrom('127.0.0.2')).toContain('503');
  expect(await socketFrom('127.0.0.2', '9.9.9.9')).toContain('503');
  expect(await socketFrom('127.0.0.3', '127.0.0.2')).toBe('open');
});
