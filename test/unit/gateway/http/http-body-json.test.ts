import { describe, expect, test } from 'vitest';
import { readJsonBody, readLongBody, readValues } from '../../../../gateway/http/http-body-json.js';
import { UNDIVIDED } from '../../../../metrics/process/bites.js';
import { BROKEN_MAX } from '../../../../gateway/protocol/json-text.js';
import type { HttpCall, HttpReply } from '../../../../gateway/server/http-call.js';

const E_ACUTE = Buffer.from([0xe9]);

function callWith(...parts: (string | Uint8Array)[]): HttpCall {
  return {
    method: 'POST',
    path: '/v1/events',
    query: new URLSearchParams(),
    contentType: 'application/json',
    body: Buffer.concat(parts.map((part) => Buffer.from(part))),
    traceparent: '',
    authorization: '',
    origin: '',
    certificate: '',
    startUs: 0,
  };
}

const problemIn = ({ reply }: { reply: HttpReply }): unknown => JSON.parse(reply.body as string);
describe('a body with text that is not valid Unicode', () => {
  test.each([
    ['an escape', callWith('{"user":"\\ud800bob"}')],
    ['bytes of another encoding', callWith('{"user":"caf', E_ACUTE, '"}')],
  ])('is refused as a whole where it is one value: %s', (_name, call) => {
    expect(problemIn(readJsonBody(call) as { reply: HttpReply })).toMatchObject({
      status: 400,
      code: 'invalid_field',
      detail: 'user is not valid Unicode',
    });
  });

  test('is handed on as it is to who decodes it value by value, up to a bound', async () => {
    const broken = callWith('a', E_ACUTE, '\nb', E_ACUTE);
    expect(await readValues(broken, UNDIVIDED)).toEqual({ value: broken.body });
    const most = callWith('ж'.repeat(100_000), Buffer.alloc(BROKEN_MAX, 0xff));
    expect(await readValues(most, UNDIVIDED)).toEqual({ value: most.body });
    const more = callWith('ж'.repeat(100_000), Buffer.alloc(BROKEN_MAX + 1, 0xff));
    const refused = (await readValues(more, UNDIVIDED)) as { reply: HttpReply };
    expect(problemIn(refused)).toMatchObject({ code: 'malformed' });
  });

  test('is looked through with rests, and never made a text as a whole: that would be copied with every young collection', async () => {
    const rests = { count: 0, isOver: true, rest: () => Promise.resolve(void rests.count++) };
    const long = callWith('{"id":"a"}\n'.repeat(100_000));
    const read = await readValues(long, rests);
    expect('value' in read && read.value).toBe(long.body);
    expect(rests.count).toBeGreaterThan(10);
  });
});

describe('a body of several calls', () => {
  const counting = () => ({ count: 0, rest: () => Promise.resolve(void rests.count++) });
  let rests = counting();
  const read = (value: unknown) => {
    rests = counting();
    return readLongBody(callWith(JSON.stringify(value)), 65_536, rests);
  };
  const valued = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `item-${i}`, value: i }));

  test('is read with rests where it is long: before it is looked at, parsed and checked', async () => {
    const calls = valued(16_000);
    expect(await read({ calls })).toEqual({ value: { calls } });
    expect(rests.count).toBe(3);
  });

  test('is read at once where it is short', async () => {
    expect(await read({ calls: valued(10) })).toHaveProperty('value');
    expect(rests.count).toBe(0);
  });

  test('is refused unread where it has too many keys, or names', async () => {
    const keys = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`key-${i}`, 0]));
    for (const value of [{ calls: valued(30_000) }, { calls: [], ...keys }]) {
      const { reply } = (await read(value)) as { reply: HttpReply };
      expect(problemIn({ reply })).toMatchObject({
        code: 'malformed',
        detail: expect.stringContaining('more than'),
      });
    }
  });
});
