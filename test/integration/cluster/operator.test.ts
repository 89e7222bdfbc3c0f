import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openEngine } from '../../../cluster/engine/engine.js';
import { Heartbeats } from '../../../cluster/membership/heartbeats.js';
import { openBucket } from '../../../cluster/membership/kv-bucket.js';
import { Membership } from '../../../cluster/membership/membership.js';
import { NodeMarks, type NodesSaid } from '../../../cluster/membership/node-marks.js';
import { agreeOn, beatsOf, bucketsOf } from '../../../cluster/node/cluster-facts.js';
import { placePartitions } from '../../../cluster/placement/place-partitions.js';
import { runAdmin } from '../../../gateway/admin/run-admin.js';
import { realClock } from '../../../metrics/process/clock.js';
import { ServiceStack } from '../../../metrics/process/service-stack.js';
import { NatsServers } from '../../support/cluster/nats-servers.js';

const NAME = 'SHOP';
const PARTITIONS = 6;
const NODES = ['a', 'b', 'c'];
const TIMEOUT_MS = 120_000;

let servers: NatsServers;
let stack: ServiceStack;
let marks: NodeMarks;
/** What ends the heartbeats of a node. */
const ends = new Map<string, () => void>();

/** A node that says that it serves what is placed on it, and serves nothing. */
async function pretend(node: string): Promise<void> {
  const engine = stack.push(await engineOf(node));
  const membership = new Membership(node, realClock);
  let said: NodesSaid = { marks: new Map(), pins: new Map() };
  const marks = await NodeMarks.open(engine.main, { name: bucketsOf(NAME).nodes, replicas: 1 }, (all) => {
    said = all;
    membership.learn(all.marks);
  });
  stack.push(marks);
  await marks.register(node);
  const owns = (): [number, number][] => {
    const { eligible } = membership.view();
    return placePartitions(eligible, PARTITIONS).owners.flatMap((owner, partition): [number, number][] => {
      const pin = said.pins.get(partition) ?? '';
      return (eligible.includes(pin) ? pin : owner) === node ? [[partition, 1]] : [];
    });
  };
  const beats = new Heartbeats([engine.main], beatsOf(NAME), {
    membership,
    claims: () => ({ at: `${node}:7070`, url: '', owns: owns(), catalogue: { sequence: 0, digest: 0 } }),
    heard: () => undefined,
  });
  stack.push(beats);
  ends.set(node, () => beats.stop());
}

const engineOf = (name: string) => openEngine({ servers: servers.addresses, name, sync: { kind: 'stated' } });

async function admin(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await runAdmin(['cluster', ...argv], {
    env: {
      AFTERCLICK_CLUSTER: servers.addresses.join(','),
      AFTERCLICK_CLUSTER_NAME: NAME,
      AFTERCLICK_CLUSTER_NODE: 'b',
    },
    nowMs: () => 0,
    say: (line) => (out += `${line}\n`),
    complain: (text) => (err += text),
  });
  return { code, out, err };
}

interface Told {
  readonly unowned: number[];
  readonly nodes: {
    readonly node: string;
    readonly mark: string;
    readonly isHeard: boolean;
    readonly owns: number[];
  }[];
}

const told = async (...argv: string[]): Promise<Told> =>
  JSON.parse((await admin(...argv, '--json')).out) as Told;

beforeAll(async () => {
  servers = await NatsServers.start({ sync: 'always' });
  stack = new ServiceStack();
  const engine = stack.push(await engineOf('test'));
  const facts = await openBucket(engine.main, { name: bucketsOf(NAME).facts, replicas: 1 });
  await agreeOn(facts, {
    version: 2,
    partitions: PARTITIONS,
    catalogue: '',
    itemsMax: 1,
    attributeColumnsMax: 1,
    model: 1,
  });
  marks = await NodeMarks.open(engine.main, { name: bucketsOf(NAME).nodes, replicas: 1 }, () => undefined);
  stack.push(marks);
  for (const node of NODES) await pretend(node);
});
afterAll(async () => {
  await stack.stop();
  await servers.stop();
});
beforeEach(async () => {
  for (const node of NODES) await marks.set(node, 'member');
});

