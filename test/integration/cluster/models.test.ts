import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { AfterclickClient } from '../../../gateway/client/index.js';
import { GatewayNodes } from '../../support/cluster/gateway-nodes.js';
import { NatsServers } from '../../support/cluster/nats-servers.js';
import { temporaryFolder } from '../../support/gateway/built-gateway.js';
import { writeTinyBundle } from '../../support/model/tiny-bundles.js';
import { patientlyUntil } from '../../support/patience.js';

const TIMEOUT_MS = 240_000;
/** One that comes late. */
const LATE = 3;
const NODES = [0, 1, 2];
const NARROW = 'narrow@1';
const WIDE = 'wide@1';
const THIRD = 'third@1';

let servers: NatsServers;
let nodes: GatewayNodes;
let folder: string;

beforeAll(async () => {
  servers = await NatsServers.start({ sync: 'always' });
  folder = temporaryFolder();
  const bundles = join(folder, 'bundles');
  await writeTinyBundle({ folder: join(bundles, 'narrow'), name: 'narrow', width: 4 });
  await writeTinyBundle({ folder: join(bundles, 'wide'), name: 'wide', width: 8 });
  await writeTinyBundle({ folder: join(bundles, 'third'), name: 'third', width: 6 });
  nodes = await GatewayNodes.of({
    servers,
    folderOf: (node) => join(folder, `node-${node}`),
    count: 4,
    name: 'MODELS',
    partitions: 6,
    env: {
      AFTERCLICK_BUNDLE: join(bundles, 'narrow'),
      AFTERCLICK_CLUSTER_REPLICAS: '1',
      AFTERCLICK_LOG_LEVEL: 'warn',
    },
  });
  // Only the first of them has the other bundle.
  nodes.change(0, { AFTERCLICK_BUNDLES_DIR: bundles });
  await nodes.start(...NODES);
}, TIMEOUT_MS);
afterAll(async () => {
  await nodes?.end();
  await servers?.stop();
});

const until = (isDone: () => boolean | Promise<boolean>): Promise<boolean> =>
  patientlyUntil(isDone, { everyMs: 50, ms: TIMEOUT_MS / 2 });

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function post(node: number, path: string, body?: object): Promise<Answer> {
  const reply = await fetch(nodes.urls[node] + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: reply.status, body: (await reply.json()) as Answer['body'] };
}

const swapTo = (node: number, bundle: string): Promise<Answer> =>
  post(node, '/v1/model', { bundle, force: true });

async function modelOf(node: number): Promise<unknown> {
  const reply = await fetch(`${nodes.urls[node]}/v1/model`).catch(() => undefined);
  return ((await reply?.json()) as Answer['body'] | undefined)?.['model'];
}

/** True while a node makes a model ready that another one has announced. */
async function isAnnounced(node: number): Promise<boolean> {
  const reply = await fetch(`${nodes.urls[node]}/v1/model`);
  return ((await reply.json()) as Answer['body'])['swap'] !== null;
}

async function allServe(model: string, ...those: number[]): Promise<boolean> {
  return until(async () => (await Promise.all(those.map(modelOf))).every((one) => one === model));
}

/** Shoppers at all nodes who click without an end, and the models of their lists, each run of the same once. */
class Shoppers {
  readonly models = new Map<string, string[]>();
  readonly #clients: AfterclickClient[] = [];
  readonly #timer: NodeJS.Timeout;
  #clicks = 0;

  constructor(count: number, of: readonly number[]) {
    const urls = of.map((node) => nodes.urls[node]);
    for (let i = 0; i < count; i++) this.#clients.push(this.#shopper(`shopper-${i}`, urls));
    this.#timer = setInterval(() => this.#click(), 40);
    onTestFinished(() => this.end());
  }

  /** True when the last list of each shopper is of this model. */
  allHave(model: string): boolean {
    return this.#clients.every((client) => client.list('home')?.model.split('+')[0] === model);
  }

  async settle(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#clients.map((client) => client.whenAcked()));
  }

  end(): void {
    clearInterval(this.#timer);
    for (const client of this.#clients) client.close();
  }

  #shopper(user: string, urls: readonly string[]): AfterclickClient {
    const client = new AfterclickClient({ url: urls, user, WebSocket, slots: [{ slot: 'home', k: 5 }] });
    const models: string[] = [];
    this.models.set(user, models);
    // A shard with much to do says that it looked at fewer candidates.
    client.on('recs', ({ model }) => {
      const [name] = model.split('+');
      if (models.at(-1) !== name) models.push(name);
    });
    return client;
  }

  #click(): void {
    const click = this.#clicks++;
    this.#clients[click % this.#clients.length].track('view_item', { item: `item-${click % 60}` });
  }
}

