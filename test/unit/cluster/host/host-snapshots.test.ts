import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../../cluster/journal/journal-message.js';
import type { Catalogue } from '../../../../model/catalogue/catalogue.js';
import type { KeptSnapshot } from '../../../../shards/wire/calls.js';
import { snapshotsOf } from '../../../../cluster/snapshots/snapshot-notice.js';
import { FakeShelf } from '../../../support/cluster/fake-shelf.js';
import { FakeStream } from '../../../support/cluster/fake-stream.js';
import { HostedNode, type HostedRun } from '../../../support/cluster/hosted-node.js';
import { graphOf } from '../../../support/cluster/hosted-graph.js';
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

const LONG_MS = 240_000;
const SNAPSHOT_BYTES = 2_000;

const until = (isDone: () => boolean | Promise<boolean>): Promise<boolean> =>
  patientlyUntil(isDone, { everyMs: 5, ms: 120_000 });

interface Ground {
  readonly stream: FakeStream;
  readonly shelf: FakeShelf;
}

interface NodeWith {
  readonly items?: Catalogue;
  readonly snapshotBytes?: number;
}

async function nodeOn(
  { stream, shelf }: Ground,
  name: string,
  { items = catalogue, snapshotBytes = Infinity }: NodeWith = {},
): Promise<HostedNode> {
  const node = await HostedNode.start(name, stream, { catalogue: items.shared, shelf, snapshotBytes });
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

/** A click of ann, acknowledged when this is over. */
async function clicked(run: HostedRun, seq: number): Promise<void> {
  run.click(seq, seq % 50);
  expect(await until(() => run.durable.get(1) === seq)).toBe(true);
}

/** An owner whose stream was purged twice, and how many clicks that took. */
async function purgedTwice(
  ground: Ground,
  items = catalogue,
): Promise<{ readonly owner: HostedRun; readonly seq: number }> {
  const owner = await serving(await nodeOn(ground, 'a', { items, snapshotBytes: SNAPSHOT_BYTES }));
  owner.open('ann');
  let purges = 0;
  let seq = 0;
  for (let { first } = ground.stream; purges < 2; first = ground.stream.first) {
    await clicked(owner, ++seq);
    if (ground.stream.first > first) purges++;
  }
  return { owner, seq };
}

/** Sequence of the message that brought an entry first. */
function sequenceOf({ log }: FakeStream, position: number): number {
  const at = log.findIndex((bytes) => {
    const message = decodeMessage(bytes);
    if (message.kind !== 'group') return false;
    return message.records.some(
      (record) => record.position <= position && position < record.position + record.count,
    );
  });
  return at + 1;
}

const newGround = (): Ground => ({ stream: new FakeStream(), shelf: new FakeShelf() });

describe('a node with an empty folder, of a stream that was purged twice', { timeout: LONG_MS }, () => {
  test('takes over with all that was acknowledged, and learns each click once', async () => {
    const ground = newGround();
    const { owner, seq } = await purgedTwice(ground);
    const graph = await graphOf(owner, 'ann');
    const node = await nodeOn(ground, 'b');
    const popular = (at: HostedNode) =>
      Array.from({ length: 50 }, (_, item) => at.learning.interactions.popular(item));
    // What it neither serves nor stands by for it learns from the snapshot and the stream behind it.
    expect(await until(() => String(popular(node)) === String(popular(nodes[0])))).toBe(true);
    const taker = await serving(node);
    taker.open('ann');
    expect(await until(() => taker.replies.length > 0)).toBe(true);
    expect(taker.replies[0]).toMatchObject({ op: 'opened', seq });
    expect(await graphOf(taker, 'ann')).toBe(graph);
    await clicked(taker, seq + 1);
    expect(node.learning.interactions.popular((seq + 1) % 50)).toBe(
      nodes[0].learning.interactions.popular((seq + 1) % 50) + 1,
    );
  });

  test('finds what it needs where somebody has published copies of messages', async () => {
    const ground = newGround();
    const node = await nodeOn(ground, 'a');
    const owner = await serving(node);
    owner.open('ann');
    const seq = 20;
    for (let click = 1; click <= seq; click++) {
      await clicked(owner, click);
      if (click % 10 > 0) continue;
      for (const bytes of ground.stream.log.slice(0, 100)) ground.stream.publish(bytes);
      await node.snapshot();
    }
    expect(ground.stream.first).toBeGreaterThan(1);
    const graph = await graphOf(owner, 'ann');
    for (const { end, from } of snapshotsOf(ground.shelf.notices.get(0)?.notice))
      expect(sequenceOf(ground.stream, end - 1)).toBeGreaterThanOrEqual(from);
    const taker = await serving(await nodeOn(ground, 'b'));
    taker.open('ann');
    expect(await until(() => taker.replies.length > 0)).toBe(true);
    expect(taker.replies[0]).toMatchObject({ op: 'opened', seq });
    expect(await graphOf(taker, 'ann')).toBe(graph);
  });

  test('takes over from the older snapshot when the newest is damaged', async () => {
    const ground = newGround();
    const { owner, seq } = await purgedTwice(ground);
    const graph = await graphOf(owner, 'ann');
    const { notice } = await ground.shelf.said(0);
    const [newest, older] = snapshotsOf(notice);
    const objects = new Set(older.files.map(({ object }) => object));
    ground.shelf.damage(newest.files.find(({ object }) => !objects.has(object))!.object);
    const taker = await serving(await nodeOn(ground, 'b'));
    taker.open('ann');
    expect(await until(() => taker.replies.length > 0)).toBe(true);
    expect(taker.replies[0]).toMatchObject({ op: 'opened', seq });
    expect(await graphOf(taker, 'ann')).toBe(graph);
  });

  test('waits for the items of the snapshot, and forgets it where nobody waits for them', async () => {
    const ground = newGround();
    const [ahead, behind] = [await freshCatalogue(), await freshCatalogue()];
    await ahead.upsert([{ id: 'new', category: 'category-1' }]);
    const { seq } = await purgedTwice(ground, ahead);
    const node = await nodeOn(ground, 'b', { items: behind });
    const folder = join(node.folder, 'partition-0');
    const dropped = opened(node);
    dropped.take();
    expect(await until(() => existsSync(folder))).toBe(true);
    dropped.drop();
    await dropped.run.exited;
    expect(existsSync(folder)).toBe(false);
    const taker = opened(node);
    taker.take();
    expect(await until(() => existsSync(folder))).toBe(true);
    for (let i = 0; i < 20; i++) await rest(5);
    expect(taker.epoch).toBeUndefined();
    await behind.upsert([{ id: 'new', category: 'category-1' }]);
    await taker.run.ready;
    taker.open('ann');
    expect(await until(() => taker.replies.length > 0)).toBe(true);
    expect(taker.replies[0]).toMatchObject({ op: 'opened', seq });
  });

  test('serves nobody when no snapshot is whole, and says why', async () => {
    const ground = newGround();
    await purgedTwice(ground);
    for (const object of ground.shelf.objects.keys()) ground.shelf.damage(object);
    const taker = opened(await nodeOn(ground, 'b'));
    taker.take();
    expect(await until(() => taker.end !== undefined)).toBe(true);
    expect(taker.end).toMatchObject({ why: 'failed', message: 'no snapshot of partition 0 can be read' });
    expect(taker.epoch).toBeUndefined();
  });
});

test(
  'a copy that ends before the front of its stream is replaced by a snapshot',
  { timeout: LONG_MS },
  async () => {
    const ground = newGround();
    const owner = await serving(await nodeOn(ground, 'a', { snapshotBytes: SNAPSHOT_BYTES }));
    owner.open('ann');
    await clicked(owner, 1);
    const node = await nodeOn(ground, 'b');
    const before = opened(node);
    expect(await until(() => before.isLevel)).toBe(true);
    before.drop();
    await before.run.exited;
    let seq = 1;
    while (ground.stream.first < 5) await clicked(owner, ++seq);
    const graph = await graphOf(owner, 'ann');
    const taker = await serving(node);
    taker.open('ann');
    expect(await until(() => taker.replies.length > 0)).toBe(true);
    expect(taker.replies[0]).toMatchObject({ op: 'opened', seq });
    expect(await graphOf(taker, 'ann')).toBe(graph);
  },
);

test(
  'a snapshot that is asked for has all that was acknowledged; without anything new it is the one before',
  { timeout: LONG_MS },
  async () => {
    const ground = newGround();
    const node = await nodeOn(ground, 'a');
    await expect(node.snapshot()).rejects.toThrow('partition 0 is not served here');
    const owner = await serving(node);
    owner.open('ann');
    for (let seq = 1; seq <= 3; seq++) await clicked(owner, seq);
    const { journalEnd, bytes } = await node.snapshot();
    expect(journalEnd).toBeGreaterThanOrEqual(ground.stream.entries().length);
    expect(bytes).toBeGreaterThan(0);
    const { notice } = await ground.shelf.said(0);
    expect(notice?.newest.end).toBe(journalEnd);
    await clicked(owner, 4);
    const next = await node.snapshot();
    expect(next.journalEnd).toBeGreaterThan(journalEnd);
    expect((await ground.shelf.said(0)).notice?.older?.end).toBe(journalEnd);
    // The entries of its states and revisions may still be on their way.
    let last = next;
    expect(await until(async () => last === (last = await sameOr(node, last)))).toBe(true);
  },
);

/** The snapshot as it was, when the next one is the same. */
async function sameOr(node: HostedNode, before: KeptSnapshot): Promise<KeptSnapshot> {
  const next = await node.snapshot();
  return next.journalEnd === before.journalEnd && next.madeAtMs === before.madeAtMs ? before : next;
}
