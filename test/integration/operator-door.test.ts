import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectPlain, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { TlsFiles } from '../../gateway/access/tls-files.js';
import { HANDSHAKES_MAX } from '../../gateway/server/node/handshakes.js';
import { freePort } from '../support/gateway/built-gateway.js';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { OpensslCertificates } from '../support/gateway/openssl-certificates.js';

const certificates = new OpensslCertificates();
const at = (name: string): string => certificates.at(name);

let harness: GatewayHarness;
let operatorPort: number;

beforeAll(async () => {
  for (const name of ['ca', 'other-ca', 'self']) certificates.authority(name);
  certificates.signed('server', 'ca', 'serverAuth');
  certificates.signed('ops', 'ca', 'clientAuth');
  certificates.signed('expired', 'ca', 'clientAuth', -1);
  certificates.signed('stranger', 'other-ca', 'clientAuth');
  operatorPort = await freePort();
  harness = await startGatewayHarness({
    tlsCert: at('server.pem'),
    tlsKey: at('server.key'),
    operatorPort,
    operatorCa: at('ca.pem'),
  });
}, 30_000);
afterAll(() => {
  harness.stop();
  rmSync(certificates.folder, { recursive: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

/** @param name of the certificate that is shown; '' is none. */
function ask(port: number, path: string, name: string, method = 'GET'): Promise<Answer> {
  const shown =
    name === '' ? {} : { cert: readFileSync(at(`${name}.pem`)), key: readFileSync(at(`${name}.key`)) };
  const ca = readFileSync(at('ca.pem'));
  const headers = { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, ca, agent: false, headers, ...shown };
    const asked = request(options, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode, body }), reject);
    });
    asked.on('error', reject).end();
  });
}
const atDoor = (path: string, name = 'ops', method?: string): Promise<Answer> =>
  ask(operatorPort, path, name, method);
const outside = (path: string, method?: string): Promise<Answer> =>
  ask(Number(new URL(harness.url).port), path, '', method);

test('whoever shows a certificate of the authority has all of the contract', async () => {
  for (const path of ['/metrics', '/v1/stats', '/v1/model', '/healthz', '/v1/items/item-1'])
    expect([path, (await atDoor(path)).status]).toEqual([path, 200]);
});

test.each([
  ['none', ''],
  ['one of another authority', 'stranger'],
  ['one that it signed itself', 'self'],
  ['one that has ended', 'expired'],
  ['one for servers', 'server'],
])('a client with %s hears nothing', async (_what, name) => {
  await expect(atDoor('/healthz', name)).rejects.toThrow();
});

test('an old version of TLS is refused', async () => {
  const client = { cert: readFileSync(at('ops.pem')), key: readFileSync(at('ops.key')) };
  const versions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const;
  const options = { host: '127.0.0.1', port: operatorPort, rejectUnauthorized: false };
  const socket = connect({ ...options, ...client, ...versions });
  await expect(
    new Promise((resolve, reject) => socket.on('secureConnect', resolve).on('error', reject)),
  ).rejects.toThrow();
});

test('outside, what needs operate says where it is; all else is as before', async () => {
  const calls = [
    ['/metrics', 'GET'],
    ['/v1/stats', 'GET'],
    ['/v1/mode%6c', 'GET'],
    ['/v1/model/rollback', 'POST'],
    ['/v1/snapshots', 'POST'],
  ] as const;
  for (const [path, method] of calls) {
    const { status, body } = await outside(path, method);
    expect([path, status === 403 || status === 404]).toEqual([path, true]);
    if (status === 403) expect(body).toContain(`port ${operatorPort} (AFTERCLICK_OPERATOR_PORT)`);
  }
  expect((await outside('/metrics')).status).toBe(403);
  expect((await outside('/healthz')).status).toBe(200);
  expect((await outside('/v1/items/item-1')).status).toBe(200);
});

test('handshakes that do not go on are bounded, and keep no operator out', async () => {
  const open: Socket[] = [];
  let ended = 0;
  for (let i = 0; i < 4 * HANDSHAKES_MAX; i++) {
    const socket = connectPlain(operatorPort, '127.0.0.1');
    socket.on('error', () => undefined).on('close', () => ended++);
    open.push(socket);
  }
  await vi.waitFor(() => expect(ended).toBeGreaterThanOrEqual(3 * HANDSHAKES_MAX), 5_000);
  expect((await atDoor('/healthz')).status).toBe(200);
  for (const socket of open) socket.destroy();
});

test('another authority in the place of the first is asked for, and the first no more', async () => {
  renameSync(at('ca.pem'), at('old-ca.pem'));
  writeFileSync(at('new'), readFileSync(at('other-ca.pem')));
  renameSync(at('new'), at('ca.pem'));
  const old = readFileSync(at('old-ca.pem'));
  const shown = (name: string): Promise<Answer> => {
    const pair = { cert: readFileSync(at(`${name}.pem`)), key: readFileSync(at(`${name}.key`)) };
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: operatorPort, path: '/healthz', ca: old, agent: false };
      request({ ...options, ...pair }, (answer) => resolve({ status: answer.statusCode, body: '' }))
        .on('error', reject)
        .end();
    });
  };
  await vi.waitFor(async () => expect((await shown('stranger')).status).toBe(200), 15_000);
  await expect(shown('ops')).rejects.toThrow();
}, 30_000);

test('what is missing or wrong is told at a start', () => {
  const tls = { tlsCert: at('server.pem'), tlsKey: at('server.key') };
  const none = { operatorPort: 0, operatorCa: '' };
  expect(TlsFiles.ofOperators({ ...tls, ...none })).toBeUndefined();
  const wrong = [
    [{ ...tls, ...none, operatorPort: 9443 }, 'set both AFTERCLICK_OPERATOR_PORT'],
    [{ ...tls, ...none, operatorCa: at('ca.pem') }, 'set both AFTERCLICK_OPERATOR_PORT'],
    [
      { tlsCert: '', tlsKey: '', operatorPort: 9443, operatorCa: at('ca.pem') },
      'set AFTERCLICK_TLS_CERT and AFTERCLICK_TLS_KEY too',
    ],
    [{ ...tls, operatorPort: 9443, operatorCa: at('no-such.pem') }, /AFTERCLICK_OPERATOR_CA.*ENOENT/],
    [{ ...tls, operatorPort: 9443, operatorCa: at('ops.key') }, 'there is no certificate in it'],
  ] as const;
  for (const [config, message] of wrong) expect(() => TlsFiles.ofOperators(config)).toThrow(message);
});
