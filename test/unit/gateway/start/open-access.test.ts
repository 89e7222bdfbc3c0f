import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Grant } from '../../../../gateway/access/grant.js';
import { loggable, readConfig } from '../../../../gateway/start/config.js';
import { openAccess } from '../../../../gateway/start/open-access.js';
import { realClock } from '../../../../metrics/process/clock.js';
import { createLog } from '../../../../metrics/process/log.js';

const SECRET = 'a secret of at least thirty-two letters';
const log = createLog({ level: 'silent' });
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'door-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (...flags: string[]) => openAccess(readConfig(flags, {}), realClock, log);

test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('%s needs no keys', (host) => {
  expect(open('--host', host).isOpen).toBe(true);
});

test.each(['0.0.0.0', '::', '192.0.2.1', 'rec.shop.example'])('%s needs keys, or a word', (host) => {
  expect(() => open('--host', host)).toThrow(
    /AFTERCLICK_TOKEN_SECRET .*AFTERCLICK_TOKEN_KEYS.*--insecure-open/,
  );
  expect(open('--host', host, '--insecure-open').isOpen).toBe(true);
  expect(open('--insecure-open', '--host', host).isOpen).toBe(true);
  expect(open('--host', host, '--token-secret', SECRET).isOpen).toBe(false);
});

test('a secret in a file is made once, for its owner alone', async () => {
  const path = join(folder, 'keys', 'token.secret');
  open('--host', '0.0.0.0', '--token-secret-file', path);
  const made = readFileSync(path, 'utf8').trim();
  expect([made.length >= 43, (statSync(path).mode & 0o777).toString(8)]).toEqual([true, '600']);
  const access = open('--token-secret-file', path);
  const token = await new SignJWT({ scope: 'shop', sub: 'ada', exp: Date.now() / 1_000 + 60 })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(made));
  expect(await access.grantOf(token)).toBeInstanceOf(Grant);
  writeFileSync(path, 'short');
  expect(() => open('--token-secret-file', path)).toThrow('fewer than 32 characters');
});

test('what does not fit is said', () => {
  expect(() => open('--token-secret', 'short')).toThrow('at least 32 characters');
  expect(() => open('--token-keys', join(folder, 'none.json'))).toThrow('AFTERCLICK_TOKEN_KEYS');
  expect(() => open('--token-keys', 'http://keys.example/')).toThrow('no https:// address');
  const keys = join(folder, 'keys.json');
  writeFileSync(keys, '{"keys":[{"kty":"EC"}]}');
  const access = open('--token-keys', keys);
  expect(access.isOpen).toBe(false);
  access.stop();
  expect(() => open('--token-keys', keys, '--visitors', 'signed')).toThrow('needs a secret');
});

test('the secret stands neither in the log of the configuration nor in a problem with it', () => {
  expect(JSON.stringify(loggable(readConfig(['--token-secret', SECRET], {})))).not.toContain(SECRET);
  const short = 'not-long-enough';
  expect(() => readConfig(['--token-secret', short], {})).toThrow(/^(?!.*not-long-enough)/s);
});
