import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { PROFILE_NAMES } from '../../loadtest/load/load-options.js';
import { builtFile } from '../support/built.js';
import { startGateway, temporaryFolder, type BuiltGateway } from '../support/gateway/built-gateway.js';

let gateway: BuiltGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { AFTERCLICK_BUNDLE: 'none', AFTERCLICK_SHARDS: '1' } });
  const items = Array.from({ length: 500 }, (_, i) => JSON.stringify({ id: `item-${i}` })).join('\n');
  const headers = { 'content-type': 'application/x-ndjson' };
  await fetch(`${gateway.url}/v1/items`, { method: 'PUT', headers, body: items });
  return async () => gateway.kill();
});

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runLoadtest(args: readonly string[], url = gateway.url, env: object = {}): Promise<Run> {
  return new Promise((resolve) => {
    const command = [builtFile('loadtest/load.js'), '--url', url, ...args];
    execFile(process.execPath, command, { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

test.each(PROFILE_NAMES)(
  'profile %s runs against a gateway and writes its page',
  async (profile) => {
    const [json, html] = ['json', 'html'].map((ext) => join(temporaryFolder(), `run.${ext}`));
    const flags = '--rate 20 --connections 5 --seconds 4 --warmup 0.5 --p99-max-ms 60000'.split(' ');
    // A bound that the first rate does not keep: how a ramp climbs is tested by itself.
    const short = profile === 'ramp' ? ['--seconds', '0.5', '--p99-max-ms', '0.01'] : [];
    const run = await runLoadtest(['--profile', profile, ...flags, ...short, '--json', json, '--html', html]);
    // A machine that is busy with other tests may leave the generator late, or the ramp without a rate: it says so.
    expect([0, 1, 3]).toContain(run.code);
    if (run.code === 3) expect(run.stdout).toContain('THE CLIENT WAS THE LIMIT');
    expect(run.stderr).toBe('');
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ config: { profile, connections: 5 } });
    const page = readFileSync(html, 'utf8');
    expect(page).toContain('</html>');
    expect(page).not.toMatch(/NaN|undefined|<script/);
  },
  120_000,
);

test('promises decide the exit code', async () => {
  const flags = '--rate 20 --connections 5 --seconds 1 --warmup 0'.split(' ');
  const kept = await runLoadtest([...flags, '--slo', 'p99<60s,errors=0']);
  expect(kept.stdout).toContain('kept      p99<60s');
  if (!kept.stdout.includes('CLIENT')) expect(kept.code).toBe(0);
  const broken = await runLoadtest([...flags, '--slo', 'p99<0.001ms']);
  expect(broken.stdout).toContain('NOT KEPT  p99<0.001ms: it was');
  expect([1, 3]).toContain(broken.code);
});

test.each([
  [['--slo', 'p99<10'], 'a latency needs a unit'],
  [['--http', '--profile', 'storm'], '--http goes with the profiles'],
  [['--events', 'x', '--sessions', 'long'], 'sessions of their own'],
])('%s are bad arguments', async (flags, says) => {
  expect(await runLoadtest(flags)).toMatchObject({ code: 2, stderr: expect.stringContaining(says) });
});

test('several processes offer one load together, and their figures are one result', async () => {
  const json = join(temporaryFolder(), 'run.json');
  const flags = '--rate 60 --connections 7 --seconds 2 --warmup 0.5 --arrivals constant --processes 3'.split(
    ' ',
  );
  const run = await runLoadtest([...flags, '--json', json]);
  expect(run.stderr).toBe('');
  const { result } = JSON.parse(readFileSync(json, 'utf8'));
  expect(result).toMatchObject({ missingLists: 0, missingAcks: 0, connections: 7, beside: { processes: 3 } });
  // A click every 50 ms from each of the three; the measured time has as many, give or take one of each at its ends.
  expect(Math.abs(result.duePerSec * 2 - 120)).toBeLessThanOrEqual(3);
  expect(result.clickToList.count).toBe(result.duePerSec * 2);
  expect(result.windows).toHaveLength(2);
  expect(result.stages.length).toBeGreaterThan(0);
}, 60_000);

test.each([
  [['--processes', '2', '--profile', 'storm'], '--processes goes with clicks'],
  [['--processes', '2', '--http'], '--processes goes with clicks'],
  [['--processes', '9', '--connections', '8'], 'each needs a connection'],
])('%s are bad arguments for processes', async (flags, says) => {
  expect(await runLoadtest(flags)).toMatchObject({ code: 2, stderr: expect.stringContaining(says) });
});

/** A server that speaks TLS and passes everything on to the gateway, and the file of its certificate. */
async function tlsBefore(port: number): Promise<{ readonly url: string; readonly certificate: string }> {
  const folder = temporaryFolder();
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost';
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', [...request.split(' '), ...names, '-keyout', key, '-out', certificate], {
    stdio: 'pipe',
  });
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (socket) => {
    const behind = connect(port, '127.0.0.1');
    socket.pipe(behind).pipe(socket);
    for (const end of [socket, behind]) end.on('error', () => end.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `wss://127.0.0.1:${(server.address() as AddressInfo).port}`, certificate };
}

test('an address of TLS is spoken to in TLS, sockets and calls', async () => {
  const { url, certificate } = await tlsBefore(Number(new URL(gateway.url).port));
  const flags = '--rate 20 --connections 3 --seconds 1 --warmup 0'.split(' ');
  const strange = await runLoadtest(flags, url);
  expect(strange.code).toBe(1);
  const env = { NODE_EXTRA_CA_CERTS: certificate };
  const run = await runLoadtest(flags, url, env);
  expect(run.stderr).toBe('');
  expect(run.stdout).toMatch(/without a list 0/);
  const calls = await runLoadtest([...flags, '--http'], url.replace('wss', 'https'), env);
  expect(calls.stderr).toBe('');
  expect([0, 3]).toContain(calls.code);
}, 60_000);

test('recorded sessions are played, and events whose item nobody has are left out', async () => {
  const folder = 'model/bundles/demo/source';
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const flags = '--rate 50 --connections 5 --seconds 1 --warmup 0'.split(' ');
  const run = await runLoadtest([...flags, '--events', `${root}${folder}/events.tsv.gz`]);
  expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('names an item of the catalogue') });
  const items = ['--items', `${root}${folder}/items.tsv.gz`];
  const whole = await runLoadtest([...flags, ...items, '--events', `${root}${folder}/events.tsv.gz`]);
  expect(whole.stderr).toBe('');
  expect(whole.stdout).toMatch(/without a list 0/);
}, 120_000);

