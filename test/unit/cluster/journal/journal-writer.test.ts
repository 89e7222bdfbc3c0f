import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AppendOutcome } from '../../../../cluster/journal/append-surely.js';
import { encodeMessage } from '../../../../cluster/journal/journal-message.js';
import { JournalWriter, type OwnerName } from '../../../../cluster/journal/journal-writer.js';
import type { PartitionStream } from '../../../../cluster/journal/partition-stream.js';
import { readJournal } from '../../../../cluster/journal/read-journal.js';
import { decodeRecord } from '../../../../shards/store/journal-record.js';
import { FakeStream, type AppendFault, type ReadFault } from '../../../support/cluster/fake-stream.js';
import { sampleRecord } from '../../../support/cluster/sample-records.js';

const waiting = { pause: () => Promise.resolve(), isClosed: () => false };

async function owned(stream: PartitionStream, name: OwnerName, wait = waiting): Promise<JournalWriter> {
  const acquired = await JournalWriter.acquire(stream, name, wait);
  if (acquired.kind !== 'owned') throw new Error(acquired.kind);
  return acquired.writer;
}

async function positionsIn(stream: FakeStream, from = 1, position = 0): Promise<number[]> {
  const found: number[] = [];
  const span = { from, position, through: stream.log.length };
  for await (const record of readJournal(stream, span, waiting.pause)) found.push(record.position);
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
  stream: PartitionStream,
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

/** What each node has in the journal, in order; a reader that finds a fenced owner's message throws. */
async function storedBy(stream: FakeStream, node: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { bytes } of readJournal(
    stream,
    { from: 1, position: 0, through: stream.log.length },
    waiting.pause,
  ))
    for (const entry of decodeRecord(bytes))
      if (entry.entry === 'session' && entry.user === node) found.push(entry.seq);
  return found;
}

test('of owners that race on a failing stream nothing acknowledged is lost, doubled or out of order', async () => {
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
      async (s, appends, reads, lateCalls) => {
        const turn = () => s.schedule(Promise.resolve());
        const stream = new FakeStream({ appends, reads, lateCalls, turn });
        const names = ['a', 'b', 'c'];
        const ledgers = await s.waitFor(Promise.all(names.map((name) => life(stream, name, 4))));
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
    await expect(positionsIn(stream, 2)).rejects.toThrow('no message 2: message 3 follows');
    const through = stream.log.length + 1;
    const reading = readJournal(stream, { from: through, position: 0, through }, waiting.pause);
    await expect(reading.next()).rejects.toThrow(`no replica has message ${through}`);
  });

  test('names a damaged message', async () => {
    const stream = await written();
    stream.log[2][20] ^= 1;
    await expect(positionsIn(stream)).rejects.toThrow('message 3 of the journal is damaged');
  });

  test('does not take what a fenced owner wrote', async () => {
    const stream = await written();
    await owned(stream, { node: 'b', run: '1' });
    stream.log.push(
      encodeMessage({
        kind: 'group',
        owner: { node: 'a', run: '1', epoch: 1 },
        items: 0,
        records: [sampleRecord(12)],
      }),
    );
    await expect(positionsIn(stream)).rejects.toThrow('message 6 is by a, who did not own');
  });
});
