import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

/** What Apache-2.0 may be shipped with. */
const COMPATIBLE = new Set([
  'Apache-2.0',
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Zlib',
  'Unlicense',
  'CC0-1.0',
]);
const ADDON = '@btc-vision/uwebsockets.js';

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
/** Packages that run in the product, by folder. */
const shipped = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true);

/** True when one of the alternatives of an SPDX expression has compatible parts alone. */
function isCompatible(expression: string): boolean {
  return expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((way) => way.split(' AND ').every((id) => COMPATIBLE.has(id)));
}

test('licences of all packages that run are compatible, and the packages say the same of themselves', () => {
  expect(shipped.length).toBeGreaterThan(200);
  const refused = shipped.filter(([, { license }]) => license === undefined || !isCompatible(license));
  expect(refused.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  const installed = shipped.filter(([path]) => existsSync(join(path, 'package.json')));
  expect(installed.length).toBeGreaterThan(100);
  for (const [path, { license, version }] of installed) {
    const own = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect([path, own['version'], own['license'] ?? license]).toEqual([path, version, license]);
  }
  expect(['GPL-3.0', 'MIT AND GPL-3.0', '(GPL-3.0 OR MIT)'].map(isCompatible)).toEqual([false, false, true]);
});

test('every package that runs is pinned by a hash, that of the addon as docs/SECURITY.md has it', () => {
  const loose = shipped.filter(([, { integrity }]) => integrity?.startsWith('sha512-') !== true);
  expect(loose.map(([path]) => path)).toEqual([]);
  const { version, integrity } = lock.packages[`node_modules/${ADDON}`];
  expect(readFileSync('docs/SECURITY.md', 'utf8')).toContain(`\`${ADDON}@${version}\`, \`${integrity}\``);
});

/** How the audit of CI ends when npm answers that. */
function auditEnds(answer: string): { readonly status: number | null; readonly said: string } {
  const folder = mkdtempSync(join(tmpdir(), 'afterclick-npm-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\ncat <<'END'\n${answer}\nEND\nexit 1\n`);
  chmodSync(join(folder, 'npm'), 0o755);
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
  const { status, stdout } = spawnSync(process.execPath, ['.ci/audit.mjs'], { encoding: 'utf8', env });
  return { status, said: stdout };
}

test.each([
  [
    'nothing is known',
    '{"metadata":{"vulnerabilities":{"low":2,"high":0,"critical":0}}}',
    0,
    'known against',
  ],
  ['something is', '{"metadata":{"vulnerabilities":{"high":1,"critical":0}}}', 1, 'known against'],
  ['the registry refuses', '{"error":{"code":"ENOAUDIT"}}', 0, 'did not answer'],
  ['there is no answer', 'npm error 405 Method Not Allowed', 0, 'did not answer'],
])('the audit of CI: %s', (_, answer, status, said) => {
  expect(auditEnds(answer)).toEqual({ status, said: expect.stringContaining(said) as string });
});