/** Runs at most; what else the machine does can only make the generator later. */
const TRIES = 5;

/** How late the machine wakes a thread that only sleeps, a thousand times a ms: 99th percentile, ms. */
async function machineLatenessMs(): Promise<number> {
  const sleeper = new Worker(
    `const late = [];
     const cell = new Int32Array(new SharedArrayBuffer(4));
     while (late.length < 1000) {
       const startMs = performance.now();
       Atomics.wait(cell, 0, 0, 1);
       late.push(performance.now() - startMs - 1);
     }
     require('node:worker_threads').parentPort.postMessage(late.sort((a, b) => a - b)[990]);`,
    { eval: true },
  );
  const [late] = (await once(sleeper, 'message')) as [number];
  return late;
}

test('against a server that answers at once, its own overhead is below 0.5 ms at p99, and it says so', async () => {
  const script = fileURLToPath(new URL('../support/gateway/instant-gateway.mjs', import.meta.url));
  const server = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void server.kill());
  const [url] = (await once(server.stdout.setEncoding('utf8'), 'data')) as [string];
  const json = join(temporaryFolder(), 'run.json');
  const flags = '--rate 200 --connections 20 --sessions long --seconds 1 --warmup 0.5 --watch 0'.split(' ');
  // On a machine that is busy a thread that only sleeps is late too; a click is sent after two wakings.
  const excess: number[] = [];
  while (excess.length < TRIES && !(Math.min(...excess) < 0.5)) {
    const machineMs = machineLatenessMs();
    const run = await runLoadtest([...flags, '--json', json], url.trim());
    const { result } = JSON.parse(readFileSync(json, 'utf8'));
    expect(result).toMatchObject({ missingLists: 0, missingAcks: 0 });
    expect(run.stdout).toContain('own overhead of the generator: p99 ');
    excess.push(result.sendLateness.p99 - 2 * (await machineMs));
  }
  expect(Math.min(...excess)).toBeLessThan(0.5);
}, 180_000);
