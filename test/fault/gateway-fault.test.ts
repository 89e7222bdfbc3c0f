import { afterEach, describe, expect, test } from 'vitest';
import { COUNTER, GAUGE } from '../../metrics/table.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { WsClient } from '../support/gateway/ws-client.js';

const running: GatewayHarness[] = [];

async function start(settings: Parameters<typeof startGatewayHarness>[0] = {}): Promise<GatewayHarness> {
  const harness = await startGatewayHarness(settings);
  running.push(harness);
  return harness;
}
afterEach(() => {
  for (const harness of running.splice(0)) harness.stop();
});

describe('[B1] a reader that stops reading', () => {
  test('is told bye 4008 when its answers outgrow the outbox, and others notice nothing', async () => {
    const { url, stats } = await start({ outboxBytes: 16 * 1024, messagesPerSec: 100_000 });
    const slow = await WsClient.hello(url, { user: 'slow' });
    const other = await WsClient.hello(url, { user: 'other' });
    slow.socket.pause();
    const isClosed = (): boolean => stats.counterValue(COUNTER.connectionsClosed['4008']) > 0;
    const candidates = Array.from({ length: 200 }, (_, i) => `${i}`.padEnd(120, 'x'));
    // The kernel takes megabytes before the gateway has to wait at all.
    for (let seq = 1; !isClosed() && seq < 20_000; seq++) {
      if (seq % 10 === 0) slow.send({ t: 'rank', id: seq, candidates });
      await other.click(seq, 'item-1');
    }
    expect(isClosed()).toBe(true);
    slow.socket.resume();
    expect(await slow.closed()).toBe(4008);
    expect(slow.inbox.at(-1)).toMatchObject({ t: 'bye', code: 4008, reconnect: 'now' });
    other.drop();
  });

  test('gets the newest list alone when only lists waited', async () => {
    const { url, stats, pool } = await start();
    const long = Array.from({ length: 16 }, (_, i) => ({ slot: `slot-${i}`, k: 100, explain: true }));
    const slow = await WsClient.hello(url, { user: 'one', slots: long });
    const fast = await WsClient.hello(url, { user: 'one' });
    slow.socket.pause();
    let seq = 0;
    const hasCoalesced = (): boolean => stats.counterValue(COUNTER.listsCoalesced) > 200;
    while (!hasCoalesced() && seq < 5_000) await fast.click(++seq, `item-${seq % 200}`);
    expect(hasCoalesced()).toBe(true);
    await expect.poll(() => stats.gaugeValue(GAUGE.connections), { timeout: 5_000 }).toBe(2);
    pool.model = 'after@1';
    await fast.click(++seq, 'item-7');
    slow.socket.resume();
    for (const { slot } of long)
      await slow.next('recs', (recs) => recs.slot === slot && recs.model === 'after@1');
    for (const { slot } of long) {
      const revs = slow.inbox
        .filter((message) => message.t === 'recs')
        .filter((recs) => recs.slot === slot)
        .map(({ rev }) => rev);
      expect(revs).toEqual([...revs].sort((a, b) => a - b));
    }
    slow.drop();
    fast.drop();
  });
});

describe('going away', () => {
  test('says bye 1001 after what was waiting, is not ready, and takes nobody new', async () => {
    const { gateway, url } = await start();
    const client = await WsClient.hello(url);
    gateway.drain();
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { code: 'draining' }]);
    await gateway.depart(1_000, new AbortController().signal);
    expect(await client.closed()).toBe(1001);
    expect(client.inbox.at(-1)).toMatchObject({ t: 'bye', code: 1001, reconnect: 'now' });
    await expect(WsClient.open(url)).rejects.toThrow('ECONNREFUSED');
  });
});

test('a port in use is named, with what to do', async () => {
  const { url } = await start();
  const port = Number(new URL(url).port);
  const failure = await start({ port }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StartupError);
  expect(failure).toMatchObject({
    code: 'port_in_use',
    message: expect.stringMatching(`127.0.0.1:${port}.*AFTERCLICK_PORT`),
  });
});

test('a client that vanishes leaves nothing open in the pool', async () => {
  const { url, pool, stats } = await start();
  const clients = await Promise.all(
    Array.from({ length: 20 }, (_, i) => WsClient.hello(url, { user: `u-${i % 3}` })),
  );
  for (const client of clients) client.drop();
  const rest = await WsClient.hello(url);
  while (stats.gaugeValue(GAUGE.connections) > 1) {
    rest.send({ t: 'ping' });
    await rest.next('pong', () => true, rest.inbox.length);
  }
  expect(pool.log.filter((line) => line.startsWith('open'))).toHaveLength(21);
  expect(pool.log.filter((line) => line.startsWith('close'))).toHaveLength(20);
  rest.drop();
});
