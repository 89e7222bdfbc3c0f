import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AfterclickClient, type ClientOptions } from '../../../../../gateway/client/index.js';
import { CLIENTS_A_KEY, RELOAD_WAIT_MS } from '../../../../../gateway/client/sessions/locked-claim.js';
import { ANSWER_MS, channelLocks, webLocks } from '../../../../../gateway/client/sessions/session-locks.js';
import { pageLocks } from '../../../../../gateway/client/sessions/page-locks.js';
import {
  ManualClock,
  MapStorage,
  socketFactory,
  welcome,
} from '../../../../support/gateway/client-harness.js';
import { channelClass, FakeLockManager } from '../../../../support/gateway/fake-locks.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));

let clock: ManualClock;
let manager: FakeLockManager;
let sessions: number;

beforeEach(() => {
  clock = new ManualClock();
  manager = new FakeLockManager();
  sessions = 0;
});
afterEach(() => vi.unstubAllGlobals());

/** A client on a page; `enter` lets it in, in the session it asks for or a new one. */
async function page(options: Partial<ClientOptions> = {}) {
  const { sockets, WebSocket } = socketFactory();
  const locks = webLocks(manager, clock);
  const url = 'http://shop.test';
  const client = new AfterclickClient({ url, WebSocket, clock, locks, random: Math.random, ...options });
  await settle();
  const enter = (seq = 0) => {
    const socket = sockets.at(-1)!;
    socket.open();
    const [hello] = socket.sent;
    if (hello.t !== 'hello') throw new Error('no hello');
    const session = hello.resume?.session ?? hello.session ?? `s-${++sessions}`;
    socket.say(welcome({ session, user: session, seq }));
    return socket;
  };
  return { client, sockets, enter };
}

/** What a browser does when a tab is duplicated. */
function copyOf(storage: MapStorage): MapStorage {
  const copy = new MapStorage();
  const text = storage.getItem('afterclick');
  if (text !== null) copy.setItem('afterclick', text);
  return copy;
}

const item = (name: string) => ({ item: name });

describe('a storage that pages share', () => {
  it('has a place for each of the clients: none takes the session of another', async () => {
    const storage = new MapStorage();
    const first = await page({ storage });
    first.enter();
    first.client.track('view_item', item('a'));
    const second = await page({ storage });
    second.enter();
    second.client.track('view_item', item('b'));
    expect([first.client.session, second.client.session]).toEqual(['s-1', 's-2']);
    expect(storage.getItem('afterclick')).toContain('"s-1"');
    expect(storage.getItem('afterclick.2')).toContain('"s-2"');
    second.client.close();
    const reloaded = await page({ storage });
    expect(reloaded.client.session).toBe('s-2');
    expect(reloaded.enter().seqs).toEqual([1]);
  });

  it('gives what a client left to the next one, with its events', async () => {
    const storage = new MapStorage();
    const first = await page({ storage });
    first.enter();
    first.client.track('view_item', item('a'));
    first.client.close();
    const next = await page({ storage });
    expect(next.client.pending.map(({ fields }) => fields.item)).toEqual(['a']);
    expect(next.enter(1).seqs).toEqual([1]);
  });

  it('begins with two clients at once, each in a place of its own', async () => {
    const storage = new MapStorage();
    const both = await Promise.all([page({ storage }), page({ storage })]);
    for (const { enter, client } of both) {
      enter();
      client.track('view_item', item('a'));
    }
    expect(storage.getItem('afterclick')).not.toBeNull();
    expect(storage.getItem('afterclick.2')).not.toBeNull();
  });

  it('keeps what another user left', async () => {
    const storage = new MapStorage();
    const ada = await page({ storage, user: 'ada' });
    ada.enter();
    ada.client.track('view_item', item('a'));
    ada.client.close();
    const bob = await page({ storage, user: 'bob' });
    bob.enter();
    bob.client.track('view_item', item('b'));
    bob.client.close();
    const again = await page({ storage, user: 'ada' });
    expect(again.client.pending.map(({ fields }) => fields.item)).toEqual(['a']);
  });

  it('has room for so many, and the next one works from memory', async () => {
    const storage = new MapStorage();
    for (let i = 0; i < CLIENTS_A_KEY; i++) (await page({ storage })).enter();
    const one = await page({ storage });
    one.enter();
    one.client.track('view_item', item('a'));
    expect(storage.getItem(`afterclick.${CLIENTS_A_KEY}`)).not.toBeNull();
    expect(storage.getItem(`afterclick.${CLIENTS_A_KEY + 1}`)).toBeNull();
  });
});

