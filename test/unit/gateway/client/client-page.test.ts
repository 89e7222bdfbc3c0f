import { afterEach, describe, expect, it, vi } from 'vitest';
import { AfterclickClient, type ClientOptions, type PageEvents } from '../../../../gateway/client/index.js';
import { LEFT_OUT_MAX } from '../../../../gateway/client/afterclick-client.js';
import { webLocks } from '../../../../gateway/client/sessions/session-locks.js';
import { ManualClock, MapStorage, socketFactory, welcome } from '../../../support/gateway/client-harness.js';
import { FakeLockManager } from '../../../support/gateway/fake-locks.js';

const settle = () => new Promise((resolve) => setTimeout(resolve));

afterEach(() => vi.unstubAllGlobals());

/** A client on a page, which goes when `leave` is called. */
function page(options: Partial<ClientOptions> = {}) {
  const clock = new ManualClock();
  const { sockets, WebSocket } = socketFactory();
  let leave = (): void => undefined;
  const network: PageEvents = {
    addEventListener: (name, listener) => {
      if (name === 'pagehide') leave = listener;
    },
    removeEventListener: () => undefined,
    isVisible: true,
  };
  const client = new AfterclickClient({ url: 'https://shop.test', WebSocket, clock, network, ...options });
  const enter = (seq = 0) => {
    sockets.at(-1)!.open();
    sockets.at(-1)!.say(welcome({ session: 's-1', seq }));
  };
  return { client, sockets, enter, leave: () => leave() };
}

/** Beacons that the browser took, as their addresses and events. */
function stubBeacon(isTaken: boolean) {
  const taken: { url: string; type: string; text: Promise<string> }[] = [];
  const sendBeacon = (url: string, body: Blob): boolean => {
    if (isTaken) taken.push({ url, type: body.type, text: body.text() });
    return isTaken;
  };
  vi.stubGlobal('navigator', { sendBeacon });
  return taken;
}

describe('an event that the contract has no name for', () => {
  it('stays on the page, is told of once, and holds up nothing', () => {
    const { client, sockets, enter } = page();
    const told: string[] = [];
    client.on('refused', ({ ticket, error }) => told.push(`${ticket.name} ${error.code}`));
    enter();
    for (const name of ['view_cart', 'view_item', 'view_cart', 'add_payment_info'])
      client.track(name as 'view_item', { item: 'a' });
    expect(told).toEqual(['view_cart unknown_event', 'add_payment_info unknown_event']);
    expect(sockets[0].sent.slice(1)).toEqual([{ t: 'event', seq: 1, e: 'view_item', item: 'a' }]);
  });

  it('is told of for so many names, and no more', () => {
    const { client } = page();
    let told = 0;
    client.on('refused', () => told++);
    for (let i = 0; i < LEFT_OUT_MAX + 5; i++) client.track(`other_${i}` as 'view_item');
    expect(told).toBe(LEFT_OUT_MAX);
  });
});

describe('an event that does not fit the contract', () => {
  it('is refused on the page, however many there are, and never sent', () => {
    const { client, sockets, enter } = page();
    enter();
    const refused: string[] = [];
    client.on('refused', ({ error }) => refused.push(error.code));
    for (let i = 0; i < 40; i++) client.track('rate_item', { item: 'a', value: 17 });
    const good = client.track('view_item', { item: 'a' });
    expect(refused).toEqual(Array.from({ length: 40 }, () => 'invalid_field'));
    expect(sockets[0].sent.slice(1)).toEqual([{ t: 'event', seq: 1, e: 'view_item', item: 'a' }]);
    expect(good.status).toBe('sent');
  });
});

describe('a page that goes', () => {
  it('hands over what never left it, and keeps the rest', async () => {
    const beacons = stubBeacon(true);
    const { client, sockets, enter, leave } = page();
    enter();
    client.track('view_item', { item: 'sent' });
    sockets[0].end(1006);
    client.track('add_to_cart', { item: 'waits', quantity: 2 });
    leave();
    // What a browser asks leave for, it does not let through.
    expect(beacons.map(({ url, type }) => [url, type])).toEqual([
      ['https://shop.test/v1/events', 'text/plain'],
    ]);
    expect(JSON.parse(await beacons[0].text)).toEqual([
      expect.objectContaining({ session: 's-1', e: 'add_to_cart', item: 'waits', quantity: 2 }),
    ]);
    expect(client.pending.map(({ fields }) => fields.item)).toEqual(['sent']);
    leave();
    expect(beacons).toHaveLength(1);
  });

  it('keeps all when the browser does not take it', () => {
    stubBeacon(false);
    const { client, sockets, enter, leave } = page();
    enter();
    sockets[0].end(1006);
    client.track('view_item', { item: 'waits' });
    leave();
    expect(client.pending).toHaveLength(1);
  });
});

describe('a visitor', () => {
  it('is known on another day when they agreed to it, and not after they took that back', async () => {
    const [day, tab] = [new MapStorage(), new MapStorage()];
    vi.stubGlobal('localStorage', day);
    vi.stubGlobal('sessionStorage', tab);
    const locks = webLocks(new FakeLockManager(), new ManualClock());
    const { client, sockets, enter } = page({ remember: false, locks });
    await vi.waitFor(() => expect(sockets).toHaveLength(1));
    enter();
    client.track('view_item', { item: 'a' });
    expect([day.getItem('afterclick'), tab.getItem('afterclick')]).toEqual([
      null,
      expect.stringContaining('s-1'),
    ]);
    await client.remember(true);
    expect([day.getItem('afterclick'), tab.getItem('afterclick')]).toEqual([
      expect.stringContaining('s-1'),
      null,
    ]);
    await client.remember(false);
    expect([day.getItem('afterclick'), tab.getItem('afterclick')]).toEqual([
      null,
      expect.stringContaining('s-1'),
    ]);
    client.close();
    await settle();
  });
});

it('on a server a client is closed from the start, also where the runtime has a WebSocket', async () => {
  vi.stubGlobal('WebSocket', socketFactory().WebSocket);
  const client = new AfterclickClient({ url: 'http://shop.test', slots: [{ slot: 'home' }], remember: true });
  expect(client.state).toMatchObject({ name: 'closed', code: 4904 });
  expect(client.track('view_item', { item: 'a' }).status).toBe('refused');
  await expect(client.recommend()).rejects.toMatchObject({ code: 'closed' });
});
