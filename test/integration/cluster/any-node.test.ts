import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { openEngine } from '../../../cluster/engine/engine.js';
import { NodeMarks } from '../../../cluster/membership/node-marks.js';
import { AfterclickClient, type ClientOptions } from '../../../gateway/client/index.js';
import type { GatewayNodes } from '../../support/cluster/gateway-nodes.js';
import { NatsServers } from '../../support/cluster/nats-servers.js';
import { tinyNodes } from '../../support/cluster/tiny-nodes.js';
import { callJson } from '../../support/gateway/http-json.js';
import { patientlyUntil } from '../../support/patience.js';

const TIMEOUT_MS = 240_000;
const NAME = 'ANY';
/** It drains from its start: it owns nothing, and counts for the majority. */
const FOREIGN = 3;

let servers: NatsServers;
let nodes: GatewayNodes;

beforeAll(async () => {
  servers = await NatsServers.start({ sync: 'always' });
  nodes = await tinyNodes({ servers, name: NAME, count: 4 });
  await drainedFromTheStart();
  await nodes.start();
}, TIMEOUT_MS);
afterAll(async () => {
  await nodes?.end();
  await servers?.stop();
});

async function drainedFromTheStart(): Promise<void> {
  const engine = await openEngine({ servers: servers.addresses, name: 'test', sync: { kind: 'stated' } });
  const marks = await NodeMarks.open(engine.main, { name: `${NAME}_NODES`, replicas: 1 }, () => undefined);
  await marks.set(`node-${FOREIGN}`, 'draining');
  marks.stop();
  await engine.stop();
}

