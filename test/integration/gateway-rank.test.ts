import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { COUNTER } from '../../metrics/table.js';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { WsClient } from '../support/gateway/ws-client.js';

let harness: GatewayHarness;
let client: WsClient;
let calls = 0;

beforeAll(async () => {
  harness = await startGatewayHarness();
  client = await WsClient.hello(harness.url, {
    user: 'u',
    slots: [{ slot: 'home', k: 4, exclude: ['item-9'], explain: true }],
  });
});
afterAll(() => {
  client.drop();
  harness.stop();
});

function ask(message: object) {
  const id = ++calls;
  client.send({ id, ...message });
  return client.next('result', (result) => result.id === id);
}

describe('[T2] rank', () => {
  const candidates = ['nothing', 'item-3', 'item-1', 'item-3', 'nowhere', 'item-2', 'nothing'];

  test('returns each candidate once, unknown ones last and named', async () => {
    const { ids, scores, unknown, degraded } = await ask({ t: 'rank', candidates });
    expect(ids.slice(0, 3).sort()).toEqual(['item-1', 'item-2', 'item-3']);
    expect(ids.slice(3)).toEqual(['nothing', 'nowhere']);
    expect(unknown).toEqual(['nothing', 'nowhere']);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores).toHaveLength(5);
    expect(degraded).toBe(false);
  });

  test.each([1, 3, 4, 5, 100])('returns at most k = %d', async (k) => {
    const { ids, unknown } = await ask({ t: 'rank', candidates, k });
    expect(ids).toHaveLength(Math.min(k, 5));
    expect(unknown).toEqual(['nothing', 'nowhere']);
  });

  test('answers when no candidate is known, or there is none', async () => {
    expect(await ask({ t: 'rank', candidates: ['nothing'] })).toMatchObject({
      ids: ['nothing'],
      unknown: ['nothing'],
      degraded: false,
    });
    expect(await ask({ t: 'rank', candidates: [] })).toMatchObject({ ids: [], scores: [] });
  });

  test('leaves out what is excluded or filtered', async () => {
    const fields = { exclude: ['item-1'], filter: { price: { lt: 3 } } };
    expect((await ask({ t: 'rank', candidates, ...fields })).ids).toEqual(['item-2', 'nothing', 'nowhere']);
  });
});

describe('[T1] rank with a deadline', () => {
  test('answers in the order given when the shard does not, and only once', async () => {
    harness.pool.holdsRanks = true;
    onTestFinished(() => harness.pool.releaseRanks());
    const degraded = harness.stats.counterValue(COUNTER.ranksDegraded);
    const result = await ask({
      t: 'rank',
      candidates: ['item-5', 'nothing', 'item-9', 'item-1', 'item-4'],
      tmaxMs: 30,
      k: 4,
      slot: 'home',
    });
    expect(result).toMatchObject({
      slot: 'home',
      ids: ['item-5', 'item-1', 'item-4', 'nothing'],
      scores: [0, 0, 0, 0],
      degraded: true,
    });
    expect(result.tookUs).toBeGreaterThanOrEqual(24_000);
    expect(harness.stats.counterValue(COUNTER.ranksDegraded)).toBe(degraded + 1);
    harness.pool.releaseRanks();
    client.send({ t: 'ping', id: 'after' });
    await client.next('pong', ({ id }) => id === 'after');
    expect(client.inbox.filter((message) => message.t === 'result' && message.id === result.id)).toHaveLength(
      1,
    );
  });

  test('keeps its deadline: the soonest of ten answers is within it, whatever else the machine does', async () => {
    harness.pool.holdsRanks = true;
    onTestFinished(() => harness.pool.releaseRanks());
    const tookUs: number[] = [];
    for (let n = 0; n < 10 && !tookUs.some((took) => took < 30_000); n++)
      tookUs.push((await ask({ t: 'rank', candidates: ['item-5'], tmaxMs: 30 })).tookUs);
    expect(Math.min(...tookUs)).toBeLessThan(30_000);
  });

  test('answers with the shard’s order when it is in time', async () => {
    expect((await ask({ t: 'rank', candidates: ['item-5'], tmaxMs: 5_000 })).degraded).toBe(false);
  });
});

describe('recommend', () => {
  test('[R1] knows the event sent before it', async () => {
    client.send({ t: 'event', seq: 1, e: 'view_item', item: 'item-150' });
    expect((await ask({ t: 'recommend', k: 5 })).ids).toContain('item-150');
  });

  test('takes what it leaves open from the subscribed slot', async () => {
    const result = await ask({ t: 'recommend', slot: 'home', k: 6 });
    expect(result.ids).toHaveLength(6);
    expect(result.ids).not.toContain('item-9');
    expect(result.reasons).toHaveLength(6);
    expect((await ask({ t: 'recommend' })).ids).toHaveLength(20);
  });

  test('refuses what does not hold together, by id', async () => {
    client.send({ t: 'recommend', id: 'bad', filter: { price: { near: 1 } } });
    expect(await client.next('error', ({ id }) => id === 'bad')).toMatchObject({ code: 'invalid_field' });
  });
});
