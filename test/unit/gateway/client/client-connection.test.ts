import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  AfterclickClient,
  type ClientOptions,
  type ConnectionState,
} from '../../../../gateway/client/index.js';
import { CLOSES } from '../../../../gateway/protocol/close-codes.js';
import type { Hello } from '../../../../gateway/protocol/messages.js';
import { ManualClock, MapStorage, socketFactory, welcome } from '../../../support/gateway/client-harness.js';

function page(options: Partial<ClientOptions> = {}) {
  const clock = new ManualClock();
  const { sockets, WebSocket } = socketFactory();
  const client = new AfterclickClient({
    url: 'http://shop.test',
    WebSocket,
    clock,
    random: () => 0.5,
    ...options,
  });
  const states: ConnectionState[] = [];
  client.on('state', (state) => states.push(state));
  const last = () => sockets[sockets.length - 1];
  const enter = (fields = {}) => {
    last().open();
    last().say(welcome(fields));
  };
  return { client, clock, sockets, states, last, enter };
}

describe('connecting', () => {
  it('[C1] asks for its subprotocol at /v1/ws', () => {
    const { last } = page({ url: 'https://shop.test' });
    expect(last().url).toBe('wss://shop.test/v1/ws');
    expect(last().protocols).toEqual(['afterclick.v1.json']);
  });

  it('keeps a path that is given', () => {
    expect(page({ url: 'ws://shop.test/live?x=1' }).last().url).toBe('ws://shop.test/live?x=1');
  });

  it('refuses an address that is none', () => {
    expect(() => page({ url: 'shop' })).toThrow(/none of a gateway/);
  });

  it('[C3] says hello first, in the turn in which the socket opens', () => {
    const { last } = page({ user: 'ada', token: 'tok', device: 'phone', slots: [{ slot: 'home', k: 5 }] });
    last().open();
    expect(last().sent).toEqual([
      { t: 'hello', user: 'ada', token: 'tok', device: 'phone', slots: [{ slot: 'home', k: 5 }] },
    ]);
  });

  it('says what the browser asks for (Global Privacy Control), unless the page says otherwise, and what the shopper says later', () => {
    const nothing = { personalise: false, learn: false };
    const helloOf = (options: Partial<ClientOptions>) => {
      const shop = page(options);
      shop.last().open();
      return { ...shop, hello: shop.last().sent[0] as Hello };
    };
    expect(helloOf({}).hello).not.toHaveProperty('consent');
    vi.stubGlobal('navigator', { globalPrivacyControl: true });
    onTestFinished(() => void vi.unstubAllGlobals());
    expect(helloOf({}).hello.consent).toEqual(nothing);
    const { client, enter, last, hello, clock } = helloOf({ consent: { personalise: true } });
    expect(hello.consent).toEqual({ personalise: true });
    enter();
    void client.consent({ learn: false }).catch(() => undefined);
    expect(last().sent).toContainEqual({ t: 'consent', id: 'r1', learn: false });
    last().end(1006);
    clock.advance(60_000);
    last().open();
    expect((last().sent[0] as Hello).consent).toEqual({ personalise: true, learn: false });
    client.close();
  });

  it('names the session the page gave', () => {
    const { last } = page({ session: 'mine' });
    last().open();
    expect(last().sent[0]).toEqual({ t: 'hello', session: 'mine', slots: [] });
  });

  it('asks for a token on every connect and tries again when there is none', async () => {
    const tokens = ['first', new Error('no network'), 'third'];
    const token = (): Promise<string> => {
      const next = tokens.shift()!;
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    };
    const { clock, last, sockets } = page({ token });
    const settled = () => new Promise((done) => setImmediate(done));
    for (const expected of [1, 2, 3]) {
      expect(sockets.length).toBe(expected);
      last().open();
      await settled();
      if (expected === 1) last().end(1006);
      clock.advance(10_000);
    }
    expect((sockets[0].sent[0] as Hello).token).toBe('first');
    expect(sockets[1].sent).toEqual([]);
    expect((sockets[2].sent[0] as Hello).token).toBe('third');
  });

  it('gives up a socket that is never let in', () => {
    const { clock, last, sockets, states } = page({ connectTimeoutMs: 2_000 });
    last().open();
    clock.advance(2_000);
    expect(sockets[0].isClosedByPage).toBe(true);
    expect(states.at(-1)).toMatchObject({ name: 'waiting', code: 4900 });
  });
});