describe('a tab’s own storage', () => {
  /** A client of a page that was just loaded in the tab of this storage. */
  const asTab = (storage: MapStorage) => {
    const registry = globalThis as { [REGISTRY]?: Set<string> };
    registry[REGISTRY]!.clear();
    vi.stubGlobal('sessionStorage', storage);
    return page({ storage });
  };
  const REGISTRY = Symbol.for('afterclick.keys');

  it('of a duplicated tab is a copy: it gets a session of its own and sends nothing of the other’s', async () => {
    const storage = new MapStorage();
    const first = await asTab(storage);
    const socket = first.enter();
    first.client.track('view_item', item('a'));
    const copy = copyOf(storage);
    const copied = await asTab(copy);
    clock.advance(RELOAD_WAIT_MS);
    await settle();
    expect(copied.enter().seqs).toEqual([]);
    copied.client.track('view_item', item('b'));
    expect([first.client.session, copied.client.session]).toEqual(['s-1', 's-2']);
    expect(socket.seqs).toEqual([1]);
    // Also when it is loaded again after the other tab has gone.
    first.client.close();
    copied.client.close();
    const again = await asTab(copy);
    expect(again.client.session).toBe('s-2');
    expect(again.client.pending.map(({ fields }) => fields.item)).toEqual(['b']);
  });

  it('is taken up by a reload whose page before is late in giving it back', async () => {
    const storage = new MapStorage();
    const before = await asTab(storage);
    before.enter();
    before.client.track('view_item', item('a'));
    const reloaded = await asTab(storage);
    expect(reloaded.sockets).toHaveLength(0);
    clock.advance(RELOAD_WAIT_MS - 1);
    before.client.close();
    await settle();
    expect(reloaded.client.session).toBe('s-1');
    expect(reloaded.enter(1).seqs).toEqual([1]);
  });

  it('has a place for each client of the page', async () => {
    const storage = new MapStorage();
    const pages = [await asTab(storage), await page({ storage })];
    for (const { client, enter } of pages) {
      enter();
      client.track('view_item', item(client.session!));
    }
    for (const { client } of pages) client.close();
    const again = [await asTab(storage), await page({ storage })];
    expect(again.map(({ client }) => client.session)).toEqual(['s-1', 's-2']);
    expect(again.flatMap(({ client }) => client.pending.map(({ fields }) => fields.item))).toEqual([
      's-1',
      's-2',
    ]);
  });
});

describe('a session that the page names', () => {
  it('is the first client’s; the second gets one of its own', async () => {
    const first = await page({ session: 'named' });
    first.enter();
    const second = await page({ session: 'named' });
    second.enter();
    expect([first.client.session, second.client.session]).toEqual(['named', 's-1']);
    first.client.close();
    await settle();
    expect((await page({ session: 'named' })).client.session).toBe('named');
  });
});

describe('before it is known which session is the client’s', () => {
  it('keeps what is tracked, behind what an earlier page left', async () => {
    const storage = new MapStorage();
    const before = await page({ storage });
    before.enter();
    before.client.track('view_item', item('a'));
    before.client.close();
    await settle();
    const { sockets, WebSocket } = socketFactory();
    const locks = webLocks(manager, clock);
    const client = new AfterclickClient({ url: 'http://shop.test', WebSocket, clock, locks, storage });
    client.track('view_item', item('b'));
    expect(sockets).toHaveLength(0);
    await settle();
    sockets[0].open();
    sockets[0].say(welcome({ session: 's-1', seq: 0 }));
    expect(sockets[0].sent.flatMap((message) => (message.t === 'event' ? [message.item] : []))).toEqual([
      'a',
      'b',
    ]);
  });

  it('may be closed: it opens nothing and holds nothing', async () => {
    const { WebSocket, sockets } = socketFactory();
    const storage = new MapStorage();
    const client = new AfterclickClient({
      url: 'http://shop.test',
      WebSocket,
      clock,
      storage,
      locks: webLocks(manager, clock),
    });
    client.close();
    await settle();
    expect([sockets.length, manager.held.length, clock.timerCount]).toEqual([0, 0, 0]);
  });
});

describe('locks', () => {
  it('are given back on close', async () => {
    const { client, enter } = await page({ storage: new MapStorage(), session: 'named' });
    enter();
    expect(manager.held).toEqual(['afterclick session named', 'afterclick key afterclick']);
    client.close();
    await settle();
    expect(manager.held).toEqual([]);
  });

  it('that wait get the name when it is free in time, and nothing when not', async () => {
    const locks = webLocks(manager, clock);
    const release = await locks.take('n', 0);
    const [one, two] = [locks.take('n', 100), locks.take('n', 50)];
    await settle();
    clock.advance(60);
    expect(await two).toBeUndefined();
    release!();
    expect(await one).toBeTypeOf('function');
    expect(clock.timerCount).toBe(0);
  });

  it('that the browser refuses keep nobody out', async () => {
    const refusing = { request: () => Promise.reject(new Error('not here')) };
    expect(await webLocks(refusing, clock).take('n', 100)).toBeTypeOf('function');
  });

  it('by asking around: whoever has the name says so', async () => {
    const Channel = channelClass();
    const [a, b] = ['a', 'b'].map((id) => channelLocks(Channel, clock, id));
    const first = a.take('n', 0);
    clock.advance(ANSWER_MS);
    const release = await first;
    expect(await b.take('n', 0)).toBeUndefined();
    const other = b.take('m', 0);
    clock.advance(ANSWER_MS);
    expect(await other).toBeTypeOf('function');
    release!();
    const again = b.take('n', 0);
    clock.advance(ANSWER_MS);
    expect(await again).toBeTypeOf('function');
  });

  it('by asking around: of many who ask at once one has it', async () => {
    const Channel = channelClass();
    const ids = ['c', 'a', 'd', 'b'];
    const asked = ids.map((id) => channelLocks(Channel, clock, id).take('n', 0));
    clock.advance(ANSWER_MS);
    const got = await Promise.all(asked);
    expect(ids.filter((_, i) => got[i] !== undefined)).toEqual(['a']);
  });

  it('are none on Node', () => {
    expect(pageLocks(clock, Math.random)).toBeUndefined();
  });

  it('are Web Locks on a page, and asking around where it has none', async () => {
    vi.stubGlobal('document', {});
    vi.stubGlobal('navigator', { locks: manager });
    await pageLocks(clock, Math.random)!.take('n', 0);
    expect(manager.held).toEqual(['n']);
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('BroadcastChannel', channelClass());
    const taken = pageLocks(clock, Math.random)!.take('n', 0);
    await settle();
    clock.advance(ANSWER_MS);
    expect(await taken).toBeTypeOf('function');
    vi.stubGlobal('BroadcastChannel', undefined);
    expect(pageLocks(clock, Math.random)).toBeUndefined();
  });
});
