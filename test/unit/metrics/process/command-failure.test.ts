import { afterEach, expect, test, vi } from 'vitest';
import { runCommand } from '../../../../metrics/process/command-line.js';
import { StartupError } from '../../../../metrics/process/startup-error.js';

afterEach(() => vi.restoreAllMocks());

/** What a command says that fails with `error`, and its exit code. */
async function toldOf(error: Error): Promise<[string, number]> {
  let told = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += String(text);
    return true;
  });
  const code = await runCommand('usage', {}, [], () => Promise.reject(error));
  return [told, code];
}

test('a command that fails tells its reason and the cause behind it, each once', async () => {
  const cause = new Error('ENOENT: no such file');
  const unread = new StartupError('data_unreadable', `shop.csv cannot be read: ${cause.message}`, { cause });
  expect(await toldOf(unread)).toEqual(['shop.csv cannot be read: ENOENT: no such file\n', 2]);
  expect(await toldOf(new Error('the run failed', { cause }))).toEqual([
    'the run failed: ENOENT: no such file\n',
    1,
  ]);
});