test('status names nodes, marks and partitions, in words and as JSON', { timeout: TIMEOUT_MS }, async () => {
  const { nodes, unowned } = await told('status');
  expect(nodes.map(({ node, mark, isHeard }) => [node, mark, isHeard])).toEqual(
    NODES.map((node) => [node, 'member', true]),
  );
  expect(nodes.flatMap(({ owns }) => owns).sort()).toEqual([0, 1, 2, 3, 4, 5]);
  expect(unowned).toEqual([]);
  const { code, out } = await admin('status');
  expect([code, out]).toEqual([0, expect.stringContaining('  b: member, at b:7070, serves ')]);
});

test(
  'drain takes everything from a node, its own by default, until admit or a start',
  { timeout: TIMEOUT_MS },
  async () => {
    const drained = await told('drain');
    expect(drained.nodes[1]).toMatchObject({ node: 'b', mark: 'draining', owns: [] });
    expect(drained.unowned).toEqual([]);
    await admin('drain', 'b', '--restart');
    await marks.register('b');
    expect((await told('status')).nodes[1]).toMatchObject({ mark: 'member', isHeard: true });
    await admin('drain', 'b');
    await marks.register('b');
    expect((await told('status')).nodes[1]).toMatchObject({ mark: 'draining' });
    expect((await told('admit', 'b')).nodes[1]).toMatchObject({ mark: 'member' });
  },
);

test('move gives a partition to a node and takes it back', { timeout: TIMEOUT_MS }, async () => {
  const from = (await told('status')).nodes.find(({ owns }) => owns.includes(3))!.node;
  const to = NODES.find((node) => node !== from)!;
  const moved = await admin('move', '3', to);
  expect([moved.code, moved.out]).toEqual([0, expect.stringContaining(`${to} serves 3`)]);
  expect(moved.out).toContain(`partition 3 was moved to ${to}`);
  await admin('move', '3');
  expect((await told('status')).nodes.find(({ node }) => node === from)!.owns).toContain(3);
});

test(
  'what cannot be done is refused, with what to do, and nothing is changed',
  { timeout: TIMEOUT_MS },
  async () => {
    const refused: [string[], RegExp][] = [
      [['drain', 'z'], /has no node z; it has a, b, c/],
      [['evict', 'a'], /a is heard: drain it, stop it, or say --force/],
      [['move', '6', 'a'], /there is no partition 6: they are 0 to 5/],
      [['move', 'x', 'a'], /there is no partition x/],
    ];
    for (const [argv, words] of refused) {
      const { code, err } = await admin(...argv);
      expect([argv, code, err]).toEqual([argv, 2, expect.stringMatching(words)]);
    }
    await admin('drain', 'c');
    expect((await admin('move', '0', 'c')).err).toMatch(/c cannot take a partition: it is draining/);
    const env = { AFTERCLICK_CLUSTER: servers.addresses.join(','), AFTERCLICK_CLUSTER_NAME: 'OTHER' };
    let err = '';
    const complain = (text: string): void => void (err += text);
    const output = { env, nowMs: () => 0, say: () => undefined, complain };
    expect(await runAdmin(['cluster', 'status'], output)).toBe(2);
    expect(err).toMatch(/know no cluster OTHER/);
    expect(await runAdmin(['cluster', 'status'], { ...output, env: {} })).toBe(2);
    expect(err).toMatch(/set AFTERCLICK_CLUSTER/);
  },
);

test(
  'a node that is gone is evicted and forgotten, and its partitions are served by others',
  { timeout: TIMEOUT_MS },
  async () => {
    ends.get('c')!();
    const evicted = await admin('evict', 'c');
    expect([evicted.code, evicted.out]).toEqual([
      0,
      expect.stringContaining('c: evicted, not heard, serves nothing'),
    ]);
    const { nodes } = await told('evict', 'c', '--gone');
    expect(nodes.map(({ node }) => node)).toEqual(['a', 'b']);
    expect(nodes.flatMap(({ owns }) => owns).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    // It comes again under its name, as a node that is new.
    await pretend('c');
    const again = await told('status');
    expect(again.nodes.map(({ node, mark }) => [node, mark])).toEqual(NODES.map((node) => [node, 'member']));
  },
);