describe('coming back', () => {
  it('[D4] resumes its session from the last acknowledged event', () => {
    const { client, clock, last, enter } = page();
    enter();
    client.track('view_item', { item: 'a' });
    last().say({ t: 'ack', seq: 1 });
    last().end(1006);
    clock.advance(1_000);
    last().open();
    expect(last().sent[0]).toMatchObject({ resume: { session: 's-1', seq: 1 } });
  });

  const policies = Object.values(CLOSES).filter((close) => close !== CLOSES.tokenExpired);
  it.each(policies)('comes back after $code: $reconnect', ({ code, reconnect }) => {
    const { clock, states, sockets, enter, last } = page();
    enter();
    last().end(code);
    expect(states.at(-1)).toMatchObject(
      reconnect === 'never'
        ? { name: 'closed', code }
        : { name: 'waiting', code, retryInMs: reconnect === 'now' ? 0 : 125 },
    );
    clock.advance(60_000);
    expect(sockets.length).toBeGreaterThan(reconnect === 'never' ? 0 : 1);
    if (reconnect === 'never') expect(sockets.length).toBe(1);
  });

  it('after 4002 comes back only when a new token can be had', () => {
    for (const [token, name] of [
      ['fixed', 'closed'],
      [() => 'fresh', 'waiting'],
    ] as const) {
      const { states, enter, last } = page({ token });
      enter();
      last().end(4002);
      expect(states.at(-1)!.name).toBe(name);
    }
  });

  it('does what bye says rather than what the code says', () => {
    const { states, enter, last } = page();
    enter();
    last().say({ t: 'bye', code: 1001, reason: 'moved', reconnect: 'never' });
    last().end(1001);
    expect(states.at(-1)!.name).toBe('closed');
  });

  it('honours `now` once, then backs off', () => {
    const { clock, states, enter, last } = page();
    const pauses: number[] = [];
    for (let i = 0; i < 4; i++) {
      enter();
      last().end(1001);
      pauses.push((states.at(-1) as { retryInMs: number }).retryInMs);
      clock.advance(pauses[i]);
    }
    expect(pauses).toEqual([0, 250, 500, 1_000]);
  });

  it('starts from no backoff after a connection that lasted', () => {
    const { clock, states, enter, last } = page();
    for (let i = 0; i < 3; i++) {
      last().end(1006);
      clock.advance((states.at(-1) as { retryInMs: number }).retryInMs);
    }
    enter();
    clock.advance(5_000);
    last().end(1006);
    expect(states.at(-1)).toMatchObject({ retryInMs: 125 });
  });

  it('never waits longer than the bound', () => {
    const { clock, states, last } = page({ backoff: { firstMs: 100, maxMs: 800 }, random: () => 0.999_999 });
    for (let i = 0; i < 20; i++) {
      last().end(1006);
      expect((states.at(-1) as { retryInMs: number }).retryInMs).toBeLessThan(800);
      clock.advance(800);
    }
  });
});

describe('silence', () => {
  it('[C4] asks after a heartbeat of silence and gives the connection up after the idle timeout', () => {
    const { clock, last, sockets, states, enter } = page();
    enter({ heartbeatMs: 10_000, idleTimeoutMs: 25_000 });
    clock.advance(10_000);
    expect(last().sent.filter(({ t }) => t === 'ping')).toHaveLength(1);
    clock.advance(15_000);
    expect(sockets[0].isClosedByPage).toBe(true);
    expect(states.at(-1)).toMatchObject({ name: 'waiting', code: 4900 });
  });

  it('[C4] stays while it hears anything', () => {
    const { clock, last, states, enter } = page();
    enter({ heartbeatMs: 10_000, idleTimeoutMs: 25_000 });
    for (let i = 0; i < 20; i++) {
      clock.advance(9_000);
      last().say({ t: 'pong' });
    }
    expect(states.at(-1)!.name).toBe('open');
    expect(last().sent.some(({ t }) => t === 'ping')).toBe(false);
  });

  it('does not hear a socket it gave up', () => {
    const { client, clock, last, enter } = page({ slots: [{ slot: 'home' }] });
    enter();
    const old = last();
    clock.advance(30_000);
    old.say({ t: 'recs', slot: 'home', rev: 9, cause: 0, ids: ['late'], scores: [1], model: 'demo' });
    expect(client.list('home')).toBeUndefined();
  });
});

describe('the network of the page', () => {
  function network() {
    const listeners = new Map<string, () => void>();
    return {
      listeners,
      network: {
        addEventListener: (name: string, listener: () => void) => void listeners.set(name, listener),
        removeEventListener: (name: string) => void listeners.delete(name),
        isVisible: true,
      },
    };
  }

  it.each(['online', 'pageshow', 'visibilitychange'])('tries at once on %s', (name) => {
    const net = network();
    const { last, sockets } = page({ network: net.network });
    last().end(1006);
    net.listeners.get(name)!();
    expect(sockets).toHaveLength(2);
  });

  it('looks for a sign of life when the page goes offline', () => {
    const net = network();
    const { clock, last, states, enter } = page({ network: net.network });
    enter();
    net.listeners.get('offline')!();
    expect(last().sent.at(-1)).toEqual({ t: 'ping', id: 'probe-1' });
    last().say({ t: 'pong', id: 'probe-1' });
    clock.advance(3_000);
    expect(states.at(-1)!.name).toBe('open');
    net.listeners.get('offline')!();
    clock.advance(3_000);
    expect(states.at(-1)!.name).toBe('waiting');
  });

  it('leaves no listener, timer or socket after close', () => {
    const net = network();
    const storage = new MapStorage();
    const { client, clock, last, enter } = page({ network: net.network, storage });
    enter();
    client.track('view_item', { item: 'a' });
    void client.recommend().catch(() => undefined);
    client.close();
    client.close();
    expect(net.listeners.size).toBe(0);
    expect(clock.timerCount).toBe(0);
    expect(last().isClosedByPage).toBe(true);
    expect(client.state.name).toBe('closed');
    expect(storage.getItem('afterclick')).toContain('view_item');
  });

  it('leaves no timer when closed while it waits', () => {
    const { client, clock, last, sockets } = page();
    last().end(1006);
    client.close();
    clock.advance(100_000);
    expect([clock.timerCount, sockets.length]).toEqual([0, 1]);
  });
});
