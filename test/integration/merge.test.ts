import { afterEach, expect, test } from 'vitest';
import { type BuiltGateway, startGateway } from '../support/gateway/built-gateway.js';
import { WsClient } from '../support/gateway/ws-client.js';

let gateway: BuiltGateway | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

const post = (path: string, body: object) =>
  fetch(`${gateway?.url}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5_000),
  });

/** Sends a click again and again until it is taken; resolves when it is acknowledged. */
async function click(client: WsClient, seq: number, item: string): Promise<void> {
  for (;;) {
    const from = client.inbox.length;
    client.send({ t: 'event', seq, e: 'dismiss_item', item });
    const answer = await Promise.race([
      client.next('ack', (ack) => ack.seq >= seq, from),
      client.next('error', (error) => error.seq === seq, from),
    ]);
    if (answer.t === 'ack') return;
    expect(answer.code).toBe('overloaded');
  }
}

test.each([1, 3])(
  '[D1] with %i shards, clicks of a visitor in a second tab survive that the first tab says who they are',
  async (shards) => {
    gateway = await startGateway({ args: ['--shards', String(shards)] });
    const { url } = gateway;
    const first = await WsClient.hello(url);
    const visitor = first.welcome.user;
    const second = await WsClient.hello(url, { user: visitor });
    const items = (await (await post('/v1/recommend', { user: 'somebody', k: 40 })).json()).ids as string[];
    const session = second.welcome.session;
    await click(first, 1, items[0]);
    let seq = 0;
    for (; seq < 5;) await click(second, ++seq, items[seq]);
    first.send({ t: 'identify', id: 'i', user: `ann-${shards}` });
    for (; seq < 20;) await click(second, ++seq, items[seq]);
    expect(await first.next('identified')).toMatchObject({ id: 'i', user: `ann-${shards}`, merged: true });
    for (; seq < 25;) await click(second, ++seq, items[seq]);
    const after = (await (await post('/v1/recommend', { user: `ann-${shards}`, k: 100 })).json()) as {
      ids: string[];
    };
    expect(items.slice(0, 26).filter((item) => after.ids.includes(item))).toEqual([]);
    second.drop();
    const again = await WsClient.hello(url, { user: `ann-${shards}`, resume: { session, seq } });
    expect(again.welcome.seq).toBe(25);
  },
);

test('[R1] HTTP calls for a visitor who was merged speak for the known user', async () => {
  gateway = await startGateway();
  const client = await WsClient.hello(gateway.url);
  const visitor = client.welcome.user;
  const { ids } = (await (await post('/v1/recommend', { user: 'somebody', k: 20 })).json()) as {
    ids: string[];
  };
  client.send({ t: 'event', seq: 1, e: 'view_item', item: ids[0] });
  await client.next('ack');
  client.send({ t: 'identify', id: 1, user: 'bob' });
  await client.next('identified');
  const taken = await post('/v1/events', { user: visitor, id: 'e1', e: 'dismiss_item', item: ids[3] });
  expect(taken.status).toBe(200);
  const list = (await (await post('/v1/recommend', { user: 'bob', k: 100 })).json()) as { ids: string[] };
  expect(list.ids).not.toContain(ids[3]);
  expect((await post('/v1/recommend', { user: visitor, k: 5 })).status).toBe(200);
});
