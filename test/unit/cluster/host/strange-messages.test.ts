import { describe, expect, onTestFinished, test } from 'vitest';
import { packMessage } from '../../../../cluster/journal/checked-message.js';
import { encodeMessage } from '../../../../cluster/journal/journal-message.js';
import { FakeStream } from '../../../support/cluster/fake-stream.js';
import { graphOf } from '../../../support/cluster/hosted-graph.js';
import { HostedNode, type HostedRun } from '../../../support/cluster/hosted-node.js';
import { patientlyUntil } from '../../../support/patience.js';
import { sharedCatalogue } from '../../../support/shards/shard-harness.js';
import { laterRecord } from '../../../support/store/later-record.js';

const LONG_MS = 120_000;
const GARBAGE = Buffer.from('not a message of a journal');

const until = (isDone: () => boolean): Promise<boolean> => patientlyUntil(isDone, { everyMs: 5, ms: 60_000 });

async function opened(stream: FakeStream, name: string): Promise<HostedRun> {
  const { shared } = await sharedCatalogue();
  const node = await HostedNode.start(name, stream, { catalogue: shared });
  const run = node.open();
  onTestFinished(async () => {
    run.drop();
    await run.run.exited;
    await node.remove();
  });
  return run;
}

async function taken(run: HostedRun): Promise<HostedRun> {
  run.take();
  await run.run.ready;
  run.open('ann');
  return run;
}

async function clicked(run: HostedRun, from: number, to: number): Promise<void> {
  for (let seq = from; seq <= to; seq++) run.click(seq, seq % 50);
  expect(await until(() => run.durable.get(1) === to)).toBe(true);
}

describe('what no node wrote in the stream of a partition', { timeout: LONG_MS }, () => {
  test('ends neither the owner nor who follows, who come to the same, and is kept by each', async () => {
    const stream = new FakeStream();
    stream.publish(GARBAGE);
    const owner = await taken(await opened(stream, 'a'));
    const standby = await opened(stream, 'b');
    expect(await until(() => standby.isLevel)).toBe(true);
    await clicked(owner, 1, 3);
    stream.publish(GARBAGE);
    stream.publish(stream.log[2].subarray(0, 20));
    await clicked(owner, 4, 6);
    const names = [
      'message 1',
      ...[...stream.log.keys()].slice(2).flatMap((at) => nameOf(stream.log[at], at)),
    ];
    expect(names).toHaveLength(3);
    expect(await until(() => [owner, standby].every(({ setAside }) => setAside.length === 3))).toBe(true);
    expect(owner.setAside).toEqual(names);
    expect(standby.setAside).toEqual(names);
    const graph = await graphOf(owner, 'ann');
    await taken(standby);
    expect(await graphOf(standby, 'ann')).toBe(graph);
    await clicked(standby, 7, 7);
    const late = await taken(await opened(stream, 'c'));
    expect(await until(() => late.replies.length > 0)).toBe(true);
    expect(late.replies[0]).toMatchObject({ op: 'opened', seq: 7 });
    expect(late.setAside).toEqual(names);
  });

  test('a message that is lost leaves a gap that is named, and what follows is served', async () => {
    const stream = new FakeStream();
    const owner = await taken(await opened(stream, 'a'));
    await clicked(owner, 1, 1);
    await clicked(owner, 2, 2);
    const lost = stream.log.length;
    await clicked(owner, 3, 3);
    stream.gone.add(lost);
    const late = await taken(await opened(stream, 'c'));
    expect(late.setAside[0]).toBe(`message ${lost}`);
    expect(late.setAside).toHaveLength(2);
    expect(await until(() => late.replies.some(({ op }) => op === 'opened'))).toBe(true);
    expect(late.replies.find(({ op }) => op === 'opened')).toMatchObject({ seq: 3 });
  });
});

describe('what a later version wrote in the stream of a partition', { timeout: LONG_MS }, () => {
  test.each([
    ['a message', packMessage([3, 'z', '1', 2]), 'message 2 of the journal: version 3'],
    ['an entry', groupWith(laterRecord()), 'journal entry of kind 99'],
    ['a record', groupWith(laterRecord('version')), 'journal record of version 9'],
  ])('keeps this one from following and from taking it, which is said: %s', async (_, bytes, why) => {
    const stream = new FakeStream();
    stream.publish(encodeMessage({ kind: 'own', owner: { node: 'z', run: '1', epoch: 1 } }));
    stream.publish(bytes);
    for (let tries = 0; tries < 2; tries++) {
      const run = await opened(stream, `a${tries}`);
      expect(await until(() => run.end !== undefined)).toBe(true);
      expect(run.end?.why).toBe('failed');
      expect(run.end?.message).toContain(why);
      expect(run.end?.message).toContain('A later version wrote it: start that one');
      expect(run.setAside).toEqual([]);
    }
  });
});

function groupWith(record: Uint8Array): Uint8Array {
  const owner = { node: 'z', run: '1', epoch: 1 };
  return encodeMessage({
    kind: 'group',
    owner,
    items: 0,
    records: [{ position: 0, count: 1, bytes: record }],
  });
}

/** Nothing for what an owner wrote. */
function nameOf(bytes: Uint8Array, at: number): string[] {
  const isStrange = Buffer.compare(bytes, GARBAGE) === 0 || bytes.length === 20;
  return isStrange ? [`message ${at + 1}`] : [];
}
