import { createRequire } from 'node:module';
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
  expect(Object.keys(createRequire(import.meta.url).cache)).toContainEqual(
    expect.stringMatching(/uws_.*\.node$/),
  );
});

test('a missing addon names the platform, what was tried and what to install', () => {
  const { code, message } = failure(() =>
    loadUws([{ packageName: 'no-such-addon', folder: '.', needs: 'nothing' }]),
  );
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
  const { message } = failure(() =>
    loadUws([
      {
        packageName: '@trufflesuite/uws-js-unofficial',
        folder: '../no-such-folder',
        needs: 'x',
      },
    ]),
  );
  expect(message).toContain('Cannot find module');
});
