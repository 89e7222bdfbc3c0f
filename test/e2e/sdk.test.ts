import { Packr } from 'msgpackr';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  AfterclickClient,
  type ClientOptions,
  jsonCodec,
  type List,
  messagePackCodec,
} from '../../gateway/client/index.js';
import {
  type BuiltGateway,
  freePort,
  startGateway,
  temporaryFolder,
} from '../support/gateway/built-gateway.js';

const TIMEOUT_MS = 60_000;
const SLOT = { slot: 'home', k: 20, explain: true };

let gateway: BuiltGateway | undefined;
let client: AfterclickClient | undefined;

afterEach(async () => {
  client?.close();
  await gateway?.stop();
});

function connect(options: Partial<ClientOptions> = {}): AfterclickClient {
  client = new AfterclickClient({
    url: gateway!.url,
    WebSocket,
    slots: [SLOT],
    backoff: { firstMs: 20, maxMs: 200 },
    ...options,
  });
  return client;
}

/** The first list that fits. */
function listOf(from: AfterclickClient, fits: (list: List) => boolean): Promise<List> {
  return new Promise((resolve) => {
    const off = from.on('recs', (list) => {
      if (!fits(list)) return;
      off();
      resolve(list);
    });
  });
}

describe('the SDK on Node', () => {
  const codecs = [jsonCodec, messagePackCodec(new Packr({ useRecords: false }))];

  it.each(codecs)(
    '[R1] [T2] clicks, asks, ranks and gets a name over $subprotocol',
    { timeout: TIMEOUT_MS },
    async (codec) => {
      gateway = await startGateway();
      const shop = connect({ codec });
      const first = await listOf(shop, () => true);
      expect(first.ids).toHaveLength(20);

      const ticket = shop.track('view_item', { item: first.ids[3], slot: 'home', list: first.rev });
      const second = await listOf(shop, ({ cause }) => cause >= ticket.seq);
      expect(second.ids).not.toEqual(first.ids);
      expect(second.reasons).toHaveLength(second.ids.length);
      second.reasons?.forEach(({ parts = [] }, i) =>
        expect(parts.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(second.scores[i], 3),
      );
      await ticket.whenAcked();

      const answer = await shop.recommend({ slot: 'home', k: 5, exclude: [second.ids[0]] });
      expect(answer.ids).toHaveLength(5);
      expect(answer.ids).not.toContain(second.ids[0]);
      const ranked = await shop.rank({ candidates: ['no-such-item', ...first.ids.slice(0, 4)], tmaxMs: 500 });
      expect([ranked.ids.length, ranked.ids[4], ranked.unknown]).toEqual([
        5,
        'no-such-item',
        ['no-such-item'],
      ]);

      expect(shop.user).toBe(shop.session);
      expect(await shop.identify(`ada-${codec.subprotocol}`)).toMatchObject({ merged: true });
      expect(shop.user).toBe(`ada-${codec.subprotocol}`);
    },
  );

  it(
    '[D1] [D2] [D3] numbers what was accepted without a gap through refusals and two crashes',
    { timeout: TIMEOUT_MS },
    async () => {
      const env = { AFTERCLICK_PORT: String(await freePort()), AFTERCLICK_DATA_DIR: temporaryFolder() };
      gateway = await startGateway({ env });
      const shop = connect();
      const refused: string[] = [];
      shop.on('refused', ({ ticket }) => refused.push(ticket.fields.item!));
      const { ids } = await listOf(shop, () => true);
      const bad: string[] = [];
      for (let i = 0; i < 300; i++) {
        if (i === 100 || i === 200) {
          await shop.whenAcked(i / 2);
          await gateway.kill();
          gateway = await startGateway({ env });
        }
        const isBad = i % 7 === 3;
        if (isBad) bad.push(`no-such-item-${i}`);
        shop.track('view_item', { item: isBad ? `no-such-item-${i}` : ids[i % ids.length] });
      }
      await expect.poll(() => shop.pending.length, { timeout: 20_000 }).toBe(0);
      expect(refused).toEqual(bad);
      const session = shop.session!;
      shop.close();

      const next = connect({ session });
      await listOf(next, () => true);
      const ticket = next.track('view_item', { item: ids[0] });
      await ticket.whenAcked();
      expect(ticket.seq).toBe(300 - bad.length + 1);
    },
  );

  it(
    'comes back at once when the gateway drains, with the list there was',
    { timeout: TIMEOUT_MS },
    async () => {
      const env = { AFTERCLICK_PORT: String(await freePort()), AFTERCLICK_DATA_DIR: temporaryFolder() };
      gateway = await startGateway({ env });
      const shop = connect();
      const { ids } = await listOf(shop, () => true);
      await shop.track('view_item', { item: ids[0] }).whenAcked();
      const drained = new Promise((resolve) =>
        shop.on('state', (state) => state.name === 'waiting' && resolve(state)),
      );
      const stopped = gateway.stop();
      expect(await drained).toMatchObject({ code: 1001, retryInMs: 0 });
      expect(await stopped).toBe(0);
      const [list] = await Promise.all([
        listOf(shop, ({ cause }) => cause === 1),
        startGateway({ env }).then((again) => (gateway = again)),
      ]);
      expect(list.ids).toHaveLength(20);
    },
  );
});
