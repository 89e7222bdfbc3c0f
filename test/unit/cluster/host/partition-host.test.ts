import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PartitionStream } from '../../../../cluster/journal/partition-stream.js';
import type { Catalogue } from '../../../../model/catalogue/catalogue.js';
import { FakeStream } from '../../../support/cluster/fake-stream.js';
import { graphOf } from '../../../support/cluster/hosted-graph.js';
import { HostedNode, type HostedRun } from '../../../support/cluster/hosted-node.js';
import { visitor } from '../../../../shards/store/user-key.js';
import { patientlyUntil, rest } from '../../../support/patience.js';
import { freshCatalogue, sharedCatalogue } from '../../../support/shards/shard-harness.js';

let catalogue: Catalogue;
const nodes: HostedNode[] = [];
const runs: HostedRun[] = [];

beforeAll(async () => {
  catalogue = await sharedCatalogue();
});
afterEach(async () => {
  for (const run of runs) run.drop();
  await Promise.all(runs.splice(0).map((run) => run.run.exited));
  for (const node of nodes.splice(0)) await node.remove();
});

const LONG_MS = 120_000;

const until = (isDone: () => boolean): Promise<boolean> => patientlyUntil(isDone, { everyMs: 5, ms: 60_000 });

async function nodeOn(stream: PartitionStream, name: string, items = catalogue): Promise<HostedNode> {
  const node = await HostedNode.start(name, stream, { catalogue: items.shared });
  nodes.push(node);
  return node;
}

function opened(node: HostedNode): HostedRun {
  const run = node.open();
  runs.push(run);
  return run;
}

async function serving(node: HostedNode): Promise<HostedRun> {
  const run = opened(node);
  run.take();
  await run.run.ready;
  return run;
}

/** Clicks of ann, each acknowledged before this is over. */
async function clicked(run: HostedRun, from: number, to: number): Promise<void> {
  for (let seq = from; seq <= to; seq++) run.click(seq, seq % 50);
  expect(await until(() => run.durable.get(1) === to)).toBe(true);
}

/** As `stream`, noting from where it is read. */
function watched(stream: FakeStream): { readonly seen: PartitionStream; readonly reads: number[] } {
  const reads: number[] = [];
  const seen: PartitionStream = {
    append: (bytes, expectedLast) => stream.append(bytes, expectedLast),
    bounds: () => stream.bounds(),
    ofLeader: (from) => stream.ofLeader(from),
    purge: (before) => stream.purge(before),
    read: (from, countMax) => {
      reads.push(from);
      return stream.read(from, countMax);
    },
  };
  return { seen, reads };
}

const VISITED = { number: 7, rule: { is: 'number', of: 'visits', range: { gte: 1 } } } as const;

/** Whom the run has told of, since it was opened. */
const movedIn = ({ replies }: HostedRun) =>
  replies.flatMap((reply) => (reply.op === 'moved' ? [[reply.user, reply.entered]] : []));

describe('a node that takes over', { timeout: LONG_MS }, () => {
  test('knows who is in which segment, and tells nobody again', async () => {
    const stream = new FakeStream();
    const owner = await serving(await nodeOn(stream, 'a'));
    const standby = opened(await nodeOn(stream, 'b'));
    owner.say({ op: 'segments', revision: 3, segments: [VISITED] });
    owner.open('ann');
    await clicked(owner, 1, 2);
    expect(await until(() => movedIn(owner).length === 1)).toBe(true);
    expect(movedIn(owner)).toEqual([['ann', [7]]]);
    const noted = () => stream.entries().filter(({ entry }) => entry === 'segments');
    expect(await until(() => noted().length > 0)).toBe(true);
    expect(noted()).toEqual([{ entry: 'segments', user: 'ann', segments: [7] }]);
    standby.take();
    await standby.run.ready;
    standby.say({ op: 'segments', revision: 3, segments: [VISITED] });
    const counts = () => standby.replies.findLast(({ op }) => op === 'segmentCounts');
    const isComplete = () => {
      standby.say({ op: 'segmentCounts', call: 9 });
      return counts() !== undefined && JSON.stringify(counts()).includes('"isComplete":true');
    };
    expect(await until(isComplete)).toBe(true);
    expect(counts()).toMatchObject({ revision: 3, counts: [{ segment: 7, users: 1 }] });
    expect(movedIn(standby)).toEqual([]);
  });
});

