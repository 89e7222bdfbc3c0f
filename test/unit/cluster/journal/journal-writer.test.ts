import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AppendOutcome, AsideMessage } from '../../../../cluster/journal/append-surely.js';
import { packMessage } from '../../../../cluster/journal/checked-message.js';
import { encodeMessage } from '../../../../cluster/journal/journal-message.js';
import { JournalWriter, type OwnerName } from '../../../../cluster/journal/journal-writer.js';
import type { PartitionStream } from '../../../../cluster/journal/partition-stream.js';
import { readJournal } from '../../../../cluster/journal/partition-reader.js';
import { decodeRecord } from '../../../../shards/store/journal-record.js';
import { FakeStream, type AppendFault, type ReadFault } from '../../../support/cluster/fake-stream.js';
import { sampleRecord } from '../../../support/cluster/sample-records.js';

const waiting = { pause: () => Promise.resolve(), isClosed: () => false };

async function owned(stream: PartitionStream, name: OwnerName, wait = waiting): Promise<JournalWriter> {
  const acquired = await JournalWriter.acquire(stream, name, wait);
  if (acquired.kind !== 'owned') throw new Error(acquired.kind);
  return acquired.writer;
}

const GARBAGE = Buffer.from('not a message of a journal');

function groupOf(node: string, epoch: number, position: number): Uint8Array {
  const owner = { node, run: '1', epoch };
  return encodeMessage({ kind: 'group', owner, items: 0, records: [sampleRecord(position)] });
}

async function positionsIn(
  stream: FakeStream,
  from = 1,
  position = 0,
  asides: AsideMessage[] = [],
): Promise<number[]> {
  const found: number[] = [];
  const span = { from, position, through: stream.log.length };
  const wait = { ...waiting, setAside: (aside: AsideMessage) => void asides.push(aside) };
  for await (const record of readJournal(stream, span, wait)) found.push(record.position);
  return found;
}

describe('an owner', () => {
  test.each<{ readonly appends: AppendFault[]; readonly reads?: ReadFault[] }>([
    { appends: ['none', 'none'] },
    { appends: ['none', 'request lost'] },
    { appends: ['none', 'answer lost'] },
    { appends: ['none', 'answer lost'], reads: ['silent', 'behind'] },
    { appends: ['none', 'late'] },
    { appends: ['none', 'dropped'] },
    { appends: ['none', 'dropped', 'request lost', 'late', 'answer lost'] },
  ])('appends once whatever becomes of its tries: $appends, $reads', async (faults) => {
    const stream = new FakeStream({ ...faults, lateCalls: 3 });
    const writer = await owned(stream, { node: 'a', run: '1' });
    expect(await writer.append([sampleRecord(0)])).toBe('acknowledged');
    expect(await writer.append([sampleRecord(1)])).toBe('acknowledged');
    expect(await positionsIn(stream)).toEqual([0, 1]);
    expect([writer.last, stream.log.length]).toEqual([3, 3]);
  });

  test('is fenced by the next one, and appends nothing more', async () => {
    const stream = new FakeStream();
    const first = await owned(stream, { node: 'a', run: '1' });
    const second = await owned(stream, { node: 'b', run: '1' });
    expect(second.owner.epoch).toBe(2);
    expect(await first.append([sampleRecord(0)])).toBe('fenced');
    await expect(first.append([sampleRecord(0)])).rejects.toThrow('lost');
    expect(await second.append([sampleRecord(0)])).toBe('acknowledged');
    expect(stream.log).toHaveLength(3);
  });

  test('is followed by a node that tries again where an append of the owner came first', async () => {
    const stream = new FakeStream();
    const first = await owned(stream, { node: 'a', run: '1' });
    const bounds = stream.bounds.bind(stream);
    const others: PartitionStream = {
      append: (bytes, expectedLast) => stream.append(bytes, expectedLast),
      read: (from, countMax) => stream.read(from, countMax),
      ofLeader: (from) => stream.ofLeader(from),
      purge: (before) => stream.purge(before),
      bounds: async () => {
        const seen = await bounds();
        if (seen.last < 4) await first.append([sampleRecord(seen.last)]);
        return seen;
      },
    };
    const second = await owned(others, { node: 'b', run: '1' });
    expect(second.owner.epoch).toBe(5);
  });

  test('waits for a leader that tells where the stream ends, and not for ever', async () => {
    const stream = new FakeStream();
    const asked = stream.bounds.bind(stream);
    let asks = 0;
    stream.bounds = () => (++asks % 4 === 0 ? asked() : Promise.reject(new Error('no leader')));
    expect((await owned(stream, { node: 'a', run: '1' })).owner.epoch).toBe(1);
    stream.bounds = () => Promise.reject(new Error('no leader'));
    await expect(owned(stream, { node: 'b', run: '1' })).rejects.toThrow('no leader');
  });

  test('is fenced by another run of itself', async () => {
    const stream = new FakeStream();
    const first = await owned(stream, { node: 'a', run: '1' });
    await owned(stream, { node: 'a', run: '2' });
    expect(await first.append([sampleRecord(0)])).toBe('fenced');
  });

  test('is fenced when what took its place has been purged already', async () => {
    const stream = new FakeStream();
    const first = await owned(stream, { node: 'a', run: '1' });
    const second = await owned(stream, { node: 'b', run: '1' });
    await second.append([sampleRecord(0)]);
    stream.first = 3;
    expect(await first.append([sampleRecord(0)])).toBe('fenced');
  });

  test('gives up when it is closed, and appends nothing more', async () => {
    let tries = 0;
    const wait = { ...waiting, isClosed: () => tries++ > 3 };
    const stream = new FakeStream({
      appends: ['none', ...Array.from({ length: 20 }, () => 'request lost' as const)],
    });
    const writer = await owned(stream, { node: 'a', run: '1' }, wait);
    expect(await writer.append([sampleRecord(0)])).toBe('closed');
    await expect(writer.append([sampleRecord(0)])).rejects.toThrow('lost');
  });

  test('appends one group at a time', async () => {
    const writer = await owned(new FakeStream(), { node: 'a', run: '1' });
    const first = writer.append([sampleRecord(0)]);
    await expect(writer.append([sampleRecord(1)])).rejects.toThrow('busy');
    expect(await first).toBe('acknowledged');
  });
});

