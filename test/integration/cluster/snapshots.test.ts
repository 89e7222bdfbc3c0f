import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine, type Engine } from '../../../cluster/engine/engine.js';
import { natsStream } from '../../../cluster/journal/nats-stream.js';
import { openNatsShelf } from '../../../cluster/snapshots/nats-shelf.js';
import { objectProblem } from '../../../cluster/snapshots/stored-objects.js';
import { describeFile } from '../../../shards/store/snapshot/snapshot.js';
import { GatewayNodes } from '../../support/cluster/gateway-nodes.js';
import { NatsServers } from '../../support/cluster/nats-servers.js';
import { temporaryFolder } from '../../support/gateway/built-gateway.js';
import { writeTinyBundle } from '../../support/model/tiny-bundles.js';
import { patientlyUntil, rest } from '../../support/patience.js';

const TIMEOUT_MS = 300_000;
const NAME = 'SNAP';
const NODES = [0, 1, 2];
const SNAPSHOT_BYTES = 8_192;

let servers: NatsServers;
let engine: Engine;

beforeAll(async () => {
  servers = await NatsServers.start({ sync: 'always' });
  engine = await openEngine({ servers: servers.addresses, name: 'test', sync: { kind: 'stated' } });
}, TIMEOUT_MS);
afterAll(async () => {
  await engine?.stop();
  await servers?.stop();
});

test(
  'objects come back as they were, and a notice is said by who knows the last one',
  { timeout: TIMEOUT_MS },
  async () => {
    const shelf = await openNatsShelf(engine, { name: 'SHELF', replicas: 1 }, rest);
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'large'), randomBytes(700_001));
    const file = { ...(await describeFile(folder, 'large')), object: '3.1.large' };
    await shelf.put(file.object, join(folder, 'large'));
    expect(await objectProblem(shelf, file)).toBeUndefined();
    writeFileSync(join(folder, 'large'), randomBytes(700_001));
    await shelf.put(file.object, join(folder, 'large'));
    expect(await objectProblem(shelf, file)).toMatch(/other bytes/);
    expect(await objectProblem(shelf, { ...file, object: '3.1.nothing' })).toMatch(/no object/);
    expect(await shelf.list('3.')).toEqual([file.object]);
    expect(await shelf.list('4.')).toEqual([]);
    await shelf.remove(file.object);
    expect(await shelf.list('')).toEqual([]);

    // An upload that was killed, and an object.
    await shelf.put(file.object, join(folder, 'large'));
    await jetstream(engine.main).publish('$O.SHELF.C.left', 'part');
    const { streams } = await jetstreamManager(engine.main);
    const chunkSubjects = async (): Promise<number> => {
      const { state } = await streams.info('OBJ_SHELF', { subjects_filter: '$O.SHELF.C.*' });
      return Object.keys(state.subjects ?? {}).length;
    };
    await shelf.sweep(() => Date.now());
    expect(await chunkSubjects()).toBe(2);
    await shelf.sweep(() => Date.now() + 2 * 3_600_000);
    expect(await chunkSubjects()).toBe(1);
    expect(await objectProblem(shelf, { ...file, ...(await describeFile(folder, 'large')) })).toBeUndefined();

    const snapshot = { epoch: 1, madeAtMs: 5, end: 9, from: 2, items: 7, files: [file] };
    const notice = { version: 1, newest: snapshot } as const;
    expect(await shelf.said(3)).toEqual({ notice: undefined, revision: 0 });
    expect(await shelf.say(3, notice, 0)).toBe(true);
    const said = await shelf.said(3);
    expect(said.notice).toEqual(notice);
    const next = { ...notice, newest: { ...snapshot, epoch: 2 }, older: snapshot };
    expect(await shelf.say(3, next, 0)).toBe(false);
    expect(await shelf.say(3, next, said.revision)).toBe(true);
    // Whoever did not hear that it was said finds it there.
    expect(await shelf.say(3, next, said.revision)).toBe(true);
    expect((await shelf.said(3)).notice).toEqual(next);
  },
);

