import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine, type Engine } from '../../../cluster/engine/engine.js';
import { JournalWriter } from '../../../cluster/journal/journal-writer.js';
import type { AsideMessage } from '../../../cluster/journal/append-surely.js';
import { natsStream, openNatsStream } from '../../../cluster/journal/nats-stream.js';
import { patientBounds } from '../../../cluster/journal/patient-bounds.js';
import type { PartitionStream } from '../../../cluster/journal/partition-stream.js';
import { natsLeaders } from '../../../cluster/node/stream-leaders.js';
import { readJournal } from '../../../cluster/journal/partition-reader.js';
import { decodeRecord } from '../../../shards/store/journal-record.js';
import { NatsServers } from '../../support/cluster/nats-servers.js';
import { HostedNode } from '../../support/cluster/hosted-node.js';
import { sampleRecord } from '../../support/cluster/sample-records.js';
import { patientlyUntil, rest } from '../../support/patience.js';
import { sharedCatalogue } from '../../support/shards/shard-harness.js';

const waiting = { pause: rest, isClosed: () => false };
/** Owners leave time between their appends. */
const PACE_MS = 10;
const LONG_MS = 120_000;
const SOON = { everyMs: 20, ms: 20_000 };

let servers: NatsServers;
let engines: Engine[];

beforeAll(async () => {
  servers = await NatsServers.start({ count: 3, sync: 'always' });
  engines = await Promise.all(['a', 'b'].map(engineOf));
}, LONG_MS);
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.stop()));
  await servers.stop();
}, LONG_MS);

function engineOf(name: string): Promise<Engine> {
  return openEngine({
    servers: servers.addresses,
    name,
    sync: { kind: 'monitors', addresses: servers.monitors },
  });
}

function streamOf(name: string, engine = engines[0]): Promise<PartitionStream> {
  return openNatsStream(engine, { name, replicas: 3, bytesMax: 64 * 1024 * 1024 }, rest);
}

async function owned(stream: PartitionStream, node: string): Promise<JournalWriter> {
  const acquired = await JournalWriter.acquire(stream, { node, run: randomUUID() }, waiting);
  if (acquired.kind !== 'owned') throw new Error(acquired.kind);
  return acquired.writer;
}

/** Numbers that each user's records have in the journal, in its order. */
async function stored(stream: PartitionStream): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  const { first, last } = await patientBounds(stream, waiting);
  for await (const { bytes } of readJournal(stream, { from: first, position: 0, through: last }, waiting))
    for (const entry of decodeRecord(bytes))
      if (entry.entry === 'session') found.set(entry.user, [...(found.get(entry.user) ?? []), entry.seq]);
  return found;
}

