import { beforeEach, describe, expect, it } from 'vitest';
import { AfterclickClient } from '../../../../gateway/client/index.js';
import { PROBE_EVERY_MS, PROBE_MS } from '../../../../gateway/client/link/heartbeat.js';
import { SILENCE_MAX_MS, SILENCE_MS } from '../../../../gateway/client/events/silence-watch.js';
import type { PageEventName } from '../../../../gateway/client/link/page-events.js';
import {
  type FakeSocket,
  ManualClock,
  socketFactory,
  welcome,
} from '../../../support/gateway/client-harness.js';

/** The events of a page, which a test fires. */
class FakePage {
  isVisible = true;
  readonly #listeners = new Map<PageEventName, () => void>();
  addEventListener(name: PageEventName, listener: () => void): void {
    this.#listeners.set(name, listener);
  }
  removeEventListener(name: PageEventName): void {
    this.#listeners.delete(name);
  }
  fire(name: PageEventName): void {
    this.#listeners.get(name)!();
  }
}

let clock: ManualClock;
let network: FakePage;
let client: AfterclickClient;
let sockets: FakeSocket[];

beforeEach(() => {
  clock = new ManualClock();
  network = new FakePage();
  const factory = socketFactory();
  sockets = factory.sockets;
  const { WebSocket } = factory;
  client = new AfterclickClient({ url: 'http://shop.test', WebSocket, clock, network, random: () => 0.5 });
  sockets[0].open();
  sockets[0].say(welcome({ heartbeatMs: 22_000 }));
});

const track = (item: string) => client.track('view_item', { item });
const probes = () => sockets.at(-1)!.sent.flatMap((message) => (message.t === 'ping' ? [message.id] : []));
const pong = () => sockets.at(-1)!.say({ t: 'pong', id: probes().at(-1)! });
const list = (cause: number) =>
  sockets[0].say({ t: 'recs', slot: 'home', rev: cause, cause, ids: [], scores: [], model: 'demo' });

describe('a silent path', () => {
  it('is looked at when an event has had neither list nor ack for 0.75 s, and given up when nothing comes', () => {
    track('a');
    clock.advance(SILENCE_MS - 1);
    expect(probes()).toEqual([]);
    clock.advance(1);
    expect(probes()).toEqual(['probe-1']);
    clock.advance(PROBE_MS - 1);
    expect(client.state.name).toBe('open');
    clock.advance(1);
    expect(client.state).toMatchObject({ name: 'waiting', code: 4900 });
    clock.advance(200);
    sockets[1].open();
    sockets[1].say(welcome());
    expect(sockets[1].seqs).toEqual([1]);
  });

  it.each([
    ['a list', () => list(1)],
    ['an ack', () => sockets[0].say({ t: 'ack', seq: 1 })],
    ['a refusal', () => sockets[0].say({ t: 'error', code: 'unknown_item', message: '', seq: 1 })],
  ])('is none after %s', (_, answer) => {
    track('a');
    answer();
    clock.advance(20_000);
    expect(probes()).toEqual([]);
  });

  it('counts from the last answer, not from the first event', () => {
    for (const item of ['a', 'b', 'c']) track(item);
    clock.advance(500);
    list(2);
    clock.advance(SILENCE_MS - 1);
    expect(probes()).toEqual([]);
    clock.advance(1);
    expect(probes()).toHaveLength(1);
  });

  it('is noticed also when lists come that know nothing of the event, as those of another device', () => {
    track('a');
    for (let ms = 0; ms < SILENCE_MS + PROBE_MS; ms += 250) {
      clock.advance(250);
      list(0);
    }
    expect(client.state).toMatchObject({ name: 'waiting', code: 4900 });
  });

  it('is looked at more and more rarely while the gateway lives and owes the answer', () => {
    track('a');
    for (let ms = 0; ms < 120_000; ms += 100) {
      clock.advance(100);
      if (probes().length > 0) pong();
    }
    // After 0.75 s, 1.5 s more, 3 s, 6 s, 12 s, then every 24 s.
    expect(probes().filter((id) => id !== undefined).length).toBeLessThanOrEqual(
      5 + 120_000 / SILENCE_MAX_MS,
    );
    expect(client.state.name).toBe('open');
    sockets[0].say({ t: 'ack', seq: 1 });
    const before = probes().length;
    track('b');
    clock.advance(SILENCE_MS);
    expect(probes().length).toBe(before + 1);
  });

  it('is looked at when a request has had no answer, which is asked again on the next connection', async () => {
    const answer = client.recommend({ slot: 'home' });
    clock.advance(SILENCE_MS + PROBE_MS);
    expect(client.state).toMatchObject({ name: 'waiting', code: 4900 });
    clock.advance(200);
    sockets[1].open();
    sockets[1].say(welcome());
    const asked = sockets[1].sent.find((message) => message.t === 'recommend')!;
    const fields = { slot: 'home', ids: [], scores: [], degraded: false, tookUs: 1, rev: 1, model: 'demo' };
    sockets[1].say({ t: 'result', id: asked.id, ...fields });
    await expect(answer).resolves.toMatchObject({ slot: 'home' });
  });

  it('leaves no timer once all is answered and the client closed', () => {
    track('a');
    void client.recommend().catch(() => undefined);
    client.close();
    expect(clock.timerCount).toBe(0);
  });
});

describe('a page that is looked at again', () => {
  it.each(['pageshow', 'visibilitychange', 'online', 'offline'] as const)(
    'asks for a sign of life on %s',
    (name) => {
      network.fire(name);
      expect(probes()).toEqual(['probe-1']);
      clock.advance(PROBE_MS);
      expect(client.state).toMatchObject({ name: 'waiting', code: 4900 });
    },
  );

  it('does not ask when it goes out of sight', () => {
    network.isVisible = false;
    network.fire('visibilitychange');
    expect(probes()).toEqual([]);
  });

  it('asks once, however many reasons there are at once', () => {
    for (const name of ['pageshow', 'visibilitychange', 'online', 'offline'] as const) network.fire(name);
    pong();
    for (let i = 0; i < 100; i++) {
      network.fire('visibilitychange');
      clock.advance(9);
      if (probes().length > 1) break;
    }
    expect(probes()).toHaveLength(1);
    clock.advance(PROBE_EVERY_MS);
    network.fire('pageshow');
    expect(probes()).toHaveLength(2);
  });

  it('does not take any word of the gateway for the answer', () => {
    network.fire('pageshow');
    list(0);
    sockets[0].say({ t: 'pong' });
    clock.advance(PROBE_MS);
    expect(client.state.name).toBe('waiting');
  });
});
