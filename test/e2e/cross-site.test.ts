import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltGateway, startGateway } from '../support/gateway/built-gateway.js';
import { launchChromium } from '../support/gateway/chromium.js';

/** Two sites with nothing on them but a script of the test: one is listed, the other is not. */
const sites: Server[] = [];
let browser: Browser;
let gateway: BuiltGateway;
let own: string;
let foreign: string;

beforeAll(async () => {
  [own, foreign] = [await serveSite('127.0.0.1'), await serveSite('localhost')];
  [browser, gateway] = await Promise.all([
    launchChromium(),
    startGateway({ env: { AFTERCLICK_ORIGINS: own } }),
  ]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  for (const site of sites) site.close();
});

/** @returns its origin. */
async function serveSite(host: string): Promise<string> {
  const site = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>a page</title>');
  });
  sites.push(site);
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  return `http://${host}:${(site.address() as AddressInfo).port}`;
}

async function open(origin: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(origin);
  return page;
}

/** What a page hears that opens a socket and says hello: the kinds of messages, then the close code. */
function hijack(page: Page): Promise<readonly (string | number)[]> {
  return page.evaluate(
    (url) =>
      new Promise<(string | number)[]>((resolve) => {
        const heard: (string | number)[] = [];
        const socket = new WebSocket(url);
        socket.onopen = () => socket.send(JSON.stringify({ t: 'hello', slots: [{ slot: 'home', k: 3 }] }));
        socket.onmessage = ({ data }) => {
          heard.push((JSON.parse(String(data)) as { t: string }).t);
          if (heard.at(-1) === 'recs') socket.close(1000);
        };
        socket.onclose = ({ code }) => resolve([...heard, code]);
      }),
    `${gateway.url.replace('http', 'ws')}/v1/ws`,
  );
}

/** Sends an event as a beacon, and asks afterwards, as no page, whether it was taken. */
async function beacon(page: Page, id: string): Promise<string> {
  const event = { user: 'ada', id, e: 'view_item', item: '22423' };
  const isBeacon = (request: Request): boolean => request.resourceType() === 'ping';
  const answered = page
    .waitForEvent('requestfinished', { predicate: isBeacon, timeout: 10_000 })
    .catch(() => undefined);
  await page.evaluate(
    ([url, body]) => navigator.sendBeacon(`${url}/v1/events`, body),
    [gateway.url, JSON.stringify(event)],
  );
  await answered;
  const again = await fetch(`${gateway.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
  });
  const { results } = (await again.json()) as { results: { status: string }[] };
  return results[0].status;
}

/** How a page's calls end: the status, or that the page may not know it. */
function calls(page: Page): Promise<readonly string[]> {
  return page.evaluate(async (url) => {
    const outcome = (asked: Promise<Response>): Promise<string> =>
      asked.then(
        (response) => (response.type === 'opaque' ? 'sent blindly' : String(response.status)),
        () => 'refused',
      );
    const json = { 'content-type': 'application/json' };
    return Promise.all([
      outcome(fetch(`${url}/v1/items/22423`)),
      outcome(fetch(`${url}/v1/recommend`, { method: 'POST', headers: json, body: '{"user":"ada","k":1}' })),
      outcome(fetch(`${url}/v1/items/22423`, { method: 'DELETE', headers: json })),
      outcome(fetch(`${url}/v1/snapshots`, { method: 'POST', mode: 'no-cors', body: '{}' })),
    ]);
  }, gateway.url);
}

describe('a page of another site, in a browser', () => {
  test('that opens a socket hears that it may not, and nothing of the shopper', async () => {
    expect(await hijack(await open(foreign))).toEqual(['bye', 4003]);
  });

  test('reads and changes nothing, whatever it sends', async () => {
    const page = await open(foreign);
    expect(await calls(page)).toEqual(['refused', 'refused', 'refused', 'sent blindly']);
    const left = await fetch(`${gateway.url}/v1/items/22423`);
    const snapshots = (await (await fetch(`${gateway.url}/v1/snapshots`)).json()) as { snapshots: unknown[] };
    expect([left.status, snapshots.snapshots]).toEqual([200, []]);
    expect(await beacon(page, 'foreign')).toBe('applied');
  });

  test('may not show the console in a frame', async () => {
    const page = await open(foreign);
    await page.evaluate(
      (url) =>
        new Promise<void>((resolve) => {
          const frame = document.createElement('iframe');
          frame.src = url;
          frame.onload = () => resolve();
          document.body.append(frame);
        }),
      gateway.url,
    );
    const shown = page.frames().map((frame) => frame.url());
    expect(shown).toHaveLength(2);
    expect(shown.filter((url) => url.startsWith(gateway.url))).toEqual([]);
  });
});

/** The weight of an item among a user's interests; 0 without. */
async function interestIn(item: string, user: string): Promise<number> {
  const answer = await fetch(`${gateway.url}/v1/users/${user}/graph`);
  const { nodes = [] } = (await answer.json()) as { nodes?: { id: string; weight: number }[] };
  return nodes.find(({ id }) => id === item)?.weight ?? 0;
}

test('what a page of a listed site could not send when it goes is left as a beacon, and counts', async () => {
  const page = await open(own);
  await page.evaluate(() => {
    const Socket = globalThis.WebSocket;
    const sockets: WebSocket[] = [];
    /** Takes the network from sockets. */
    const cut = async (): Promise<void> => {
      Object.assign(globalThis, { isCut: true });
      await Promise.all(
        sockets.map((socket) => {
          const closed = new Promise((resolve) => socket.addEventListener('close', resolve));
          socket.close();
          return closed;
        }),
      );
    };
    const watched = new Proxy(Socket, {
      construct(target, args: [string]) {
        if ('isCut' in globalThis) return { close: () => {} };
        const socket = new target(...args);
        sockets.push(socket);
        return socket;
      },
    });
    Object.assign(globalThis, { WebSocket: watched, cut });
  });
  await page.addScriptTag({ url: `${gateway.url}/sdk.js` });
  await page.evaluate(
    (url) =>
      new Promise<void>((resolve) => {
        const { AfterclickClient } = (
          globalThis as unknown as { Afterclick: typeof import('../../gateway/client/index.js') }
        ).Afterclick;
        const client = new AfterclickClient({ url, user: 'grace', slots: [{ slot: 'home', k: 3 }] });
        client.on('recs', () => resolve());
        Object.assign(globalThis, { client });
      }),
    gateway.url,
  );
  await page.evaluate(async () => {
    const { client, cut } = globalThis as unknown as {
      client: { track(name: string, fields: object): void };
      cut: () => Promise<void>;
    };
    await cut();
    client.track('view_item', { item: '22423' });
  });
  expect(await interestIn('22423', 'grace')).toBe(0);
  await page.goto('about:blank');
  await expect.poll(() => interestIn('22423', 'grace'), { timeout: 10_000 }).toBeGreaterThan(0);
});

test('a page of a listed site has a socket, reads items and leaves beacons, and changes nothing else', async () => {
  const page = await open(own);
  expect(await hijack(page)).toEqual(['welcome', 'recs', 1000]);
  expect(await calls(page)).toEqual(['200', '200', 'refused', 'sent blindly']);
  expect(await beacon(page, 'listed')).toBe('duplicate');
});
