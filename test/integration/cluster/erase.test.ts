import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLOSES } from '../../../gateway/protocol/close-codes.js';
import type { GatewayNodes } from '../../support/cluster/gateway-nodes.js';
import { NatsServers } from '../../support/cluster/nats-servers.js';
import { tinyNodes } from '../../support/cluster/tiny-nodes.js';
import { callJson } from '../../support/gateway/http-json.js';
import { WsClient } from '../../support/gateway/ws-client.js';
import { patientlyUntil } from '../../support/patience.js';

const TIMEOUT_MS = 240_000;
const USERS = ['ann', 'bob', 'cleo', 'dan', 'eve', 'fay'];

let servers: NatsServers;
let nodes: GatewayNodes;

beforeAll(async () => {
  servers = await NatsServers.start({ sync: 'always' });
  nodes = await tinyNodes({ servers, name: 'ERASE', count: 3 });
  await nodes.start();
}, TIMEOUT_MS);
afterAll(async () => {
  await nodes?.end();
  await servers?.stop();
});

/** A visitor at one node who becomes the user, with a click before and one after. */
async function shopped(node: number, user: string): Promise<{ client: WsClient; session: string }> {
  const client = await WsClient.open(nodes.urls[node]);
  client.send({ t: 'hello', slots: [{ slot: 'home', k: 3 }] });
  const { session } = await client.next('welcome');
  client.send({ t: 'event', seq: 1, e: 'view_item', item: 'item-1' });
  await client.next('ack');
  client.send({ t: 'identify', id: 'i', user });
  await client.next('identified');
  client.send({ t: 'event', seq: 2, e: 'view_item', item: 'item-2' });
  await client.next('ack', ({ seq }) => seq >= 2);
  return { client, session };
}

interface Known {
  readonly events: readonly unknown[];
  readonly graph: { readonly nodes: readonly unknown[] };
}

async function known(node: number, path: string): Promise<Known> {
  const { status, body } = await callJson(nodes.urls[node], 'GET', `/v1/${path}/export`);
  expect([status, body]).toEqual([200, body]);
  return body as unknown as Known;
}

test(
  'a user who is erased at any node is gone from all of them, and stays gone when owners change',
  { timeout: TIMEOUT_MS },
  async () => {
    const shoppers = await Promise.all(USERS.map((user, i) => shopped(i % 3, user)));
    const tabs = await Promise.all(USERS.map((user, i) => WsClient.hello(nodes.urls[(i + 1) % 3], { user })));
    const gone = USERS.slice(0, 4);
    for (const [i, user] of gone.entries()) {
      const { status, body } = await callJson(nodes.urls[(i + 2) % 3], 'DELETE', `/v1/users/${user}`, {});
      expect([status, body]).toEqual([200, { erased: true, visitors: 1 }]);
      for (const tab of [shoppers[i].client, tabs[i]]) {
        await tab.closed();
        expect(tab.closeCode).toBe(4012);
      }
    }
    for (const node of [0, 1, 2]) await expectGone(node, gone);
    await nodes.kill(0);
    for (const node of [1, 2]) await expectGone(node, gone);
    // Of the others nothing is.
    for (const user of USERS.slice(4)) expect((await known(1, `users/${user}`)).events).toHaveLength(2);
    for (const { client } of shoppers) client.socket.terminate();
    for (const tab of tabs) tab.socket.terminate();
  },
);

/** Partitions may be changing hands. */
async function expectGone(node: number, users: readonly string[]): Promise<void> {
  for (const user of users) {
    let nodesOfGraph: unknown;
    const isTold = async (): Promise<boolean> => {
      const { status, body } = await callJson(nodes.urls[node], 'GET', `/v1/users/${user}/graph`);
      nodesOfGraph = body['nodes'];
      return status === 200;
    };
    expect(await patientlyUntil(isTold, { everyMs: 50, ms: TIMEOUT_MS / 4 })).toBe(true);
    expect([user, nodesOfGraph]).toEqual([user, []]);
  }
}

