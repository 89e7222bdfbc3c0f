import { setTimeout } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BuiltGateway, startGateway } from '../support/gateway/built-gateway.js';
import { callJson } from '../support/gateway/http-json.js';
import { RawSocket, requestText } from '../support/gateway/raw-socket.js';
import { Shopper } from '../support/gateway/shopper.js';

/** Connections that ask nothing: many more than the gateway has files for. */
const STRANGERS = 700;
/** Share of a core that a gateway without files may take while nobody asks for anything, and how long that is looked at. */
const CPU_MAX = 0.2;
const QUIET_MS = 1_500;
/** Of `/proc/PID/stat`. */
const TICKS_PER_SEC = 100;

let gateway: BuiltGateway;
let strangers: Socket[] = [];

beforeEach(async () => {
  gateway = await startGateway({
    shell: 'ulimit -n 512',
    env: { AFTERCLICK_SHARDS: '1', AFTERCLICK_BUNDLE: 'none' },
  });
  const items = Array.from({ length: 50 }, (_, i) => ({ id: `i${i}`, title: `lamp ${i}` }));
  expect((await callJson(gateway.url, 'PUT', '/v1/items', items)).status).toBe(200);
}, 30_000);

afterEach(async () => {
  for (const socket of strangers) socket.destroy();
  await gateway.kill();
}, 30_000);

/** A connection that asks nothing; resolves with what became of it. */
function stranger(): Promise<'connected' | 'refused'> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  strangers.push(socket);
  socket.on('error', () => undefined);
  return new Promise((became) => {
    socket.once('connect', () => became('connected')).once('close', () => became('refused'));
  });
}

/** Asks over a connection that is open already. */
async function asked(kept: RawSocket, line: string): Promise<string> {
  const from = kept.text.length;
  const headers = { Host: 'localhost', 'Content-Type': 'application/json' };
  await kept.write(
    requestText(line, line.startsWith('POST') ? { ...headers, 'Content-Length': '0' } : headers),
  );
  await expect.poll(() => kept.text.slice(from), { timeout: 5_000 }).toMatch(/\r\n\r\n./s);
  return kept.text.slice(from);
}

/** Processor time of the gateway so far. */
function cpuSeconds(): number {
  const fields = readFileSync(`/proc/${gateway.process.pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SEC;
}

test('when strangers take every file, shoppers go on, newcomers are refused at once, and it ends with them', async () => {
  const shopper = new Shopper('ann');
  await shopper.connect(gateway.url);
  const kept = await RawSocket.open(gateway.url);
  expect(await asked(kept, 'GET /readyz')).toContain('HTTP/1.1 200');

  const came = await Promise.all(Array.from({ length: STRANGERS }, () => stranger()));
  expect(came).toContain('connected');
  await expect.poll(() => asked(kept, 'GET /readyz'), { timeout: 5_000 }).toContain('process_limited');
  expect(await asked(kept, 'GET /readyz')).toMatch(/HTTP\/1.1 503.*ulimit -n/s);
  expect(await stranger()).toBe('refused');
  const [beginMs, beginCpu] = [performance.now(), cpuSeconds()];
  await setTimeout(QUIET_MS);
  const cpu = (cpuSeconds() - beginCpu) / ((performance.now() - beginMs) / 1_000);
  expect(cpu).toBeLessThan(CPU_MAX);

  for (let i = 0; i < 10; i++) shopper.click(`i${i}`);
  await shopper.settled();
  expect((await shopper.latestList()).ids.length).toBeGreaterThan(0);
  expect(await asked(kept, 'POST /v1/snapshots')).toContain('HTTP/1.1 201');
  expect(await asked(kept, 'GET /metrics')).toMatch(/afterclick_listening_paused_total\S* 1\n/);

  for (const socket of strangers.splice(0)) socket.destroy();
  await expect.poll(() => asked(kept, 'GET /readyz'), { timeout: 5_000 }).toContain('HTTP/1.1 200');
  const newcomer = new Shopper('ben');
  await newcomer.connect(gateway.url);
  newcomer.click('i1');
  await newcomer.settled();
  expect(await gateway.stop()).toBe(0);
}, 60_000);

test('what strangers leave open ends by itself, and then peers connect again', async () => {
  await Promise.all(Array.from({ length: STRANGERS }, () => stranger()));
  await expect.poll(stranger, { timeout: 5_000 }).toBe('refused');
  // The transport gives a connection 30 s to ask something.
  await expect
    .poll(() => callJson(gateway.url, 'GET', '/readyz').catch(() => ({ status: 0 })), {
      timeout: 50_000,
      interval: 500,
    })
    .toMatchObject({ status: 200 });
}, 90_000);
