import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../../cluster/journal/journal-message.js';
import type { Catalogue } from '../../../../model/catalogue/catalogue.js';
import { decodeRecord } from '../../../../shards/store/journal-record.js';
import type { PostedModel } from '../../../../shards/wire/posted-model.js';
import { FakeStream } from '../../../support/cluster/fake-stream.js';
import { HostedNode, type HostedRun } from '../../../support/cluster/hosted-node.js';
import { tinyModel } from '../../../support/model/tiny-models.js';
import { patientlyUntil, rest } from '../../../support/patience.js';
import { sharedCatalogue } from '../../../support/shards/shard-harness.js';

const LONG_MS = 120_000;
/** Longer than a commit of a journal that is not held up. */
const WHILE_MS = 150;

let catalogue: Catalogue;
let a: PostedModel;
let b: PostedModel;
const nodes: HostedNode[] = [];
const runs: HostedRun[] = [];

beforeAll(async () => {
  catalogue = await sharedCatalogue();
  [a, b] = ['a', 'b'].map((name, i) => {
    const model = tinyModel({ name, tag: 11 + i, width: 4 + 4 * i })(catalogue.shared.itemMax);
    return { ...model, number: i };
  });
});
afterEach(async () => {
  for (const run of runs) run.drop();
  await Promise.all(runs.splice(0).map((run) => run.run.exited));
  for (const node of nodes.splice(0)) await node.remove();
});

const until = (isDone: () => boolean): Promise<boolean> => patientlyUntil(isDone, { everyMs: 5, ms: 60_000 });

/** A node whose cluster was made with model a. */
async function nodeOn(stream: FakeStream, name: string, model: PostedModel): Promise<HostedNode> {
  const node = await HostedNode.start(name, stream, { catalogue: catalogue.shared, posted: model });
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

/** Ann is open, and has lists. */
async function shopping(run: HostedRun, from: number, to: number): Promise<void> {
  run.open('ann');
  run.subscribe();
  for (let seq = from; seq <= to; seq++) run.click(seq, seq % 50);
  expect(await until(() => run.durable.get(1) === to && run.models.length > 0)).toBe(true);
}

/** Names of the models in the journal, in its order. */
function namedIn(stream: FakeStream): string[] {
  return stream.log
    .map((bytes) => decodeMessage(bytes))
    .flatMap((message) => (message.kind === 'own' ? [] : message.records))
    .flatMap(({ bytes }) => decodeRecord(bytes))
    .flatMap((entry) => (entry.entry === 'adopted' ? [entry.name] : []));
}

describe('another model', { timeout: LONG_MS }, () => {
  test('shows no list before its entry in the journal is stored', async () => {
    const stream = new FakeStream();
    const node = await nodeOn(stream, 'a', a);
    const owner = await serving(node);
    await shopping(owner, 1, 20);
    await node.prepare(b);
    expect(owner.models).toEqual([a.name]);
    const append = stream.append.bind(stream);
    stream.append = () => Promise.resolve({ kind: 'unknown', why: 'no leader' });
    const adopted = node.adopt(b);
    owner.click(21, 21);
    await rest(WHILE_MS);
    expect(owner.models).toEqual([a.name]);
    stream.append = append;
    await adopted;
    expect(await until(() => owner.models.length === 2)).toBe(true);
    expect(owner.models).toEqual([a.name, b.name]);
    expect(namedIn(stream)).toEqual([b.name]);
    expect(await until(() => owner.durable.get(1) === 21)).toBe(true);
  });

  test('is served by who stood by when the owner changed, and nothing else', async () => {
    const stream = new FakeStream();
    const [first, second] = [await nodeOn(stream, 'a', a), await nodeOn(stream, 'b', a)];
    const owner = await serving(first);
    await shopping(owner, 1, 20);
    const standby = opened(second);
    expect(await until(() => standby.isLevel)).toBe(true);
    await Promise.all([first.prepare(b), second.prepare(b)]);
    await first.adopt(b);
    await shopping(owner, 21, 25);
    standby.take();
    await standby.run.ready;
    await shopping(standby, 26, 30);
    expect(standby.models).toEqual([b.name]);
    expect(namedIn(stream)).toEqual([b.name]);
  });

  test('is not served by who stood by when the owner died before it changed, and then is', async () => {
    const stream = new FakeStream();
    const [first, second] = [await nodeOn(stream, 'a', a), await nodeOn(stream, 'b', a)];
    const owner = await serving(first);
    await shopping(owner, 1, 20);
    const standby = opened(second);
    expect(await until(() => standby.isLevel)).toBe(true);
    await second.prepare(b);
    standby.take();
    await standby.run.ready;
    await shopping(standby, 21, 25);
    expect(standby.models).toEqual([a.name]);
    await second.adopt(b);
    expect(await until(() => standby.models.length === 2)).toBe(true);
    expect(standby.models).toEqual([a.name, b.name]);
  });

  test('is named in the journal by a node that comes late, before its first list', async () => {
    const stream = new FakeStream();
    const owner = await serving(await nodeOn(stream, 'a', a));
    await shopping(owner, 1, 20);
    const late = await serving(await nodeOn(stream, 'b', b));
    expect(namedIn(stream)).toEqual([b.name]);
    await shopping(late, 21, 25);
    expect(late.models).toEqual([b.name]);
  });

  test('takes a partition away from a node that does not have it', async () => {
    const stream = new FakeStream();
    const owner = await serving(await nodeOn(stream, 'a', b));
    await shopping(owner, 1, 5);
    const node = await nodeOn(stream, 'b', a);
    const stale = opened(node);
    stale.take();
    expect(await until(() => stale.end !== undefined)).toBe(true);
    expect(stale.end).toMatchObject({ why: 'failed' });
    expect(stale.end?.message).toContain('a model (tag 12) that this node does not have yet');
    await node.adopt(b);
    const again = await serving(node);
    await shopping(again, 6, 9);
    expect(again.models).toEqual([b.name]);
  });

  test('that served before counts as new when it comes back', async () => {
    const stream = new FakeStream();
    const [first, second] = [await nodeOn(stream, 'a', b), await nodeOn(stream, 'b', { ...a, number: 2 })];
    const owner = await serving(first);
    await shopping(owner, 1, 5);
    owner.drop();
    await owner.run.exited;
    const back = await serving(second);
    await shopping(back, 6, 9);
    expect(back.models).toEqual([a.name]);
    expect(namedIn(stream)).toEqual([b.name, a.name]);
    // Whoever has not heard of that does not go on with b.
    const stale = opened(first);
    stale.take();
    expect(await until(() => stale.end !== undefined)).toBe(true);
    expect(stale.end).toMatchObject({ why: 'failed' });
  });
});
