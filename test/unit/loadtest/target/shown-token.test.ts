import { afterEach, expect, test, vi } from 'vitest';
import { showToken, tokenHeaders, withToken } from '../../../../loadtest/target/shown-token.js';

afterEach(() => vi.unstubAllEnvs());

test('without a token nothing is shown', () => {
  vi.stubEnv('AFTERCLICK_TOKEN', undefined);
  showToken(undefined);
  expect(tokenHeaders()).toEqual({});
  expect(withToken({ t: 'hello', user: 'ada' })).toEqual({ t: 'hello', user: 'ada' });
});

test('a token is shown in headers and hellos, and by processes that are started from here; one that a hello has stays', () => {
  vi.stubEnv('AFTERCLICK_TOKEN', '');
  showToken('abc');
  expect(process.env['AFTERCLICK_TOKEN']).toBe('abc');
  expect(tokenHeaders()).toEqual({ authorization: 'Bearer abc' });
  expect(withToken({ t: 'hello' })).toEqual({ t: 'hello', token: 'abc' });
  expect(withToken({ t: 'hello', token: 'own' })).toEqual({ t: 'hello', token: 'own' });
});
