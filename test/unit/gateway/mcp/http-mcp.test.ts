import { expect, test } from 'vitest';
import type { RoutedCall } from '../../../../gateway/http/http.js';
import { HttpMcp, MESSAGE_US, warmMcp } from '../../../../gateway/mcp/http-mcp.js';
import { jsonReply } from '../../../../gateway/server/http-call.js';

test('a request with several messages rests before each: the library takes a millisecond or two for one', async () => {
  let rests = 0;
  const mcp = new HttpMcp(() => jsonReply({}), { rest: () => Promise.resolve(void rests++) });
  const messages = Array.from({ length: 5 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' }));
  const post = async (value: unknown) => {
    const body = new TextEncoder().encode(JSON.stringify(value));
    const call: Partial<RoutedCall> = { contentType: 'application/json', body };
    return JSON.parse(String((await mcp.post(call as RoutedCall)).body)) as unknown;
  };
  expect(await post(messages)).toMatchObject(messages.map(({ id }) => ({ id, result: {} })));
  expect(rests).toBe(messages.length);
});

test('each message waits for its turn and counts towards its address, whether it comes alone or with others', async () => {
  const messages = Array.from({ length: 4 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'tools/list' }));
  for (const value of [messages[0], messages]) {
    const count = Array.isArray(value) ? value.length : 1;
    let rests = 0;
    let spentUs = 0;
    const mcp = new HttpMcp(() => jsonReply({}), { rest: () => Promise.resolve(void rests++) });
    const body = new TextEncoder().encode(JSON.stringify(value));
    const spend = (us: number): void => void (spentUs += us);
    const call: Partial<RoutedCall> = { contentType: 'application/json', body, spend };
    expect(await mcp.post(call as RoutedCall)).toMatchObject({ status: 200 });
    expect([rests, spentUs]).toEqual([count, count * MESSAGE_US]);
  }
});

test('what the library does once is done without a gateway', async () => {
  await expect(warmMcp()).resolves.toBeUndefined();
});
