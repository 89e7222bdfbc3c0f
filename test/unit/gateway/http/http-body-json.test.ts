import { describe, expect, test } from 'vitest';
import { readJsonBody, readText } from '../../../../gateway/http/http-body-json.js';
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

  test('is handed on with marks to who reads it in pieces, up to a bound', async () => {
    expect(await readText(callWith('a', E_ACUTE, '\nb', E_ACUTE), UNDIVIDED)).toEqual({
      value: 'a\udc00\udc00\nb\udc00\udc00',
    });
    const many = Buffer.alloc(BROKEN_MAX + 1, 0xff);
    const refused = (await readText(callWith(many), UNDIVIDED)) as { reply: HttpReply };
    expect(problemIn(refused)).toMatchObject({ code: 'malformed' });
  });
});