describe('a node that stands by', { timeout: LONG_MS }, () => {
  test('takes over what was acknowledged, reading nothing of it again', async () => {
    const stream = new FakeStream();
    const owner = await serving(await nodeOn(stream, 'a'));
    owner.open('ann');
    await clicked(owner, 1, 20);
    const { seen, reads } = watched(stream);
    const standby = opened(await nodeOn(seen, 'b'));
    expect(await until(() => standby.isLevel)).toBe(true);
    const read = Math.max(...reads);
    await clicked(owner, 21, 30);
    expect(await until(() => Math.max(...reads) > stream.log.length)).toBe(true);
    const graph = await graphOf(owner, 'ann');
    const known = stream.log.length;
    reads.length = 0;
    standby.take();
    await standby.run.ready;
    expect(Math.min(...reads)).toBeGreaterThan(known);
    expect(known).toBeGreaterThanOrEqual(read);
    expect(standby.epoch).toBe(known + 1);
    standby.open('ann');
    expect(await until(() => standby.replies.length > 0)).toBe(true);
    expect(standby.replies[0]).toMatchObject({ op: 'opened', seq: 30 });
    expect(await graphOf(standby, 'ann')).toBe(graph);
    await clicked(standby, 31, 31);
  });

  test('waits for the items that the owner knew, and takes nothing over before', async () => {
    const stream = new FakeStream();
    const [ahead, behind] = [await freshCatalogue(), await freshCatalogue()];
    await ahead.upsert([{ id: 'new', category: 'category-1' }]);
    const owner = await serving(await nodeOn(stream, 'a', ahead));
    const standby = opened(await nodeOn(stream, 'b', behind));
    expect(await until(() => standby.isLevel)).toBe(true);
    owner.open('ann');
    owner.click(1, ahead.indexOf('new'));
    expect(await until(() => owner.durable.get(1) === 1)).toBe(true);
    const graph = await graphOf(owner, 'ann');
    standby.take();
    expect(await until(() => stream.log.length === 3)).toBe(true);
    for (let i = 0; i < 20; i++) await rest(5);
    expect(standby.epoch).toBeUndefined();
    await behind.upsert([{ id: 'new', category: 'category-1' }]);
    await standby.run.ready;
    standby.open('ann');
    expect(await graphOf(standby, 'ann')).toBe(graph);
  });

  test('has nothing of whoever was erased, nor has a node that learns the clicks alone', async () => {
    const stream = new FakeStream();
    const owner = await serving(await nodeOn(stream, 'a'));
    const [near, far] = [await nodeOn(stream, 'b'), await nodeOn(stream, 'c')];
    const standby = opened(near);
    owner.open('ann');
    await clicked(owner, 1, 6);
    const hasLearned = (): boolean => [near, far].every((node) => node.sessionItems.length === 6);
    expect(await until(hasLearned)).toBe(true);
    owner.say({ op: 'erase', call: 8, user: 'ann' });
    expect(await until(() => owner.replies.some((reply) => 'call' in reply && reply.call === 8))).toBe(true);
    expect(await until(() => [near, far].every((node) => node.sessionItems.length === 0))).toBe(true);
    standby.take();
    await standby.run.ready;
    const nobody = JSON.parse(await graphOf(standby, 'ann')) as { graph: { nodes: unknown[] } };
    expect(nobody.graph.nodes).toEqual([]);
    standby.open('ann');
    expect(await until(() => standby.replies.some(({ op }) => op === 'opened'))).toBe(true);
    expect(standby.replies.find(({ op }) => op === 'opened')).toMatchObject({ seq: 0 });
  });

  test('[D1] fences the owner, who acknowledges nothing more and ends', async () => {
    const stream = new FakeStream();
    const owner = await serving(await nodeOn(stream, 'a'));
    owner.open('ann');
    await clicked(owner, 1, 3);
    const standby = opened(await nodeOn(stream, 'b'));
    expect(await until(() => standby.isLevel)).toBe(true);
    standby.take();
    await standby.run.ready;
    owner.click(4, 4);
    expect(await until(() => owner.end !== undefined)).toBe(true);
    expect(owner.end?.why).toBe('lost');
    expect(owner.durable.get(1)).toBe(3);
    standby.open('ann');
    expect(await until(() => standby.replies.length > 0)).toBe(true);
    expect(standby.replies[0]).toMatchObject({ op: 'opened', seq: 3 });
  });

  test('that is dropped and comes again learns no click twice', async () => {
    const stream = new FakeStream();
    const owner = await serving(await nodeOn(stream, 'a'));
    owner.open('ann');
    await clicked(owner, 1, 20);
    const node = await nodeOn(stream, 'b');
    const first = opened(node);
    expect(await until(() => first.isLevel)).toBe(true);
    first.drop();
    await first.run.exited;
    expect(first.end).toMatchObject({ why: 'closed' });
    const popular = node.learning.interactions.popular(1);
    expect(popular).toBeGreaterThan(0);
    const second = opened(node);
    expect(await until(() => second.isLevel)).toBe(true);
    expect(node.learning.interactions.popular(1)).toBe(popular);
  });

  test('learns each click once, whether it serves, stands by, or does neither', async () => {
    const stream = new FakeStream();
    const owner = await serving(await nodeOn(stream, 'a'));
    owner.open('ann');
    const node = await nodeOn(stream, 'b');
    const learned = (item: number): number => node.learning.interactions.popular(item);
    await clicked(owner, 1, 5);
    expect(await until(() => learned(5) > 0)).toBe(true);
    const clicksOf = async (seq: number): Promise<void> => {
      await clicked(owner, seq, seq);
      expect(await until(() => learned(seq) > 0)).toBe(true);
    };
    for (let seq = 6; seq < 10; seq += 2) {
      const standby = opened(node);
      expect(await until(() => standby.isLevel)).toBe(true);
      await clicksOf(seq);
      standby.drop();
      await standby.run.exited;
      await clicksOf(seq + 1);
    }
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map(learned)).toEqual(Array.from({ length: 9 }, () => 1));
  });

  test('takes nothing when somebody else was faster, and is told so', async () => {
    const stream = new FakeStream();
    const standby = opened(await nodeOn(stream, 'b'));
    expect(await until(() => standby.isLevel)).toBe(true);
    const bounds = stream.bounds.bind(stream);
    const other = await nodeOn(stream, 'c');
    stream.bounds = async () => {
      const before = await bounds();
      stream.bounds = bounds;
      await serving(other);
      return before;
    };
    standby.take();
    expect(await until(() => standby.end !== undefined)).toBe(true);
    expect(standby.end).toMatchObject({ why: 'lost', message: 'another node was faster' });
  });
});