test(
  'a visitor who is open at two nodes becomes a user at a third one, with all events; both are told',
  { timeout: TIMEOUT_MS },
  async () => {
    for (const user of ['gil', 'hal', 'ida']) {
      const near = await WsClient.open(nodes.urls[1]);
      near.send({ t: 'hello', slots: [{ slot: 'home', k: 3 }] });
      const { session } = await near.next('welcome');
      near.send({ t: 'event', seq: 1, e: 'view_item', item: 'item-1' });
      await near.next('ack');
      const far = await WsClient.hello(nodes.urls[2], { session });
      far.send({ t: 'event', seq: 2, e: 'view_item', item: 'item-2' });
      await far.next('ack', ({ seq }) => seq >= 2);
      const { status, body } = await callJson(nodes.urls[1], 'POST', `/v1/users/${user}/merge`, { session });
      expect([status, body]).toEqual([200, { user, session, merged: true }]);
      await Promise.all([near.closed(), far.closed()]);
      expect([near.closeCode, far.closeCode]).toEqual([CLOSES.sessionMerged.code, CLOSES.sessionMerged.code]);
      const { graph } = await known(2, `users/${user}`);
      expect(graph.nodes).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ id: 'item-1' }),
          expect.objectContaining({ id: 'item-2' }),
        ]),
      );
      const again = await callJson(nodes.urls[2], 'POST', `/v1/users/${user}/merge`, { session });
      expect(again.body).toEqual({ user, session, merged: false });
    }
  },
);

test(
  '[D4] a session that a named user brings is closed to its visitor, who has done nothing yet, at whatever node',
  { timeout: TIMEOUT_MS },
  async () => {
    for (const user of ['jon', 'kim', 'lee']) {
      const near = await WsClient.open(nodes.urls[1]);
      near.send({ t: 'hello', slots: [{ slot: 'home', k: 3 }] });
      const { session } = await near.next('welcome');
      const named = await WsClient.hello(nodes.urls[2], { user, session });
      await near.closed();
      expect(near.closeCode).toBe(CLOSES.sessionMerged.code);
      const again = await WsClient.open(nodes.urls[1]);
      again.send({ t: 'hello', resume: { session, seq: 0 } });
      expect(await again.next('welcome')).toMatchObject({ seq: 0, replaced: { session, seq: 0 } });
      for (const { socket } of [named, again]) socket.terminate();
    }
  },
);

test(
  'users and visitors of whom nothing came for AFTERCLICK_USERS_KEPT_MS and AFTERCLICK_VISITORS_KEPT_MS go from a node',
  { timeout: TIMEOUT_MS },
  async () => {
    const node = await tinyNodes({ servers, name: 'KEPT', count: 1 });
    // A look comes with every fifth write-out.
    const short = {
      AFTERCLICK_CHECKPOINT_MS: '100',
      AFTERCLICK_USERS_KEPT_MS: '1',
      AFTERCLICK_VISITORS_KEPT_MS: '1',
    };
    node.change(0, short);
    try {
      await node.start(0);
      const session = 'v'.repeat(22);
      const event = { e: 'view_item', item: 'item-1' };
      const events = [
        { ...event, id: 'u', user: 'old' },
        { ...event, id: 'v', session },
      ];
      const { body } = await callJson(node.urls[0], 'POST', '/v1/events', events);
      expect(body['results']).toMatchObject([{ status: 'applied' }, { status: 'applied' }]);
      for (const who of ['users/old', `sessions/${session}`]) {
        const isGone = async (): Promise<boolean> => {
          const { body } = await callJson(node.urls[0], 'GET', `/v1/${who}/graph`);
          return Array.isArray(body['nodes']) && body['nodes'].length === 0;
        };
        expect(await patientlyUntil(isGone, { everyMs: 50, ms: TIMEOUT_MS / 4 })).toBe(true);
      }
    } finally {
      await node.end();
    }
  },
);
