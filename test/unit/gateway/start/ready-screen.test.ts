import { expect, test } from 'vitest';
import { hasStyles, readyScreen, type ReadyGateway } from '../../../../gateway/start/ready-screen.js';
import { missingThreads, warnOfThreads } from '../../../../gateway/start/process/thread-pool-size.js';
import { programVersion } from '../../../../metrics/program/program-version.js';

const gateway: ReadyGateway = {
  version: 'afterclick 1.2.3',
  url: 'https://127.0.0.1:8443',
  model: 'demo@1',
  items: 3_514,
  dataDir: '/srv/data',
  shards: 3,
};

test('a screen says address, model, items, data folder and what to try', () => {
  const text = readyScreen(gateway, false);
  for (const part of [
    '1.2.3',
    'https://127.0.0.1:8443\n',
    'demo@1',
    '3,514',
    '/srv/data',
    'wss://127.0.0.1:8443/v1/ws',
  ])
    expect(text).toContain(part);
  expect(text).not.toContain('\u001b');
  expect(readyScreen({ ...gateway, items: 0 }, false)).toContain('npm run import');
});

test('the address is a link where a terminal shows some', () => {
  expect(readyScreen(gateway, true)).toContain('\u001b]8;;https://127.0.0.1:8443\u001b\\');
  expect([hasStyles({ TERM: 'xterm' }), hasStyles({ TERM: 'dumb' }), hasStyles({ NO_COLOR: '1' })]).toEqual([
    true,
    false,
    false,
  ]);
});

test('the version is that of the package file', () =>
  expect(programVersion()).toMatch(/^afterclick \d+\.\d+\.\d+$/));

test('the log says how many threads are missing for the shards', () => {
  expect([missingThreads(3, undefined), missingThreads(4, undefined), missingThreads(8, '9')]).toEqual([
    undefined,
    5,
    undefined,
  ]);
  expect(missingThreads(8, '8')).toBe(9);
  const said: unknown[] = [];
  warnOfThreads(5, {}, { warn: (...words: unknown[]) => said.push(words[1]) });
  expect(said).toEqual([expect.stringContaining('UV_THREADPOOL_SIZE=6 npm start')]);
});
