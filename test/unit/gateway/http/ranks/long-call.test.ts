import { expect, test } from 'vitest';
import { BulkGate } from '../../../../../gateway/http/bodies/bulk-gate.js';
import { LONG_BYTES } from '../../../../../gateway/http/http-body-json.js';
import type { RoutedCall } from '../../../../../gateway/http/http.js';
import { LONG_CALLS, throughGate } from '../../../../../gateway/http/ranks/long-call.js';
import { jsonReply, type HttpReply } from '../../../../../gateway/server/http-call.js';

test('of calls with long bodies a few are carried out at a time, in order, and a bounded number waits; short ones pass', async () => {
  const gate = new BulkGate(LONG_CALLS);
  const ends: (() => void)[] = [];
  const call = (bytes: number): Promise<HttpReply> =>
    throughGate(
      gate,
      { body: new Uint8Array(bytes) } as RoutedCall,
      () => new Promise((resolve) => ends.push(() => resolve(jsonReply({})))),
    );
  const count = LONG_CALLS.width + LONG_CALLS.waitingMax;
  const long = Array.from({ length: count }, () => call(LONG_BYTES));
  expect(ends).toHaveLength(LONG_CALLS.width);
  expect(await call(LONG_BYTES)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  const short = call(LONG_BYTES - 1);
  expect(ends).toHaveLength(LONG_CALLS.width + 1);
  for (let i = 0; i <= count; i++) {
    await expect.poll(() => ends.length).toBeGreaterThan(i);
    ends[i]();
  }
  const replies = await Promise.all([short, ...long]);
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
});
