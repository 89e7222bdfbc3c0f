import { describe, expect, test } from 'vitest';
import {
  readJsonBody,
  readJsonLines,
  readText,
  RefusedLine,
} from '../../../../gateway/http/http-body-json.js';
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
const unicode = (field: string) =>
  new RefusedLine({ code: 'invalid_field', message: `${field} is not valid Unicode` });

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

  test('is refused line by line in NDJSON', () => {
    const call = callWith('{"id":"a"}\n{"id":"caf', E_ACUTE, '"}\n{"id":"\\ud800"}\n{"id":"d"}\n{');
    const { value: lines } = readJsonLines(call) as { value: Iterable<unknown> };
    const value = [...lines];
    expect(value.slice(0, 4)).toEqual([{ id: 'a' }, unicode('id'), unicode('id'), { id: 'd' }]);
    expect(value[4]).toMatchObject({ problem: { code: 'malformed' } });
  });

  test('is refused member by member in a list', () => {
    const call = callWith(
      '[{"id":"a"},{"id":"caf',
      E_ACUTE,
      '"},{"id":"caf',
      E_ACUTE,
      '"},{"id":"\\ud800"}]',
    );
    expect(readJsonLines(call)).toEqual({
      value: [{ id: 'a' }, unicode('id'), unicode('id'), unicode('id')],
    });
  });

  test('is one refused event where it is one event', () => {
    expect(readJsonLines(callWith('{"id":"\\ud800"}'))).toEqual({ value: [unicode('id')] });
  });

  test('is handed on with marks to who reads it in pieces, up to a bound', () => {
    expect(readText(callWith('a', E_ACUTE, '\nb', E_ACUTE))).toEqual({
      value: 'a\udc00\udc00\nb\udc00\udc00',
    });
    const many = Buffer.alloc(BROKEN_MAX + 1, 0xff);
    expect(problemIn(readText(callWith(many)) as { reply: HttpReply })).toMatchObject({ code: 'malformed' });
  });
});
