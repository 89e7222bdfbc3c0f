import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GatewayNodes } from '../../support/cluster/gateway-nodes.js';
import { NatsServers } from '../../support/cluster/nats-servers.js';
import { tinyNodes } from '../../support/cluster/tiny-nodes.js';
import { callJson } from '../../support/gateway/http-json.js';
import { postUntilTaken } from '../../support/gateway/post-until-taken.js';
import { patientlyUntil } from '../../support/patience.js';

const TIMEOUT_MS = 240_000;
const HOUR_MS = 3_600_000;
const USERS = Array.from({ length: 12 }, (_, i) => `shopper-${i}`);

let servers: NatsServers;
let nodes: GatewayNodes;
let shop: Server;
/** What the shop was told, in the order in which it came. */
const told: string[] = [];

beforeAll(async () => {
  shop = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { type, data } = JSON.parse(Buffer.concat(chunks).toString()) as {
        type: string;
        data: { segment: string; user: string };
      };
      told.push(`${type} ${data.segment} ${data.user}`);
      response.end();
    });
  });
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  servers = await NatsServers.start({ sync: 'always' });
  nodes = await tinyNodes({ servers, name: 'SEGMENTS', count: 3 });
  for (const node of [0, 1, 2])
    nodes.change(node, {
      AFTERCLICK_WEBHOOK_ORIGINS: shopUrl(),
      AFTERCLICK_WEBHOOK_SECRET: 'a secret of enough letters',
      AFTERCLICK_SEGMENTS_FOUND_EVERY_MS: '1000',
    });
  await nodes.start();
}, TIMEOUT_MS);
afterAll(async () => {
  await nodes?.end();
  await servers?.stop();
  shop.close();
});

