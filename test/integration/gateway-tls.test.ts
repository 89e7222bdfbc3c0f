import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { TlsFiles } from '../../gateway/access/tls-files.js';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { WsClient } from '../support/gateway/ws-client.js';

const folder = mkdtempSync(join(tmpdir(), 'tls-'));
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
let harness: GatewayHarness;

/** A certificate of its own for 127.0.0.1, in other files that take the places of those before. */
function renew(): void {
  execFileSync(
    'openssl',
    [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost'.split(
        ' ',
      ),
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      `${key}.new`,
      '-out',
      `${cert}.new`,
    ],
    { stdio: 'ignore' },
  );
  renameSync(`${key}.new`, key);
  renameSync(`${cert}.new`, cert);
}

beforeAll(async () => {
  renew();
  harness = await startGatewayHarness({ tlsCert: cert, tlsKey: key });
});
afterAll(() => {
  harness.stop();
  rmSync(folder, { recursive: true });
});

const port = () => Number(new URL(harness.url).port);
const open = () => WsClient.open(harness.url, 'afterclick.v1.msgpack', { ca: readFileSync(cert) });

/** Fingerprint of the certificate that a new connection is shown. */
function shown(options: object = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: port(), rejectUnauthorized: false, ...options }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

function get(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(harness.url + path, { ca: readFileSync(cert), agent: false }, (answer) => {
      answer.resume();
      resolve(answer);
    });
    asked.on('error', reject).end();
  });
}

test('sockets and HTTP go over TLS, and nothing goes in the clear or under an old version', async () => {
  expect(harness.url).toMatch(/^https:/);
  expect((await get('/healthz')).statusCode).toBe(200);
  const { headers } = await get('/v1/items/item-1');
  expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains');
  const client = await open();
  client.send({ t: 'hello', user: 'ada', slots: [{ slot: 'home', k: 5 }] });
  await client.next('recs');
  expect((await client.click(1, 'item-1')).cause).toBe(1);
  client.drop();
  await expect(fetch(harness.url.replace('https', 'http'))).rejects.toThrow();
  await expect(shown({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).rejects.toThrow();
});

test('a renewed certificate is shown to who connects next, and no socket is dropped', async () => {
  const client = await open();
  client.send({ t: 'hello', user: 'ada' });
  await client.next('welcome');
  for (let i = 0; i < 2; i++) {
    const before = await shown();
    renew();
    await vi.waitFor(async () => expect(await shown()).not.toBe(before), 15_000);
    client.send({ t: 'ping', id: i });
    expect((await client.next('pong', ({ id }) => id === i)).id).toBe(i);
  }
  expect((await get('/healthz')).statusCode).toBe(200);
  expect(client.closeCode).toBeUndefined();
  client.drop();
}, 60_000);

test('files that do not fit are refused at a start, and while it serves the ones from before stay', async () => {
  const before = await shown();
  const good = readFileSync(key);
  writeFileSync(key, 'nonsense');
  expect(() => TlsFiles.of({ tlsCert: cert, tlsKey: key })).toThrow(
    /AFTERCLICK_TLS_KEY.*PEM files that belong together/s,
  );
  expect(() => TlsFiles.of({ tlsCert: cert, tlsKey: '' })).toThrow('set both');
  expect(TlsFiles.of({ tlsCert: '', tlsKey: '' })).toBeUndefined();
  expect(await shown()).toBe(before);
  writeFileSync(key, good);
});
