import { describe, expect, it } from 'vitest';
import { AfterclickClient, type ClientOptions } from '../../../../gateway/client/index.js';
import { SILENCE_MS } from '../../../../gateway/client/events/silence-watch.js';
import {
  FIRST_CONNECT_MS,
  FIRST_PROBE_MS,
  STABLE_AFTER_MS,
} from '../../../../gateway/client/link/gateway-link.js';
import { PROBE_MS } from '../../../../gateway/client/link/heartbeat.js';
import { ManualClock, MapStorage, socketFactory, welcome } from '../../../support/gateway/client-harness.js';

const NODES = ['https://a.shop.test', 'https://b.shop.test', 'https://c.shop.test'];
const socketOf = (name: string): string => `wss://${name}.shop.test/v1/ws`;

/** A page that begins at node a. */
function page(options: Partial<ClientOptions> = {}) {
  const clock = new ManualClock();
  const { sockets, WebSocket } = socketFactory();
  const client = new AfterclickClient({ url: NODES, WebSocket, clock, random: () => 0, ...options });
  const last = () => sockets.at(-1)!;
  const enter = (fields = {}, tookMs = 0) => {
    last().open();
    clock.advance(tookMs);
    last().say(welcome(fields));
  };
  return {
    client,
    clock,
    sockets,
    last,
    enter,
    at: () => sockets.map(({ url }) => url.slice(6, 7)).join(''),
  };
}

describe('a client with several addresses', () => {
  it('begins with any of them', () => {
    expect(page({ random: () => 0.5 }).last().url).toBe(socketOf('b'));
    expect(page({ random: () => 0.99 }).last().url).toBe(socketOf('c'));
  });

  it('refuses to begin when one of them is none', () => {
    expect(() => page({ url: [NODES[0], 'shop'] })).toThrow(/"shop" is none of a gateway/);
  });

  it('goes to the next one each time that a connection ends, and round', () => {
    const { clock, last, at } = page();
    for (let i = 0; i < 3; i++) {
      last().end(1006);
      clock.advance(0);
    }
    expect(at()).toBe('abca');
  });

  it('waits longer after each round over all of them, not after each', () => {
    const { clock, client, last } = page({ random: () => 0.5 });
    const pausesMs: number[] = [];
    client.on('state', (state) => state.name === 'waiting' && pausesMs.push(state.retryInMs));
    for (let i = 0; i < 7; i++) {
      last().end(1006);
      clock.advance(pausesMs.at(-1)!);
    }
    expect(pausesMs).toEqual([125, 125, 125, 250, 250, 250, 500]);
  });

  it('waits 5 s at most for a minute and more after all were lost, and half a minute for those that stay away', () => {
    const { clock, client, last } = page({ random: () => 0.999 });
    const pausesMs: number[] = [];
    client.on('state', (state) => state.name === 'waiting' && pausesMs.push(state.retryInMs));
    for (let i = 0; i < 3 * 20; i++) {
      last().end(1006);
      clock.advance(pausesMs.at(-1)!);
    }
    const rounds = Array.from({ length: 20 }, (_, i) => Math.round(pausesMs[3 * i] / 999));
    expect(rounds).toEqual([0, 1, 1, 2, 4, 5, 5, 5, 5, 5, 5, 5, 5, 8, 16, 30, 30, 30, 30, 30]);
  });

  it('leaves a node that is silent for 1.5 s, and takes to the next one what has no acknowledgement', () => {
    const { client, clock, sockets, enter, at } = page();
    enter();
    client.track('view_item', { item: 'x' });
    clock.advance(SILENCE_MS + FIRST_PROBE_MS - 1);
    expect(client.state.name).toBe('open');
    clock.advance(1);
    expect(SILENCE_MS + FIRST_PROBE_MS).toBe(1_500);
    enter();
    expect([at(), sockets[0].isClosedByPage, sockets[1].seqs]).toEqual(['ab', true, [1]]);
  });

  it('stays at a node that answers a probe, while the answer to the event is owed', () => {
    const { client, clock, last, enter, at } = page();
    enter();
    client.track('view_item', { item: 'x' });
    clock.advance(SILENCE_MS);
    last().say({ t: 'pong', id: 'probe-1' });
    clock.advance(SILENCE_MS);
    expect([at(), client.state.name]).toEqual(['a', 'open']);
  });

  it('leaves one that answers probes and no event: what is behind it may be in reach of others', () => {
    const { client, clock, last, enter, at } = page();
    enter();
    client.track('view_item', { item: 'x' });
    clock.advance(SILENCE_MS);
    last().say({ t: 'pong', id: 'probe-1' });
    clock.advance(2 * SILENCE_MS - 1);
    expect(client.state.name).toBe('open');
    clock.advance(1);
    enter();
    expect([at(), last().seqs]).toEqual(['ab', [1]]);
  });

  it('stays at one that answers events, however late others are', () => {
    const { client, clock, last, enter, at } = page();
    enter();
    for (let seq = 1; seq <= 6; seq++) {
      client.track('view_item', { item: 'x' });
      clock.advance(SILENCE_MS);
      last().say({ t: 'pong', id: `probe-${seq}` });
      clock.advance(2 * SILENCE_MS - 1);
      last().say({ t: 'ack', seq });
    }
    expect([at(), client.state.name]).toEqual(['a', 'open']);
  });

  it('with one address stays at a gateway that answers probes and no event', () => {
    const { client, clock, last, enter, at } = page({ url: NODES[0] });
    enter();
    client.track('view_item', { item: 'x' });
    for (let probe = 1; probe <= 4; probe++) {
      clock.advance(SILENCE_MS * 2 ** (probe - 1));
      last().say({ t: 'pong', id: `probe-${probe}` });
    }
    expect([at(), client.state.name]).toEqual(['a', 'open']);
  });

  it('gives a slow path longer each time, 3 s at most, until a node lets it in soon', () => {
    const { client, clock, enter } = page();
    client.track('view_item', { item: 'x' });
    const patienceMs = [500, 500, 500, 500, 300].map((helloMs) => {
      enter({}, helloMs);
      const fromMs = clock.elapsedMs() + SILENCE_MS;
      while (client.state.name === 'open') clock.advance(1);
      const tookMs = clock.elapsedMs() - fromMs;
      while (client.state.name !== 'connecting') clock.advance(1);
      return tookMs;
    });
    expect(patienceMs).toEqual([FIRST_PROBE_MS, 2 * FIRST_PROBE_MS, PROBE_MS, PROBE_MS, FIRST_PROBE_MS]);
  });

  it('leaves a node that takes the socket and does not let it in after 1.5 s, the next one after 3 s', () => {
    const { client, clock, last, at } = page();
    last().open();
    clock.advance(FIRST_CONNECT_MS);
    expect(client.state).toMatchObject({ name: 'connecting' });
    expect(at()).toBe('ab');
    clock.advance(2 * FIRST_CONNECT_MS - 1);
    expect(at()).toBe('ab');
    clock.advance(1);
    expect(at()).toBe('abc');
  });

  it('with one address waits as long as it is told', () => {
    const { clock, at } = page({ url: NODES[0] });
    clock.advance(9_999);
    expect(at()).toBe('a');
    clock.advance(1);
    expect(at()).toBe('aa');
  });
});

