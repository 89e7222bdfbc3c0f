import { describe, expect, test } from 'vitest';
import { framingRefusal } from '../../../../gateway/server/request-framing.js';

/** Status and text of what a request with these headers is told; [] when it is taken. */
function told(...headers: [name: string, value: string][]): unknown[] {
  const reply = framingRefusal({
    getHeader: (name) => headers.find(([other]) => other === name)?.[1] ?? '',
    forEach: (note) => headers.forEach(([name, value]) => note(name, value)),
    getUrl: () => '/v1/events',
    getQuery: () => '',
    getMethod: () => 'post',
  });
  return reply === undefined ? [] : [reply.status, String(reply.body)];
}

describe('a header of which a proxy may see the other one', () => {
  test.each([
    ['Host', 'localhost', 'evil.example'],
    ['Content-Length', '5', '6'],
    ['Transfer-Encoding', 'chunked', 'chunked'],
    ['Origin', 'http://localhost', 'https://evil.example'],
    ['Authorization', 'Bearer a', 'Bearer b'],
    ['Content-Type', 'application/json', 'text/plain'],
    ['Content-Encoding', 'gzip', 'identity'],
    ['Sec-Fetch-Site', 'same-origin', 'cross-site'],
  ])('%s stands there once', (name, first, second) => {
    const key = name.toLowerCase();
    expect(told([key, first], ['accept', '*/*'], [key, second])).toEqual([
      400,
      expect.stringContaining(`two ${name} headers`),
    ]);
    expect(told([key, first])).toEqual([]);
  });

  test('does not wrap round when it stands there very often', () => {
    expect(told(...Array.from({ length: 256 }, (): [string, string] => ['origin', 'null']))).not.toEqual([]);
  });

  test('is not one of those that are lists', () => {
    const lists = ['accept', 'accept-encoding', 'if-none-match', 'x-forwarded-for', 'sec-websocket-protocol'];
    for (const name of lists) expect(told([name, 'a'], [name, 'b'])).toEqual([]);
  });
});