test(
  'nodes that have lost their folders have all that was acknowledged, from snapshots of streams that were purged',
  { timeout: TIMEOUT_MS },
  async () => {
    const folder = temporaryFolder();
    const bundle = join(folder, 'bundle');
    await writeTinyBundle({ folder: bundle, name: 'tiny', width: 4 });
    const nodes = await GatewayNodes.of({
      servers,
      folderOf: (node) => join(folder, `node-${node}`),
      count: NODES.length,
      name: NAME,
      partitions: 2,
      env: {
        AFTERCLICK_BUNDLE: bundle,
        AFTERCLICK_CLUSTER_REPLICAS: '1',
        AFTERCLICK_CLUSTER_SNAPSHOT_BYTES: String(SNAPSHOT_BYTES),
        AFTERCLICK_LOG_LEVEL: 'warn',
      },
    });
    try {
      await nodes.start();
      const streams = await Promise.all(
        [0, 1].map((partition) => natsStream(engine, `${NAME}_P${partition}`, rest)),
      );
      const fronts = async (): Promise<number[]> =>
        Promise.all(streams.map(async (stream) => (await stream.bounds()).first));
      let posts = 0;
      const post = async (): Promise<void> => {
        const events = Array.from({ length: 20 }, (_, i) => ({
          user: `user-${i}`,
          id: `post-${posts}-${i}`,
          e: 'view_item',
          item: `item-${1 + ((posts + i) % 9)}`,
        }));
        await Promise.all(events.map((event) => postEvent(nodes.urls[posts % NODES.length], event)));
        posts++;
      };
      for (let purges = 0, before = [1, 1]; purges < 2;) {
        await post();
        const now = await fronts();
        if (!now.every((first, i) => first > before[i])) continue;
        before = now;
        purges++;
      }
      const told = await tellAll(nodes.urls[0]);
      await Promise.all(NODES.map((node) => nodes.kill(node)));
      for (const node of NODES) rmSync(join(folder, `node-${node}`), { recursive: true });
      await nodes.start();
      expect(await tellAll(nodes.urls[1])).toEqual(told);
      // An event that was acknowledged before is a double now.
      const again = { user: 'user-3', id: 'post-0-3', e: 'view_item', item: 'item-4' };
      await postEvent(nodes.urls[2], again);
      expect(await tellAll(nodes.urls[0])).toEqual(told);
      await post();
      expect(await tellAll(nodes.urls[0])).not.toEqual(told);
    } finally {
      await nodes.end();
    }
  },
);

async function postEvent(url: string, event: object): Promise<void> {
  const isTaken = await patientlyUntil(
    async () => {
      const answer = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(event),
      }).catch(() => undefined);
      return answer?.ok === true;
    },
    { everyMs: 50, ms: 60_000 },
  );
  expect(isTaken).toBe(true);
}

interface GraphNode {
  readonly id: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What the cluster tells of all users: their events, and what their graphs are made of. */
async function tellAll(url: string): Promise<unknown[]> {
  const told: unknown[] = [];
  for (let i = 0; i < 20; i++) {
    const user = `${url}/v1/users/user-${i}`;
    const graph = JSON.parse(await textOf(`${user}/graph`)) as { nodes: GraphNode[] };
    const exported = await textOf(`${user}/export`);
    const nodes = graph.nodes.map(({ id, firstMs, lastMs }) => `${id} ${firstMs} ${lastMs}`);
    told.push({
      nodes: nodes.toSorted(),
      events: [...exported.matchAll(/"(post-[\d-]+)"/g)].map(([, id]) => id),
    });
  }
  return told;
}

/** A busy node, or one that has just started, answers after a while. */
async function textOf(url: string): Promise<string> {
  let text = '';
  const isTold = await patientlyUntil(
    async () => {
      const answer = await fetch(url);
      text = await answer.text();
      return answer.ok;
    },
    { everyMs: 50, ms: 60_000 },
  );
  expect(isTold, text).toBe(true);
  return text;
}