describe('the owner that welcome names', () => {
  it('is gone to beside the connection in use, which serves until then', () => {
    const { client, sockets, enter, at } = page();
    enter({ owner: socketOf('c') });
    expect([at(), client.state.name]).toEqual(['ac', 'open']);
    client.track('view_item', { item: 'x' });
    expect(sockets[0].seqs).toEqual([1]);
    sockets[1].open();
    expect([sockets[0].isClosedByPage, client.state.name]).toEqual([true, 'connecting']);
    expect(sockets[1].sent).toMatchObject([{ t: 'hello', resume: { session: 's-1', seq: 0 } }]);
    sockets[1].say(welcome());
    // It may not have arrived: the owner knows its number (D2).
    expect(sockets[1].seqs).toEqual([1]);
    expect(client.state.name).toBe('open');
  });

  it('that is none of the addresses of the page is left alone', () => {
    const { enter, at } = page();
    enter({ owner: 'wss://elsewhere.test/v1/ws' });
    expect(at()).toBe('a');
  });

  it('that is this one is no reason to go', () => {
    const { enter, at } = page();
    enter({ owner: socketOf('a') });
    expect(at()).toBe('a');
  });

  it('that lets no socket in leaves everything as it is', () => {
    const { client, sockets, enter } = page();
    enter({ owner: socketOf('b') });
    sockets[1].end(1006);
    expect(client.state.name).toBe('open');
    client.track('view_item', { item: 'x' });
    expect(sockets[0].seqs).toEqual([1]);
    sockets[0].say({ t: 'ack', seq: 1 });
    expect(client.pending).toEqual([]);
  });

  it('is not followed to and fro by nodes that disagree, until the connection has lasted', () => {
    const { clock, last, enter, at } = page();
    enter({ owner: socketOf('b') });
    enter({ owner: socketOf('a') });
    expect(at()).toBe('ab');
    clock.advance(STABLE_AFTER_MS);
    last().end(1001);
    clock.advance(0);
    enter({ owner: socketOf('a') });
    expect(at()).toBe('abca');
  });

  it('is where a page that is loaded again begins', () => {
    const storage = new MapStorage();
    const first = page({ storage });
    first.enter({ owner: socketOf('c') });
    first.enter();
    first.client.close();
    expect(page({ storage }).at()).toBe('c');
    expect(page({ storage, url: NODES.slice(0, 2) }).at()).toBe('a');
  });

  it('leaves no socket and no timer behind when the client is closed meanwhile', () => {
    const { client, clock, sockets, enter } = page();
    enter({ owner: socketOf('b') });
    client.close();
    expect(sockets.every(({ isClosedByPage }) => isClosedByPage)).toBe(true);
    expect(clock.timerCount).toBe(0);
    sockets[1].open();
    expect(sockets[1].sent).toEqual([]);
  });
});
