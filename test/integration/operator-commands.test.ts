import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { auditFileName, auditFolder, readAuditFiles } from '../../gateway/audit/audit-files.js';
import { builtFile } from '../support/built.js';
import {
  freePort,
  startGateway,
  temporaryFolder,
  type BuiltGateway,
} from '../support/gateway/built-gateway.js';
import { OpensslCertificates } from '../support/gateway/openssl-certificates.js';

const certificates = new OpensslCertificates();
const dataDir = join(temporaryFolder(), 'data');
let gateway: BuiltGateway;
let operatorUrl: string;

beforeAll(async () => {
  certificates.authority('ca');
  certificates.signed('server', 'ca', 'serverAuth');
  certificates.signed('ops', 'ca', 'clientAuth');
  const port = await freePort();
  operatorUrl = `https://127.0.0.1:${port}`;
  gateway = await startGateway({
    env: {
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_SHARDS: '1',
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_TLS_CERT: certificates.at('server.pem'),
      AFTERCLICK_TLS_KEY: certificates.at('server.key'),
      AFTERCLICK_OPERATOR_PORT: `${port}`,
      AFTERCLICK_OPERATOR_CA: certificates.at('ca.pem'),
    },
  });
  return async () => gateway.kill();
}, 60_000);

interface Run {
  readonly code: number;
  readonly stderr: string;
}

function run(command: string, ...args: string[]): Promise<Run> {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificates.at('ca.pem') };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [builtFile(`loadtest/${command}.js`), '--url', gateway.url, ...args],
      { env },
      (error, _stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stderr }),
    );
  });
}

const withDoor = (): string[] => [
  '--operator-url',
  operatorUrl,
  '--ca',
  certificates.at('ca.pem'),
  '--cert',
  certificates.at('ops.pem'),
  '--key',
  certificates.at('ops.key'),
];

/** Items and clicks in a folder. */
function shop(): readonly string[] {
  const folder = temporaryFolder();
  const [items, events] = [join(folder, 'items.csv'), join(folder, 'events.csv')];
  const ids = Array.from({ length: 40 }, (_, i) => `mug-${i}`);
  writeFileSync(items, ['item_id,title', ...ids.map((id) => `${id},Mug`)].join('\n'));
  const clicks = ids.map((id, i) => `s${i % 4},${1_700_000_000_000 + i * 1_000},${id},view_item`);
  writeFileSync(events, ['session,timestamp,item,event_type', ...clicks].join('\n'));
  return ['--items', items, '--events', events];
}

test('replay and loadtest ask the port of operators for what is told there alone', async () => {
  const json = join(temporaryFolder(), 'run.json');
  const result = () => (JSON.parse(readFileSync(json, 'utf8')) as { result: Record<string, unknown> }).result;
  expect(await run('replay', ...shop(), '--json', json)).toMatchObject({ code: 0 });
  expect(result().gatewayBytes).toBeNull();
  expect(await run('replay', ...shop(), '--json', json, ...withDoor())).toMatchObject({ code: 0 });
  expect(result().gatewayBytes).toBeGreaterThan(1e6);
  const load = ['--rate', '20', '--connections', '5', '--seconds', '2', '--warmup', '0', '--json', json];
  expect(await run('load', ...load)).toMatchObject({ stderr: '' });
  expect(result().memory).toMatchObject({ afterBytes: null });
  expect(await run('load', ...load, ...withDoor())).toMatchObject({ stderr: '' });
  expect(result().memory).toMatchObject({ afterBytes: expect.any(Number) as unknown });
}, 120_000);

test.each([
  [() => ['--operator-url', operatorUrl], 'name it with --cert, and its key with --key'],
  [() => ['--cert', 'a.pem'], '--cert, --key and --ca are for --operator-url'],
  [() => [...withDoor(), '--cert', '/gone.pem'], '--cert: there is no file /gone.pem'],
  [() => [...withDoor(), '--key', certificates.at('server.key')], /nobody answers operators|cannot be used/],
  [
    () => [...withDoor(), '--operator-url', 'https://127.0.0.1:1'],
    'nobody answers operators at https://127.0.0.1:1',
  ],
  [() => [...withDoor(), '--operator-url', 'http://127.0.0.1:1'], 'write it as https://'],
])('flags that do not do are told of before anything is offered', async (flags, says) => {
  const { code, stderr } = await run('load', '--seconds', '1', ...flags());
  expect([code, stderr]).toEqual([2, expect.stringMatching(says)]);
  expect(stderr.trim()).not.toContain('\n');
});

test('the audit names the certificate of who did something there', async () => {
  const shown = {
    cert: readFileSync(certificates.at('ops.pem')),
    key: readFileSync(certificates.at('ops.key')),
  };
  const options = {
    ...shown,
    method: 'POST',
    agent: false,
    ca: readFileSync(certificates.at('ca.pem')),
    headers: { 'content-type': 'application/json' },
  };
  const status = await new Promise((resolve, reject) => {
    request(new URL('/v1/snapshots', operatorUrl), options, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    })
      .on('error', reject)
      .end();
  });
  expect(status).toBe(201);
  const folder = auditFolder(dataDir);
  expect(readAuditFiles(folder).problem).toBeUndefined();
  const lines = readFileSync(join(folder, auditFileName(1)), 'utf8')
    .trim()
    .split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    who: { certificate: 'ops' },
    what: 'POST /v1/snapshots',
    result: 201,
  });
});
