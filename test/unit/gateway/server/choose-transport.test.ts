import { expect, test } from 'vitest';
import { chooseTransport } from '../../../../gateway/server/choose-transport.js';
import type { Uws } from '../../../../gateway/server/uws/uws.js';
import { StartupError } from '../../../../metrics/process/startup-error.js';

function world(load: () => Uws) {
  const warnings: unknown[] = [];
  const log = { warn: (...said: unknown[]) => void warnings.push(said) };
  return { warnings, choose: (choice: 'auto' | 'uws' | 'ws') => chooseTransport(choice, log, load).name };
}
const missing = (): Uws => {
  throw new StartupError('uws_missing', 'no addon for musl\nTried: everything');
};

test('auto takes the addon where it loads, and ws where it does not, with one warning that says what that costs', () => {
  const here = world(() => ({}) as Uws);
  expect([here.choose('auto'), here.choose('uws'), here.choose('ws')]).toEqual(['uws', 'uws', 'ws']);
  expect(here.warnings).toEqual([]);
  const elsewhere = world(missing);
  expect(elsewhere.choose('auto')).toBe('ws');
  expect(elsewhere.warnings).toEqual([
    [{ problem: 'no addon for musl' }, expect.stringMatching(/ws and node:http.*as much.*uws_missing/)],
  ]);
});

test('uws without its addon does not start; ws does not look for it', () => {
  const { choose } = world(missing);
  expect(() => choose('uws')).toThrow(expect.objectContaining({ code: 'uws_missing' }));
  expect(choose('ws')).toBe('ws');
});

test('what breaks in another way is no missing addon', () => {
  const broken = world(() => {
    throw new TypeError('broken');
  });
  expect(() => broken.choose('auto')).toThrow('broken');
});