function shopper(options: Partial<ClientOptions> & Pick<ClientOptions, 'url'>): AfterclickClient {
  const client = new AfterclickClient({
    WebSocket,
    slots: [{ slot: 'home', k: 5 }],
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

const until = (isDone: () => boolean | Promise<boolean>): Promise<boolean> =>
  patientlyUntil(isDone, { everyMs: 20, ms: TIMEOUT_MS / 2 });

async function metric(node: number, name: string): Promise<number> {
  const text = await (await fetch(`${nodes.urls[node]}/metrics`)).text();
  const values = [...text.matchAll(new RegExp(`^afterclick_${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

test('the SDK does all that it does at a node that owns nothing', { timeout: TIMEOUT_MS }, async () => {
  const client = shopper({ url: nodes.urls[FOREIGN] });
  expect(await until(() => client.list('home') !== undefined)).toBe(true);
  const tickets = ['item-1', 'item-2', 'item-3'].map((item) => client.track('view_item', { item }));
  await client.whenAcked();
  expect(tickets.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(await until(() => (client.list('home')?.cause ?? 0) >= 3)).toBe(true);
  expect((await client.recommend({ slot: 'home', k: 4 })).ids).toHaveLength(4);
  expect((await client.rank({ candidates: ['item-4', 'nothing'] })).ids).toEqual(['item-4', 'nothing']);
  const clicked = (await client.graph()).nodes.filter(({ kind }) => kind === 'item').map(({ id }) => id);
  expect(clicked.sort()).toEqual(['item-1', 'item-2', 'item-3']);
  expect((await client.profile()).interests).not.toEqual([]);
  expect(await client.consent({ learn: true })).toMatchObject({ learn: true, personalise: true });
  expect((await client.identify('ada')).user).toBe('ada');
  const name = client.session!;
  client.track('view_item', { item: 'item-5' });
  await client.whenAcked();
  client.close();
  const again = shopper({ url: nodes.urls[FOREIGN], user: 'ada', session: name });
  again.track('view_item', { item: 'item-6' });
  await again.whenAcked();
  const kept = (await again.graph()).nodes.map(({ id }) => id);
  expect(kept).toEqual(expect.arrayContaining(['item-1', 'item-5', 'item-6']));
  expect(await metric(FOREIGN, 'cluster_partitions_owned')).toBe(0);
  expect(await metric(FOREIGN, 'cluster_events_forwarded_total')).toBeGreaterThanOrEqual(5);
});

test('each page of a shopper has its list, at whatever node', { timeout: TIMEOUT_MS }, async () => {
  const user = 'grace';
  for (const url of [nodes.urls[FOREIGN], ...nodes.urls.slice(0, FOREIGN)]) {
    const client = shopper({ url, user });
    expect(await until(() => client.list('home') !== undefined)).toBe(true);
  }
});

test('a client settles at the owner, and its clicks need no hop', { timeout: TIMEOUT_MS }, async () => {
  for (const user of ['eve', 'kim', 'lou', 'pat']) {
    // The node that owns nothing is the first one that it meets.
    const client = shopper({ url: [nodes.urls[FOREIGN], ...nodes.urls], user, random: () => 0 });
    const states: string[] = [];
    client.on('state', ({ name }) => states.push(name));
    expect(await until(() => states.filter((name) => name === 'open').length === 2)).toBe(true);
    const before = await Promise.all(
      nodes.urls.map((_, node) => metric(node, 'cluster_events_forwarded_total')),
    );
    client.track('view_item', { item: 'item-7' });
    await client.whenAcked();
    const after = await Promise.all(
      nodes.urls.map((_, node) => metric(node, 'cluster_events_forwarded_total')),
    );
    expect(after).toEqual(before);
    client.close();
  }
});

test(
  'a client leaves a node that stands still, one that is killed and one that stops; nothing is lost or doubled',
  { timeout: TIMEOUT_MS },
  async () => {
    const sockets: WebSocket[] = [];
    class Noted extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    }
    const url = nodes.urls.slice(0, FOREIGN);
    const client = shopper({ url, user: 'ann', random: () => 0, WebSocket: Noted });
    const items: string[] = [];
    const click = (): void => {
      items.push(`item-${10 + items.length}`);
      client.track('view_item', { item: items.at(-1)! });
    };
    click();
    await client.whenAcked();
    const faults: [(node: number) => unknown, (node: number) => unknown][] = [
      [(node) => nodes.freeze(node), (node) => nodes.wake(node)],
      [(node) => nodes.kill(node), (node) => nodes.start(node)],
      [(node) => nodes.stop(node), (node) => nodes.start(node)],
    ];
    for (const [fault, mend] of faults) {
      const node = await nodeOf(sockets);
      await fault(node);
      click();
      click();
      await client.whenAcked();
      expect(await until(() => (client.list('home')?.cause ?? 0) >= items.length)).toBe(true);
      await mend(node);
      expect(await until(async () => (await metric(0, 'cluster_partitions_away')) === 0)).toBe(true);
    }
    expect(client.pending).toEqual([]);
    const { nodes: clicked } = await client.graph();
    expect(clicked.filter(({ kind }) => kind === 'item').map(({ id }) => id)).toEqual(
      expect.arrayContaining(items),
    );
    expect(await journalOf('ann')).toEqual(items);
  },
);

test(
  'a snapshot of all partitions is made at a node that owns nothing, and holds what was acknowledged',
  { timeout: TIMEOUT_MS },
  async () => {
    const url = `${nodes.urls[FOREIGN]}/v1/snapshots`;
    const taken = await callJson(nodes.urls[FOREIGN], 'POST', '/v1/snapshots', {});
    expect([taken.status, taken.body]).toEqual([201, taken.body]);
    const shards = taken.body['shards'] as { shard: number; journalEnd: number; bytes: number }[];
    expect(shards.map(({ shard }) => shard)).toEqual([0, 1, 2]);
    expect(shards.every(({ journalEnd, bytes }) => journalEnd > 0 && bytes > 0)).toBe(true);
    const { snapshots } = (await (await fetch(url)).json()) as {
      snapshots: { name: string; shards: object[] }[];
    };
    expect(snapshots[0]).toMatchObject({ name: 'newest', shards });
  },
);

/** The node that the client whose sockets these are is connected to. */
async function nodeOf(sockets: readonly WebSocket[]): Promise<number> {
  const open = (): WebSocket[] => sockets.filter(({ readyState }) => readyState === WebSocket.OPEN);
  expect(await until(() => open().length === 1)).toBe(true);
  return nodes.urls.findIndex((url) => open()[0].url.startsWith(url.replace('http', 'ws')));
}

/** Items of a user's events in the order of the journal. */
async function journalOf(user: string): Promise<string[]> {
  const reply = await fetch(`${nodes.urls[0]}/v1/users/${user}/export`);
  const { events } = (await reply.json()) as { events: { items: string[] }[] };
  return events.flatMap(({ items }) => items);
}
