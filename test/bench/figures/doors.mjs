// What access and privacy cost, and imports beside clicks: measured by calls of their own against a gateway of `PinnedGateway`.
import { once } from 'node:events';
import { writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { token } from './locked.mjs';
import { load } from './load.mjs';
import { CLIENT_CORE, start } from './pinned.mjs';

const EVENTS_OF_A_USER = 50;
const SHOPPERS_AT_ONCE = 32;

const JSON_TYPE = { 'content-type': 'application/json' };

async function post(gateway, path, body) {
  const sent = { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) };
  await answered(await fetch(new URL(path, gateway.url), sent));
}

async function remove(gateway, path) {
  await answered(await fetch(new URL(path, gateway.url), { method: 'DELETE', headers: JSON_TYPE }));
}

async function answered(response) {
  if (response.status !== 200)
    throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

async function times(count, work) {
  const taken = [];
  for (let i = 0; i < count; i++) {
    const fromMs = performance.now();
    await work(i);
    taken.push(performance.now() - fromMs);
  }
  return taken.sort((a, b) => a - b);
}

/** Longest and middle time of erasing users with some events each, in s; what they did is on the disk by then. */
export async function eraseSeconds(gateway, users) {
  const item = await anItem(gateway);
  for (let user = 0; user < users; user++)
    await post(
      gateway,
      '/v1/events',
      Array.from({ length: EVENTS_OF_A_USER }, (_, i) => ({
        user: `erased-${user}`,
        id: `e${user}-${i}`,
        e: 'view_item',
        item,
      })),
    );
  const taken = await times(users, (user) => remove(gateway, `/v1/users/erased-${user}`));
  return { value: taken.at(-1) / 1_000, more: { p50S: taken[Math.floor(users / 2)] / 1_000, users } };
}

/** Middle time of asking what a user allows, ms, of users who withhold something. */
export async function consentMs(gateway, asks) {
  const path = (i) => `/v1/users/private-${i % 100}/consent`;
  for (let i = 0; i < 100; i++) await post(gateway, path(i), { personalise: false });
  const taken = await times(asks, (i) => post(gateway, path(i), {}));
  return { value: taken[Math.floor(asks / 2)], more: { p99Ms: taken[Math.floor(asks * 0.99)], asks } };
}

async function anItem(gateway) {
  const { items } = await (await fetch(new URL('/v1/items?limit=1', gateway.url))).json();
  return items[0].id;
}

/**
 * Connections a second from the first byte to `welcome`, each with a token that the gateway has not seen, `SHOPPERS_AT_ONCE` at once.
 * The client's own work is in it.
 */
export async function handshakesPerSec({ dist }, gateway, count) {
  const { ClickSocket } = await import(`${dist}/loadtest/target/click-socket.js`);
  const users = Array.from({ length: count }, (_, i) => `shopper-${i}`);
  const tokens = await Promise.all(users.map((user) => token('shop', user)));
  let next = 0;
  const come = async () => {
    while (next < count) {
      const [user, shown] = [users[next], tokens[next++]];
      await welcomed(ClickSocket, gateway.url, { t: 'hello', user, token: shown });
    }
  };
  const fromMs = performance.now();
  await Promise.all(Array.from({ length: SHOPPERS_AT_ONCE }, come));
  return { value: (1_000 * count) / (performance.now() - fromMs), more: { connections: count } };
}

function welcomed(ClickSocket, url, hello) {
  return new Promise((resolve, reject) => {
    const socket = new ClickSocket(url, hello, {
      opened: () => undefined,
      listed: () => undefined,
      acked: () => undefined,
      message: ({ t }) => {
        if (t !== 'welcome') return;
        socket.close();
        resolve();
      },
      closed: (code, reason) => reject(new Error(`closed with ${code} before the welcome: ${reason}`)),
    });
  });
}

/** p99 of the clicks of 200 shoppers in the worst piece of time in which a feed is imported, ms. */
export async function p99BesideImport(bench, gateway, { items, rate, feedItems }) {
  const feed = feedFile(bench.work, feedItems);
  // Before the import, beside it, and behind it: what it leaves to do counts as well.
  const [before, after, allowed] = bench.quick ? [2, 2, 30] : [10, 10, 300];
  const loading = load(bench, gateway.url, {
    items,
    rate,
    connections: 200,
    warmup: 2,
    seconds: before + allowed,
  });
  const importing = rest(1_000 * (2 + before)).then(() => runImport(bench, gateway.url, feed));
  const importS = await importing;
  const { windows } = await loading;
  const during = windows.filter(({ atSec }) => atSec >= before - 1 && atSec < before + importS + after);
  const quiet = windows.filter(({ atSec }) => atSec < before - 1);
  const worst = (rows) => Math.max(...rows.map(({ p99 }) => p99));
  return {
    value: worst(during),
    more: { quietP99Ms: worst(quiet), importS, itemsPerSec: feedItems / importS },
  };
}

const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Seconds that `npm run import` takes. */
async function runImport({ dist }, url, feed) {
  const fromMs = performance.now();
  const child = start(CLIENT_CORE, [process.execPath, join(dist, 'loadtest/import.js'), feed, '--url', url], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the import ended with ${code}`);
  return (performance.now() - fromMs) / 1_000;
}

/** A feed of so many goods that no other shop has, NDJSON. Made once. */
function feedFile(work, count) {
  const path = join(work, `feed-${count}.ndjson`);
  if (existsSync(path)) return path;
  const lines = Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      id: `feed-${i}`,
      title: `GOOD ${i} OF THE FEED`,
      price: 1 + (i % 9_999) / 100,
      category: `c${i % 977}`,
      brand: `b${i % 4_001}`,
      stock: 1 + (i % 50),
    }),
  );
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}