function shopUrl(): string {
  return `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
}

interface Counted {
  readonly users: number;
  readonly complete: boolean;
}

const until = (isDone: () => Promise<boolean> | boolean): Promise<boolean> =>
  patientlyUntil(isDone, { everyMs: 50, ms: TIMEOUT_MS / 4 });

/** True when the node says that all of them are in the segment, and has looked at everybody. */
async function hasAll(node: number, segment: string): Promise<boolean> {
  const { status, body } = await callJson(nodes.urls[node], 'GET', `/v1/segments/${segment}`);
  const { users, complete } = body as unknown as Counted;
  return status === 200 && users === USERS.length && complete;
}

async function membersAt(node: number, segment: string): Promise<string[]> {
  const response = await fetch(`${nodes.urls[node]}/v1/segments/${segment}/members`);
  expect(response.status).toBe(200);
  const lines = (await response.text()).trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { user: string }).user).toSorted();
}

/** Ids that a node gives the shoppers of a segment. */
async function recommended(node: number, user: string, segment: string): Promise<number> {
  const body = { user, k: 3, filter: { segment } };
  const answer = await callJson(nodes.urls[node], 'POST', '/v1/recommend', body);
  return (answer.body['ids'] as string[] | undefined)?.length ?? -1;
}

test(
  'a segment put at one node is found, counted, read, filtered by and told of in all of them, and once each',
  { timeout: TIMEOUT_MS },
  async () => {
    const rule = { visits: { gte: 1 } };
    const put = await callJson(nodes.urls[0], 'PUT', '/v1/segments/seen', { rule, webhook: `${shopUrl()}/` });
    expect(put.status).toBe(200);
    const other = await callJson(nodes.urls[1], 'PUT', '/v1/segments/rich', {
      rule: { spend: { gte: 1e6 } },
    });
    expect(other.status).toBe(200);
    for (const [i, user] of USERS.entries()) {
      const event = { id: 'e', user, e: 'view_item', item: 'item-1' };
      const { body } = await callJson(nodes.urls[i % 3], 'POST', '/v1/events', [event]);
      expect(body['results']).toMatchObject([{ status: 'applied' }]);
    }
    for (const node of [0, 1, 2]) {
      expect(await until(() => hasAll(node, 'seen'))).toBe(true);
      expect(await membersAt(node, 'seen')).toEqual(USERS.toSorted());
      const { body } = await callJson(nodes.urls[node], 'GET', '/v1/segments');
      expect((body['segments'] as { id: string }[]).map(({ id }) => id)).toEqual(['seen', 'rich']);
      expect(await until(async () => (await recommended(node, USERS[0], 'seen')) === 3)).toBe(true);
      expect(await recommended(node, USERS[0], 'rich')).toBe(0);
    }
    const entered = USERS.map((user) => `segment.entered seen ${user}`);
    expect(await until(() => told.length >= entered.length)).toBe(true);
    expect(told.toSorted()).toEqual(entered.toSorted());
  },
);

/** Whom a node tells of, in the order of their names. */
async function atRisk(node: number, least: number): Promise<string[]> {
  const response = await fetch(`${nodes.urls[node]}/v1/users?atRisk=${least}`);
  expect(response.status).toBe(200);
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { user: string }).user).toSorted();
}

/** True when a node tells of these, each once; who has just come is not on disk yet. */
async function areAtRisk(node: number, least: number, users: readonly string[]): Promise<boolean> {
  return String(await atRisk(node, least)) === String(users.toSorted());
}

test('who is about to be lost is told by any node, of all partitions', { timeout: TIMEOUT_MS }, async () => {
  const loyal = USERS.slice(0, 5);
  for (const [i, user] of loyal.entries()) {
    const event = { id: 'again', user, e: 'view_item', item: 'item-2' };
    const { body } = await callJson(nodes.urls[i % 3], 'POST', '/v1/events', [event]);
    expect(body['results']).toMatchObject([{ status: 'applied' }]);
  }
  for (const node of [0, 1, 2]) {
    expect(await until(() => areAtRisk(node, 0, USERS))).toBe(true);
    expect(await until(() => areAtRisk(node, 0.5, USERS.slice(loyal.length)))).toBe(true);
    expect(await atRisk(node, 0.95)).toEqual([]);
  }
});

test(
  'when an owner dies the next one knows who is in, and tells nobody again',
  { timeout: TIMEOUT_MS },
  async () => {
    const before = [...told];
    await nodes.kill(2);
    for (const node of [0, 1]) {
      expect(await until(() => hasAll(node, 'seen'))).toBe(true);
      expect(await membersAt(node, 'seen')).toEqual(USERS.toSorted());
      expect(await until(() => areAtRisk(node, 0, USERS))).toBe(true);
    }
    // Whoever changes now is told of: behind it nothing of before would come.
    const event = { id: 'e', user: 'late', e: 'view_item', item: 'item-2' };
    await callJson(nodes.urls[0], 'POST', '/v1/events', [event]);
    expect(await until(() => told.length > before.length)).toBe(true);
    expect(told).toEqual([...before, 'segment.entered seen late']);
    expect((await callJson(nodes.urls[1], 'DELETE', '/v1/segments/seen', {})).status).toBe(204);
    expect((await callJson(nodes.urls[0], 'GET', '/v1/segments/seen')).status).toBe(404);
  },
);

/** Clicks of four visits, so that there is a long-term interest, on items of one of two tastes. */
function tasteful(taste: number, shopper: number): object[] {
  const nowMs = Date.now();
  return [4, 3, 2, 1].flatMap((hours) =>
    [0, 1, 2].map((click) => ({
      id: `${hours}-${click}`,
      user: `taste-${taste}-${shopper}`,
      e: 'view_item',
      item: `item-${1 + taste * 20 + ((shopper * 7 + hours * 3 + click) % 6)}`,
      ts: nowMs - hours * HOUR_MS + click,
    })),
  );
}

test(
  'segments that nobody named are found among the shoppers of both nodes that are left, and are the same at each',
  { timeout: TIMEOUT_MS },
  async () => {
    const shoppers = Array.from({ length: 40 }, (_, shopper) => shopper);
    const events = [0, 1].flatMap((taste) => shoppers.flatMap((shopper) => tasteful(taste, shopper)));
    await postUntilTaken(nodes.urls[0], events);
    const found = async (node: number): Promise<{ shoppers: number }[]> => {
      const answer = await callJson(nodes.urls[node], 'GET', '/v1/segments');
      return answer.body['found'] as { shoppers: number }[];
    };
    const areAllIn = async (): Promise<boolean> =>
      (await found(1)).reduce((sum, { shoppers: count }) => sum + count, 0) === 2 * shoppers.length;
    // A search is followed by a rest of twenty times as long.
    expect(await patientlyUntil(areAllIn, { everyMs: 200, ms: TIMEOUT_MS / 2 })).toBe(true);
    expect(await found(0)).toEqual(await found(1));
  },
);
