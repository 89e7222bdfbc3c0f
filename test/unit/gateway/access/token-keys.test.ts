import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, exportPKCS8, exportSPKI, generateKeyPair, type JWK } from 'jose';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keysAt } from '../../../../gateway/access/key-address.js';
import { KeyFile } from '../../../../gateway/access/key-file.js';
import { KEY_TEXT_BYTES_MAX, KEYS_MAX, keySetProblem } from '../../../../gateway/access/token-keys.js';
import { createLog } from '../../../../metrics/process/log.js';

const log = createLog({ level: 'silent' });
const JWS = { payload: '', signature: '' };
let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'));
});
afterEach(() => {
  vi.useRealTimers();
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

async function publicKey(kid: string): Promise<JWK> {
  const { publicKey: key } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(key)), kid, alg: 'ES256' };
}

const asks = (kid: string) => ({ alg: 'ES256', kid });

test('a file is read again when it changes, and keys stay when it is broken', async () => {
  const path = join(folder, 'keys.json');
  const put = (text: string) => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  put(JSON.stringify({ keys: [await publicKey('a')] }));
  const error = vi.fn();
  const file = new KeyFile(path, Object.assign(Object.create(log) as typeof log, { error }));
  try {
    await file.find(asks('a'), JWS);
    put(JSON.stringify({ keys: [await publicKey('b')] }));
    await vi.waitFor(() => file.find(asks('b'), JWS), 10_000);
    await expect(file.find(asks('a'), JWS)).rejects.toThrow();
    put('{');
    await vi.waitFor(() => expect(error).toHaveBeenCalled(), 10_000);
    await file.find(asks('b'), JWS);
  } finally {
    file.stop();
  }
}, 25_000);

test('a file may be one public key in PEM; a private one is refused', async () => {
  const pair = await generateKeyPair('RS256', { extractable: true });
  const path = join(folder, 'key.pem');
  writeFileSync(path, await exportSPKI(pair.publicKey));
  const file = new KeyFile(path, log);
  await file.find({ alg: 'RS256' }, JWS);
  file.stop();
  writeFileSync(path, await exportPKCS8(pair.privateKey));
  expect(() => new KeyFile(path, log)).toThrow('has a private key');
});

test('a set of keys has public keys alone, and a bound', () => {
  const key = { kty: 'EC' };
  expect(keySetProblem({ keys: [key] })).toBeUndefined();
  expect(keySetProblem({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] })).toContain('shared secret');
  expect(keySetProblem({ keys: [{ ...key, d: 'x' }] })).toContain('private key');
  expect(keySetProblem({ keys: Array(KEYS_MAX + 1).fill(key) })).toContain(`1 to ${KEYS_MAX}`);
  expect(keySetProblem({ keys: [] })).toContain('0 keys');
  expect(keySetProblem([])).toContain('no JWKS');
});

/** A key server that answers with what it is given, or with 500 for `undefined`, and counts. */
async function serve(body: () => string | undefined): Promise<{ url: string; count: () => number }> {
  let count = 0;
  const listening = createServer((_request, response) => {
    count++;
    const text = body();
    setImmediate(() => response.writeHead(text === undefined ? 500 : 200).end(text));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`, count: () => count };
}

test('an address is asked once by many at a time, and again for a key that it did not have', async () => {
  let keys = [await publicKey('a')];
  const { url, count } = await serve(() => JSON.stringify({ keys }));
  const find = keysAt(url, log, 0);
  await Promise.all(Array.from({ length: 20 }, () => find(asks('a'), JWS)));
  expect(count()).toBe(1);
  keys = [await publicKey('b')];
  await find(asks('b'), JWS);
  expect(count()).toBe(2);
});

test('made-up keys do not have it asked again and again', async () => {
  const keys = [await publicKey('a')];
  const { url, count } = await serve(() => JSON.stringify({ keys }));
  const find = keysAt(url, log);
  for (let i = 0; i < 20; i++) await expect(find(asks(`made-up-${i}`), JWS)).rejects.toThrow();
  expect(count()).toBe(1);
});

test('an answer without an end is given up', async () => {
  const { url } = await serve(() => ' '.repeat(KEY_TEXT_BYTES_MAX + 1));
  await expect(keysAt(url, log)(asks('a'), JWS)).rejects.toThrow(`more than ${KEY_TEXT_BYTES_MAX} bytes`);
});

test('a key server that fails is not asked again by each token either, and the log says so once, until it answers', async () => {
  const keys = [await publicKey('a')];
  let isUp = false;
  const { url, count } = await serve(() => (isUp ? JSON.stringify({ keys }) : undefined));
  const [error, info] = [vi.fn(), vi.fn()];
  const find = keysAt(url, Object.assign(Object.create(log) as typeof log, { error, info }));
  for (let i = 0; i < 20; i++) await expect(find(asks('a'), JWS)).rejects.toThrow('it answers 500');
  expect([count(), error.mock.calls.length]).toEqual([1, 1]);
  isUp = true;
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
  await find(asks('a'), JWS);
  expect([count(), info.mock.calls.length]).toEqual([2, 1]);
});

test('while the key server fails its keys count for an hour, and of others nothing is known', async () => {
  const keys = [await publicKey('a')];
  let isUp = true;
  const { url, count } = await serve(() => (isUp ? JSON.stringify({ keys }) : undefined));
  const find = keysAt(url, log);
  await find(asks('a'), JWS);
  isUp = false;
  const startMs = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: startMs + 11 * 60_000 });
  await find(asks('a'), JWS);
  expect(count()).toBe(2);
  await expect(find(asks('made-up'), JWS)).rejects.toThrow('it answers 500');
  vi.setSystemTime(startMs + 61 * 60_000);
  await expect(find(asks('a'), JWS)).rejects.toThrow('it answers 500');
});
