import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { startGateway } from '../support/gateway/built-gateway.js';
import { WsClient } from '../support/gateway/ws-client.js';

const MIB = 1024 * 1024;
const READERS = 20;
/** As many lists as a connection may have, and as long ones. */
const SLOTS = Array.from({ length: 16 }, (_, i) => ({ slot: `slot-${i}`, k: 100, explain: true }));
const ITEMS = 300;
/** What all peers together may make the gateway keep. */
const PEER_BYTES_MAX = 4 * MIB;
/** What a slow reader costs in resident memory while lists alone wait for them. */
const READER_MAX_BYTES = 256 * 1024;
/** After its own close the socket library drops what nobody read for 8 s, which it looks for every 4 s. */
const LIBRARY_CUTS_MS = 12_500;
/** What the process may grow by on its own: code that is compiled, garbage that is not collected yet. */
const NOISE_BYTES = 48 * MIB;

async function startShop() {
  const gateway = await startGateway({
    env: {
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_SHARDS: '1',
      AFTERCLICK_ITEMS_MAX: '4096',
      // Nobody is to be closed for their silence.
      AFTERCLICK_IDLE_TIMEOUT_MS: '120000',
      AFTERCLICK_PEER_BYTES_MAX: String(PEER_BYTES_MAX),
    },
  });
  onTestFinished(() => gateway.kill());
  const { url } = gateway;
  const items = Array.from({ length: ITEMS }, (_, i) =>
    JSON.stringify({ id: `item-${i}`, category: `c${i % 7}` }),
  );
  const headers = { 'content-type': 'application/x-ndjson' };
  const put = await fetch(`${url}/v1/items`, { method: 'PUT', headers, body: items.join('\n') });
  expect(put.status).toBe(200);
  const residentBytes = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8'))?.[1]) * 1024;
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const line = text.split('\n').find((row) => row.startsWith(`afterclick_${name} `));
    return Number(line?.split(' ')[1] ?? 0);
  };
  return { gateway, url, residentBytes, metric };
}

test('[B1] readers that stop reading cost bounded memory, hold up nobody, and catch up or come back with nothing lost', async () => {
  const { gateway, url, residentBytes, metric } = await startShop();
  const readers = await Promise.all(
    Array.from({ length: READERS }, () => WsClient.hello(url, { user: 'slow', slots: SLOTS })),
  );
  const other = await WsClient.hello(url, { user: 'other' });
  const clicker = await WsClient.hello(url, { user: 'slow' });
  let [seq, otherSeq] = [0, 0];
  // What the process takes while all of them read.
  let before = residentBytes();
  for (; seq < 60; seq++) {
    await clicker.click(seq + 1, `item-${seq}`, 'select_item');
    before = Math.max(before, residentBytes());
  }
  let peak = before;
  for (const { socket } of readers) socket.pause();
  const coalescedAtFirst = await metric('lists_coalesced_total');
  // The kernel takes megabytes for each before the gateway has to keep anything.
  for (let coalesced = 0; coalesced < READERS * SLOTS.length * 10;) {
    for (let i = 0; i < 10; i++, seq++) {
      await clicker.click(seq + 1, `item-${(seq * 7) % ITEMS}`, 'select_item');
      peak = Math.max(peak, residentBytes());
    }
    await other.click(++otherSeq, 'item-3');
    coalesced = (await metric('lists_coalesced_total')) - coalescedAtFirst;
    expect(seq).toBeLessThan(5_000);
  }
  expect(peak - before).toBeLessThan(READERS * READER_MAX_BYTES + NOISE_BYTES);
  const rev = async (client: WsClient, slot: string, least: number): Promise<void> => {
    await client.next('recs', (recs) => recs.slot === slot && recs.rev >= least);
  };
  // The first ones read again: the newest list of each slot comes.
  const newest = await WsClient.hello(url, { user: 'slow', slots: SLOTS });
  for (const reader of readers.slice(0, 5)) {
    reader.socket.resume();
    for (const { slot } of SLOTS) {
      const list = await newest.next('recs', (recs) => recs.slot === slot);
      await rev(reader, slot, list.rev);
    }
  }
  // The others ask as well, and read none of the answers: all of it stays below the bound, and they are told.
  const slow = readers.slice(5);
  const candidates = Array.from({ length: 1_000 }, (_, i) => `item-${i}`.padEnd(100, '-'));
  const asking = residentBytes();
  const isOver = async (): Promise<boolean> => (await metric('connections_closed_total{code="4008"}')) >= 1;
  let slowSeq = 0;
  for (let id = 0; !(await isOver()); id++) {
    // Events of their own as well, whose acks they do not read; no more than one a round trip of the other.
    for (const reader of slow) {
      reader.send({ t: 'rank', id, candidates });
      reader.send({ t: 'event', seq: id + 1, e: 'select_item', item: `item-${id % ITEMS}` });
    }
    slowSeq = id + 1;
    await other.click(++otherSeq, 'item-4');
    peak = Math.max(peak, residentBytes());
    expect(id).toBeLessThan(1_000);
  }
  expect(peak - asking).toBeLessThan(3 * PEER_BYTES_MAX + NOISE_BYTES);
  // For longer than the socket library waits for who does not read.
  const toldAt = performance.now();
  await expect
    .poll(() => performance.now() - toldAt, { timeout: 20_000, interval: 200 })
    .toBeGreaterThan(LIBRARY_CUTS_MS);
  for (const { socket } of slow) socket.resume();
  const closed = () => slow.filter(({ closeCode }) => closeCode === 4008).length;
  await expect.poll(closed, { timeout: 30_000 }).toBeGreaterThan(0);
  for (const { closeCode, inbox } of slow)
    if (closeCode !== undefined)
      expect(inbox.at(-1)).toMatchObject({ t: 'bye', code: 4008, reconnect: 'now' });
  // All others catch up: the newest list of each slot, though they asked for answers and read none.
  const from = newest.inbox.length;
  await newest.click(1, 'item-5', 'select_item');
  const revs = await Promise.all(
    SLOTS.map(async ({ slot }) => (await newest.next('recs', (recs) => recs.slot === slot, from)).rev),
  );
  for (const reader of slow) {
    const hasCaughtUp = (): boolean =>
      reader.closeCode !== undefined ||
      SLOTS.every(({ slot }, i) =>
        reader.inbox.some((one) => one.t === 'recs' && one.slot === slot && one.rev >= revs[i]),
      );
    await expect.poll(hasCaughtUp, { timeout: 30_000 }).toBe(true);
    expect(reader.closeCode ?? 4008).toBe(4008);
  }
  // Nobody has lost what was acknowledged.
  for (const reader of slow) {
    const acked = reader.inbox.findLast((one) => one.t === 'ack')?.seq ?? 0;
    const resume = { session: reader.welcome.session, seq: slowSeq };
    const again = await WsClient.hello(url, { user: 'slow', resume });
    expect(again.welcome.seq).toBeGreaterThanOrEqual(acked);
    expect(again.welcome.seq).toBeLessThanOrEqual(slowSeq);
    again.drop();
  }
  const { session } = clicker.welcome;
  clicker.drop();
  const again = await WsClient.hello(url, { user: 'slow', resume: { session, seq } });
  expect(again.welcome.seq).toBe(seq);
  expect(await gateway.stop()).toBe(0);
}, 240_000);