test(
  '[D4] the owner takes visitors of long ago away and names users of long ago; who follows carries it out',
  async () => {
    const stream = new FakeStream();
    const GUEST = visitor('guest');
    const kept = await HostedNode.start('a', stream, { catalogue: catalogue.shared, keptMs: 400 });
    nodes.push(kept);
    const owner = await serving(kept);
    const standby = opened(await nodeOn(stream, 'b'));
    owner.say({
      op: 'open',
      call: 1,
      channel: 1,
      user: GUEST,
      session: 1,
      sessionId: 'guest',
      isExact: true,
    });
    await clicked(owner, 1, 3);
    owner.say({ op: 'close', channel: 1, session: 1 });
    owner.say({ op: 'release', channel: 1 });
    owner.say({ op: 'open', call: 2, channel: 2, user: 'ann', session: 2, sessionId: 'ann', isExact: true });
    owner.say({ op: 'attributes', call: 3, user: 'ann', attributes: '{"a":1}' });
    owner.say({ op: 'close', channel: 2, session: 2 });
    owner.say({ op: 'release', channel: 2 });
    const isRemoved = (): boolean =>
      stream.entries().some((entry) => entry.entry === 'removed' && entry.user === GUEST);
    expect(await until(() => isRemoved() && owner.idle.includes('ann'))).toBe(true);
    standby.take();
    await standby.run.ready;
    standby.say({
      op: 'open',
      call: 5,
      channel: 5,
      user: GUEST,
      session: 5,
      sessionId: 'guest',
      isExact: true,
    });
    expect(await until(() => standby.replies.some(({ op }) => op === 'opened'))).toBe(true);
    expect(standby.replies.find(({ op }) => op === 'opened')).toMatchObject({ seq: 0 });
  },
  LONG_MS,
);
