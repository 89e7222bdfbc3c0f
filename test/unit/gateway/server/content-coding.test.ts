import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { tooLargeUnpacked } from '../../../../gateway/server/content-coding.js';

const LIMIT_BYTES = 1_000;
/** A body with other four bytes at its end, where its length unpacked should be. */
const saying = (bytes: number): Uint8Array => {
  const body = gzipSync('{"user":"ada","e":"view_item"}');
  body.writeUInt32LE(bytes, body.length - 4);
  return body;
};
const told = (body: Uint8Array): unknown[] => {
  const reply = tooLargeUnpacked(body, LIMIT_BYTES);
  return reply === undefined ? [] : [reply.status, String(reply.body)];
};

describe('a body of gzip', () => {
  test('that fits unpacked may be unpacked', () => {
    expect(told(gzipSync('x'.repeat(LIMIT_BYTES)))).toEqual([]);
  });

  test('that does not is told how large it is, and what the bound is', () => {
    expect(told(gzipSync(Buffer.alloc(5_000)))).toEqual([413, expect.stringMatching(/5000 .*1000/)]);
  });

  test.each([
    ['cut short', gzipSync('{"user":"ada","e":"view_item","item":"22423"}').subarray(0, 40)],
    ['with something behind it', Buffer.concat([gzipSync('{"user":"ada"}'), Buffer.from('xxxx')])],
    ['with a wrong length', saying(0x7fff_ffff)],
  ])('%s is damaged, not large: no packing makes so little of so much', (_, body) => {
    expect(told(body)).toEqual([400, expect.stringContaining('not one whole member')]);
  });
});