/** Numbers from 0 that were acknowledged to a writer until it was fenced, or `count` of them. */
async function write(writer: JournalWriter, user: string, count: number): Promise<number[]> {
  for (let i = 0; i < count; i++) {
    if ((await writer.append([sampleRecord(i, 1, user)])) !== 'acknowledged') return numbers(i);
    await rest(PACE_MS);
  }
  return numbers(count);
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Which server leads a stream. */
async function leaderOf(name: string): Promise<number> {
  const { leader = '' } = await natsLeaders(engines[0].main).of(name);
  return NatsServers.indexOf(leader);
}

test('of two nodes that want a partition at once one gets it, again and again', async () => {
  const streams = await Promise.all(engines.map((engine) => streamOf('race', engine)));
  let wins = 0;
  for (let round = 0; round < 20; round++) {
    const tries = streams.map((stream, i) =>
      JournalWriter.acquire(stream, { node: 'ab'[i], run: String(round) }, waiting),
    );
    const outcomes = (await Promise.all(tries)).map(({ kind }) => kind);
    wins += outcomes.filter((kind) => kind === 'owned').length;
    expect(outcomes).toContain('owned');
    // Who was told to have won is in the journal once; who was not, never.
    expect((await patientBounds(streams[0], waiting)).last).toBe(wins);
  }
});

test('an owner that another one follows is told so at its next append, and nothing is lost or doubled', async () => {
  const [stream, other] = await Promise.all(engines.map((engine) => streamOf('follow', engine)));
  const writing = write(await owned(stream, 'a'), 'a', 10_000);
  await rest(300);
  const second = write(await owned(other, 'b'), 'b', 50);
  const [first, later] = [await writing, await second];
  expect(first.length).toBeGreaterThan(0);
  expect(first.length).toBeLessThan(10_000);
  expect(await stored(stream)).toEqual(
    new Map([
      ['a', first],
      ['b', later],
    ]),
  );
});

test('an append whose answer is lost is found to be stored by the next try', async () => {
  const stream = await streamOf('lost-answer');
  const told: string[] = [];
  const deaf: PartitionStream = {
    read: (from, countMax) => stream.read(from, countMax),
    bounds: () => stream.bounds(),
    ofLeader: (from) => stream.ofLeader(from),
    purge: (before) => stream.purge(before),
    append: async (bytes, expectedLast) => {
      const answer = await stream.append(bytes, expectedLast);
      told.push(answer.kind);
      return told.length % 2 === 1 ? { kind: 'unknown', why: 'lost' } : answer;
    },
  };
  expect(await write(await owned(deaf, 'a'), 'a', 3)).toEqual([0, 1, 2]);
  expect(told.slice(-2)).toEqual(['stored', 'wrong']);
  expect(await stored(stream)).toEqual(new Map([['a', [0, 1, 2]]]));
});

test(
  'a server that leads the stream and is killed takes nothing with it that was acknowledged',
  async () => {
    const stream = await streamOf('killed');
    const writing = write(await owned(stream, 'a'), 'a', 400);
    await rest(200);
    const leader = await leaderOf('killed');
    await servers.kill(leader);
    expect(await writing).toEqual(numbers(400));
    servers.spawn(leader);
    await servers.ready();
    expect(await stored(stream)).toEqual(new Map([['a', numbers(400)]]));
  },
  LONG_MS,
);

test('what a stranger publishes ends no ownership, and messages that are gone are named', async () => {
  const { main } = engines[0];
  const ask = (subject: string, body: object) =>
    main.request(`$JS.API.STREAM.${subject}.strange`, JSON.stringify(body), { timeout: 5_000 });
  // Those of the program refuse that messages are taken away.
  const plan = {
    name: 'strange',
    subjects: ['strange'],
    num_replicas: 3,
    discard: 'new',
    allow_direct: true,
  };
  await ask('CREATE', { ...plan, storage: 'file', retention: 'limits' });
  const [stream, other] = await Promise.all(engines.map((engine) => natsStream(engine, 'strange', rest)));
  const strange = (bytes: Uint8Array) => main.request('strange', bytes, { timeout: 5_000 });
  const writer = await owned(stream, 'a');
  for (let i = 0; i < 4; i++) {
    await strange(Buffer.from(i % 2 === 0 ? 'garbage' : ''));
    expect(await writer.append([sampleRecord(i, 1, 'a')])).toBe('acknowledged');
  }
  const [{ bytes }] = await stream.read(3, 1);
  await strange(bytes.subarray(0, 20));
  await strange(bytes);
  const second = await owned(other, 'b');
  expect(second.owner.epoch).toBe(12);
  expect(await writer.append([sampleRecord(4, 1, 'a')])).toBe('fenced');
  expect(await second.append([sampleRecord(4, 1, 'b')])).toBe('acknowledged');
  await ask('MSG.DELETE', { seq: 5, no_erase: true });
  await ask('MSG.DELETE', { seq: 8, no_erase: true });
  const asides: string[] = [];
  const wait = {
    ...waiting,
    setAside: ({ sequence, why }: AsideMessage) => void asides.push(`${sequence} ${why}`),
  };
  const found: number[] = [];
  const lacks = async (): Promise<boolean> => (await other.read(5, 1))[0]?.sequence === 6;
  expect(await patientlyUntil(lacks, SOON)).toBe(true);
  for await (const { position } of readJournal(other, { from: 1, position: 0, through: 13 }, wait))
    found.push(position);
  expect(found).toEqual([0, 2, 3, 4]);
  expect(asides).toEqual([
    '2 it does not fit its checksum',
    '4 it does not fit its checksum',
    '5 messages 5 to 5 of the stream are gone',
    '6 it does not fit its checksum',
    '8 messages 8 to 8 of the stream are gone',
    '10 it does not fit its checksum',
    '11 its entries are in a message before it',
  ]);
});

test('at the end of a stream there is nothing to be read, which is no failure', async () => {
  const stream = await streamOf('end');
  expect(await stream.read(1, 10)).toEqual([]);
  expect((await owned(stream, 'a')).owner.epoch).toBe(1);
  expect(await patientlyUntil(async () => (await stream.read(1, 10)).length === 1, SOON)).toBe(true);
  expect(await stream.read(2, 10)).toEqual([]);
});

test('a partition is served from an empty stream, followed, and taken over', async () => {
  const { shared: catalogue } = await sharedCatalogue();
  const nodes = await Promise.all(
    engines.map(async (engine, i) =>
      HostedNode.start('ab'[i], await streamOf('hosted', engine), { catalogue }),
    ),
  );
  const [owner, standby] = nodes.map((node) => node.open());
  owner.take();
  await owner.run.ready;
  owner.open('ann');
  for (let seq = 1; seq <= 5; seq++) owner.click(seq, seq);
  expect(await patientlyUntil(() => owner.durable.get(1) === 5 && standby.isLevel, SOON)).toBe(true);
  standby.take();
  await standby.run.ready;
  standby.open('ann');
  expect(await patientlyUntil(() => standby.replies.length > 0, SOON)).toBe(true);
  expect(standby.replies[0]).toMatchObject({ op: 'opened', seq: 5 });
  for (const run of [owner, standby]) run.drop();
  await Promise.all([owner, standby].map(({ run }) => run.exited));
  for (const node of nodes) await node.remove();
});

test('the leader of a stream is moved to a server that follows it', async () => {
  await streamOf('led');
  const leaders = natsLeaders(engines[0].main);
  expect(await patientlyUntil(async () => (await leaders.of('led')).followers.length === 2, SOON)).toBe(true);
  const { leader, followers } = await leaders.of('led');
  expect([leader, ...followers].toSorted()).toEqual(['s0', 's1', 's2']);
  await leaders.move('led', followers[0]);
  expect(await patientlyUntil(async () => (await leaders.of('led')).leader === followers[0], SOON)).toBe(
    true,
  );
  await expect(leaders.of('nothing')).rejects.toThrow('stream not found');
});

test(
  'a journal is read while the server is frozen that its reader is connected to',
  async () => {
    const stream = await streamOf('frozen');
    await write(await owned(stream, 'a'), 'a', 100);
    const { main, spare } = engines[0];
    // Servers came and went before: each connection was made anew, and keeps away from the other.
    expect(await patientlyUntil(() => main.getServer() !== spare.getServer(), SOON)).toBe(true);
    const frozen = NatsServers.indexOf(engines[0].main.info?.server_name ?? '');
    servers.freeze(frozen);
    try {
      for (let i = 0; i < 10; i++) {
        const span = { from: 1, position: 0, through: 101 };
        let count = 0;
        for await (const _ of readJournal(stream, span, waiting)) count++;
        expect(count).toBe(100);
      }
    } finally {
      servers.thaw(frozen);
      await servers.ready();
    }
  },
  LONG_MS,
);