/** One node: it tries to own the partition, then appends until it is fenced. What it was told is its ledger. */
async function life(
  stream: FakeStream,
  node: string,
  groups: number,
): Promise<Map<number, AppendOutcome['kind']>> {
  const told = new Map<number, AppendOutcome['kind']>();
  for (let run = 0; run < 3; run++) {
    const acquired = await JournalWriter.acquire(stream, { node, run: String(run) }, waiting);
    if (acquired.kind !== 'owned') continue;
    for (let i = 0; i < groups; i++) {
      const seq = run * 100 + i;
      const outcome = await acquired.writer.append([sampleRecord(seq, 1, node)]);
      told.set(seq, outcome);
      if (outcome !== 'acknowledged') break;
    }
  }
  return told;
}

/** What each node has in the journal, in order. */
async function storedBy(stream: FakeStream, node: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { bytes } of readJournal(
    stream,
    { from: 1, position: 0, through: stream.log.length },
    waiting,
  ))
    for (const entry of decodeRecord(bytes))
      if (entry.entry === 'session' && entry.user === node) found.push(entry.seq);
  return found;
}

/** Somebody who publishes garbage, pieces of messages and copies. */
async function strange(
  stream: FakeStream,
  picks: readonly number[],
  turn: () => Promise<void>,
): Promise<void> {
  for (const pick of picks) {
    await turn();
    const copied = stream.log.at(pick % Math.max(1, stream.log.length)) ?? GARBAGE;
    stream.publish([GARBAGE, copied.subarray(0, pick % 40), copied][pick % 3]);
  }
}

