import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { loadUws } from '../../../../../gateway/server/uws/uws.js';
import { StartupError } from '../../../../../metrics/process/startup-error.js';

function failure(load: () => unknown): StartupError {
  try {
    load();
  } catch (error) {
    if (error instanceof StartupError) return error;
    throw error;
  }
  throw new Error('it loaded');
}

test('the native addon is loaded, and no package entry that could replace it', () => {
  const uws = loadUws();
  expect(uws.App()).toHaveProperty('ws');
  const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) =>
    /uws_.*\.node$/.test(file),
  );
  expect(loaded).not.toEqual([]);
  // Of copies nothing is left.
  const copies = loaded.filter((file) => file.startsWith(join(tmpdir(), 'afterclick-addon-')));
  expect(copies.filter((file) => existsSync(dirname(file)))).toEqual([]);
});

test('a missing addon names the platform, what was tried and what to install', () => {
  const { code, message } = failure(() => loadUws([{ packageName: 'no-such-addon', needs: 'nothing' }]));
  expect(code).toBe('uws_missing');
  for (const part of [
    process.versions.node,
    process.platform,
    process.arch,
    'glibc',
    'no-such-addon',
    'npm ci',
    'npm install',
  ]) {
    expect(message).toContain(part);
  }
});

test('a package without an addon for this platform is not used', () => {
  const { message } = failure(() => loadUws([{ packageName: 'zod', needs: 'x' }]));
  expect(message).toContain('Cannot find module');
});