/** Of each shopper, the models in the order in which they came; all of them alike. */
function ordersOf(shoppers: Shoppers): string[] {
  return [...new Set([...shoppers.models.values()].map((models) => models.join(' ')))];
}

test(
  'all nodes change under clicks, and no shopper sees the old model again',
  { timeout: TIMEOUT_MS },
  async () => {
    const shoppers = new Shoppers(12, NODES);
    expect(await until(() => shoppers.allHave(NARROW))).toBe(true);
    const { status, body } = await swapTo(0, 'wide');
    expect(body).toMatchObject({ outcome: 'swapped', model: WIDE, previous: NARROW });
    expect(status).toBe(200);
    expect(await Promise.all(NODES.map(modelOf))).toEqual([WIDE, WIDE, WIDE]);
    expect(await until(() => shoppers.allHave(WIDE))).toBe(true);
    // Whoever takes a partition over goes on with it.
    await nodes.kill(1);
    await shoppers.settle();
    expect(ordersOf(shoppers)).toEqual([`${NARROW} ${WIDE}`]);
    await nodes.start(1);
  },
);

test('what served before comes back on all nodes, from any of them', { timeout: TIMEOUT_MS }, async () => {
  expect(await allServe(WIDE, ...NODES)).toBe(true);
  const shoppers = new Shoppers(12, NODES);
  expect(await until(() => shoppers.allHave(WIDE))).toBe(true);
  const { body } = await post(2, '/v1/model/rollback');
  expect(body).toMatchObject({ outcome: 'swapped', model: NARROW, previous: WIDE });
  expect(await until(() => shoppers.allHave(NARROW))).toBe(true);
  await shoppers.settle();
  expect(ordersOf(shoppers)).toEqual([`${WIDE} ${NARROW}`]);
  expect(await Promise.all(NODES.map(modelOf))).toEqual([NARROW, NARROW, NARROW]);
});

test(
  'a node that stands still is not waited for, and serves with nothing else when it wakes; one that comes late begins with it',
  { timeout: TIMEOUT_MS },
  async () => {
    nodes.freeze(1);
    const { body } = await swapTo(0, 'wide');
    expect(body).toMatchObject({ outcome: 'swapped', model: WIDE });
    nodes.wake(1);
    expect(await allServe(WIDE, ...NODES)).toBe(true);
    await nodes.start(LATE);
    expect(await modelOf(LATE)).toBe(WIDE);
    const shoppers = new Shoppers(12, [LATE]);
    expect(await until(() => shoppers.allHave(WIDE))).toBe(true);
    await shoppers.settle();
    expect(ordersOf(shoppers)).toEqual([WIDE]);
    await nodes.stop(LATE);
  },
);

test(
  'where one node cannot, all stay with what they have, and are told which and why',
  { timeout: TIMEOUT_MS },
  async () => {
    expect(await allServe(WIDE, ...NODES)).toBe(true);
    const shelf = join(folder, 'node-2', 'models');
    renameSync(shelf, `${shelf}.away`);
    writeFileSync(shelf, 'no folder');
    const { status, body } = await post(0, '/v1/model', { bundle: 'third', force: true });
    expect(body['detail']).toMatch(/^node-2 cannot serve with it: ENOTDIR/);
    expect(status).toBe(422);
    rmSync(shelf);
    renameSync(`${shelf}.away`, shelf);
    expect(await Promise.all(NODES.map(modelOf))).toEqual([WIDE, WIDE, WIDE]);
    expect((await post(0, '/v1/model', { bundle: 'third', force: true })).body).toMatchObject({
      model: THIRD,
    });
  },
);

test('whoever is killed in the middle, the end is one model', { timeout: TIMEOUT_MS }, async () => {
  expect(await allServe(THIRD, ...NODES)).toBe(true);
  for (const [killed, bundle] of [
    [1, 'narrow'],
    [0, 'wide'],
  ] as const) {
    const shoppers = new Shoppers(12, NODES);
    const asked = swapTo(0, bundle).catch(() => undefined);
    expect(await patientlyUntil(() => isAnnounced(2), { everyMs: 5, ms: TIMEOUT_MS / 2 })).toBe(true);
    await nodes.kill(killed);
    await asked;
    await nodes.start(killed);
    const models = async (): Promise<unknown[]> => [...new Set(await Promise.all(NODES.map(modelOf)))];
    expect(await until(async () => (await models()).length === 1)).toBe(true);
    const [model] = (await models()) as string[];
    expect(await until(() => shoppers.allHave(model))).toBe(true);
    await shoppers.settle();
    const backwards = [...shoppers.models.values()].filter((order) => new Set(order).size < order.length);
    expect(backwards).toEqual([]);
    shoppers.end();
  }
});