test('of owners that race on a failing stream, a stranger among them, nothing acknowledged is lost, doubled or out of order', async () => {
  const appends = fc.array(
    fc.constantFrom<AppendFault>('none', 'none', 'request lost', 'answer lost', 'late', 'dropped'),
  );
  const reads = fc.array(fc.constantFrom<ReadFault>('none', 'behind', 'silent'));
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      appends,
      reads,
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.nat(1_000), { maxLength: 6 }),
      async (s, appends, reads, lateCalls, picks) => {
        const turn = () => s.schedule(Promise.resolve());
        const stream = new FakeStream({ appends, reads, lateCalls, turn });
        const names = ['a', 'b', 'c'];
        const lives = Promise.all(names.map((name) => life(stream, name, 4)));
        const [ledgers] = await s.waitFor(Promise.all([lives, strange(stream, picks, turn)]));
        const still = new FakeStream();
        still.log.push(...stream.log);
        for (const [index, name] of names.entries()) {
          const acknowledged = [...ledgers[index]].filter(([, outcome]) => outcome === 'acknowledged');
          expect(await storedBy(still, name)).toEqual(acknowledged.map(([seq]) => seq));
        }
      },
    ),
    { numRuns: 150 },
  );
});

describe('a reader', () => {
  async function written(): Promise<FakeStream> {
    const stream = new FakeStream();
    const writer = await owned(stream, { node: 'a', run: '1' });
    for (let i = 0; i < 3; i++) await writer.append([sampleRecord(4 * i, 2), sampleRecord(4 * i + 2, 2)]);
    return stream;
  }

  test('leaves out records of which all entries are known', async () => {
    expect(await positionsIn(await written(), 2, 3)).toEqual([2, 4, 6, 8, 10]);
  });

  test('asks again where a replica is behind', async () => {
    const stream = new FakeStream({ reads: ['behind', 'behind'] });
    stream.log.push(...(await written()).log);
    expect(await positionsIn(stream)).toHaveLength(6);
  });

  test('does not go on without the messages that it needs', async () => {
    const stream = await written();
    stream.first = 3;
    await expect(positionsIn(stream, 2)).rejects.toThrow('no message 2: it begins with message 3');
    await expect(positionsIn(stream, 1)).rejects.toThrow('no message 1: it begins with message 3');
    const through = stream.log.length + 1;
    const reading = readJournal(stream, { from: through, position: 0, through }, waiting);
    await expect(reading.next()).rejects.toThrow(`no replica has message ${through}`);
  });

  test('asks the leader for what a copy has damaged, and for what it lacks', async () => {
    const stream = await written();
    stream.damaged.set(3, GARBAGE);
    stream.lacking.add(2);
    const asides: AsideMessage[] = [];
    expect(await positionsIn(stream, 1, 0, asides)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(asides).toEqual([]);
  });

  test('sets aside what the leader has damaged too, and goes on', async () => {
    const stream = await written();
    stream.log[2][20] ^= 1;
    const asides: AsideMessage[] = [];
    expect(await positionsIn(stream, 1, 0, asides)).toEqual([0, 2, 8, 10]);
    expect(asides).toEqual([{ sequence: 3, why: 'it does not fit its checksum', bytes: stream.log[2] }]);
  });

  test('believes no copy against a leader who has something else that cannot be read', async () => {
    const stream = await written();
    stream.log[2][20] ^= 1;
    stream.damaged.set(3, GARBAGE);
    await expect(positionsIn(stream)).rejects.toThrow(
      'message 3 of the journal has other bytes in each copy',
    );
  });

  test('names messages that are gone in the middle, and goes on, also at the end', async () => {
    const stream = await written();
    stream.gone.add(2).add(4);
    const asides: AsideMessage[] = [];
    expect(await positionsIn(stream, 1, 0, asides)).toEqual([4, 6]);
    expect(asides.map(({ why }) => why)).toEqual([
      'messages 2 to 2 of the stream are gone',
      'messages 4 to 4 of the stream are gone',
    ]);
  });

  test('goes on with an owner whose first message is lost', async () => {
    const stream = await written();
    const second = await owned(stream, { node: 'b', run: '1' });
    await second.append([sampleRecord(12)]);
    stream.log[4] = GARBAGE;
    const asides: AsideMessage[] = [];
    expect(await positionsIn(stream, 1, 12, asides)).toEqual([12]);
    expect(asides.map(({ sequence }) => sequence)).toEqual([5]);
  });

  test('passes over what a fenced owner wrote, and copies', async () => {
    const stream = await written();
    const copy = stream.log[1];
    stream.publish(copy);
    stream.publish(stream.log[0]);
    await owned(stream, { node: 'b', run: '1' });
    stream.publish(groupOf('a', 1, 12));
    stream.publish(copy);
    const asides: AsideMessage[] = [];
    expect(await positionsIn(stream, 1, 0, asides)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(asides.map(({ sequence, why }) => `${sequence} ${why}`)).toEqual([
      '5 its entries are in a message before it',
      '6 it begins an ownership at message 1, and is a copy',
      '8 it is by a, who did not own the partition any more',
      '9 it is by a, who did not own the partition any more',
    ]);
  });

  test('refuses what a later version wrote, and says so', async () => {
    const stream = await written();
    stream.publish(packMessage([3, 'b', '1', 5, 'something new']));
    await expect(positionsIn(stream)).rejects.toThrow(
      'message 5 of the journal: version 3; this build reads versions up to 2. A later version wrote it: start that one',
    );
  });
});

describe('a stranger who writes to the stream', () => {
  test.each([
    ['garbage', GARBAGE],
    ['a message cut short', groupOf('a', 1, 0).subarray(0, 30)],
    ['nothing', new Uint8Array(0)],
    ['a message of another log', packMessage([1, 'a', '1', 7, 1_000, ['remove', 'x']])],
    ['a group of somebody else', groupOf('z', 0, 5)],
    ['a group without records', packMessage([2, 'a', '1', 1, 0, 0])],
    ['a copy of the first message', encodeMessage({ kind: 'own', owner: { node: 'a', run: '1', epoch: 1 } })],
  ])('does not end the ownership: %s', async (_, bytes) => {
    const stream = new FakeStream();
    const asides: AsideMessage[] = [];
    const wait = { ...waiting, setAside: (aside: AsideMessage) => void asides.push(aside) };
    const writer = await owned(stream, { node: 'a', run: '1' }, wait);
    for (let i = 0; i < 3; i++) {
      stream.publish(bytes);
      if (i > 0) stream.publish(bytes);
      expect(await writer.append([sampleRecord(i)])).toBe('acknowledged');
    }
    expect([writer.last, stream.log.length]).toEqual([9, 9]);
    const read: AsideMessage[] = [];
    expect(await positionsIn(stream, 1, 0, read)).toEqual([0, 1, 2]);
    expect(read).toEqual(asides);
    expect(read.map(({ sequence }) => sequence)).toEqual([2, 4, 5, 7, 8]);
    expect((await owned(stream, { node: 'b', run: '1' })).owner.epoch).toBe(10);
    expect(await writer.append([sampleRecord(3)])).toBe('fenced');
  });

  test('is told from a copy that is damaged: what was acknowledged stays so', async () => {
    const stream = new FakeStream({ appends: ['none', 'answer lost'] });
    const writer = await owned(stream, { node: 'a', run: '1' });
    stream.damaged.set(2, GARBAGE);
    expect(await writer.append([sampleRecord(0)])).toBe('acknowledged');
    expect(stream.log).toHaveLength(2);
  });

  test('of a later version takes the partition', async () => {
    const stream = new FakeStream();
    const writer = await owned(stream, { node: 'a', run: '1' });
    stream.publish(packMessage([3, 'b', '1', 2]));
    expect(await writer.append([sampleRecord(0)])).toBe('fenced');
  });

  test('is judged once the stream has a leader again', async () => {
    const stream = new FakeStream();
    const writer = await owned(stream, { node: 'a', run: '1' });
    stream.publish(GARBAGE);
    const ask = stream.ofLeader.bind(stream);
    let asks = 0;
    stream.ofLeader = (from) => (++asks < 50 ? Promise.reject(new Error('no leader')) : ask(from));
    expect(await writer.append([sampleRecord(0)])).toBe('acknowledged');
    expect(asks).toBe(50);
  });

  test('does not keep a node from taking the partition', async () => {
    const stream = new FakeStream();
    const bounds = stream.bounds.bind(stream);
    stream.bounds = async () => {
      const seen = await bounds();
      if (seen.last < 3) stream.publish(GARBAGE);
      return seen;
    };
    expect((await owned(stream, { node: 'a', run: '1' })).owner.epoch).toBe(4);
  });
});
