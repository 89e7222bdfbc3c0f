import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { CopyDiffersError, FollowedCopy } from '../../../../cluster/journal/followed-copy.js';
import { encodeMessage } from '../../../../cluster/journal/journal-message.js';
import { findSequence } from '../../../../cluster/journal/find-sequence.js';
import { JournalWriter } from '../../../../cluster/journal/journal-writer.js';
import { readJournal } from '../../../../cluster/journal/partition-reader.js';
import { FencedError, StreamedJournal } from '../../../../cluster/journal/streamed-journal.js';
import { FileJournal } from '../../../../shards/store/journal-file/file-journal.js';
import { JournalOwner } from '../../../../shards/store/journal-file/journal-owner.js';
import { FakeStream } from '../../../support/cluster/fake-stream.js';
import { sampleRecord } from '../../../support/cluster/sample-records.js';

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const items = { indexCount: 0 };
const waiting = { items, pause, isClosed: () => false };
const folders: string[] = [];
const open: { close: () => Promise<void> }[] = [];

afterEach(async () => {
  for (const journal of open.splice(0)) await journal.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'streamed-'));
  folders.push(folder);
  return folder;
}

let epoch = 0;

async function filesIn(folder: string): Promise<FileJournal> {
  const files = await FileJournal.open({
    owner: await JournalOwner.claim(folder),
    id: Buffer.alloc(16, 7),
    epoch: ++epoch,
    segmentBytes: 4_096,
    onDurable: () => undefined,
    onStall: () => undefined,
    onGap: () => undefined,
  });
  open.push(files);
  return files;
}

async function owned(stream: FakeStream, node: string): Promise<JournalWriter> {
  const acquired = await JournalWriter.acquire(stream, { node, run: '1' }, waiting);
  if (acquired.kind !== 'owned') throw new Error(acquired.kind);
  return acquired.writer;
}

function ownedJournal(files: FileJournal, writer: JournalWriter, paceMs = 10): StreamedJournal {
  const journal = new StreamedJournal(files, { items, pause, paceMs });
  journal.own(writer);
  return journal;
}

function copyOf(stream: FakeStream, files: FileJournal): Promise<FollowedCopy> {
  return FollowedCopy.begin(stream, new StreamedJournal(files, { items, pause }), waiting);
}

function durable(journal: StreamedJournal, position: number): Promise<void> {
  return new Promise((resolve, reject) => journal.whenDurable(position, resolve, reject));
}

function positionsOf(journal: Pick<StreamedJournal, 'from'>, from = 0): number[] {
  return Array.from(journal.from(from), ({ position }) => position);
}

describe('a journal whose stream says what is durable', () => {
  test('whoever has more for the next commit is asked right before it, and not where a record would go at once', async () => {
    const stream = new FakeStream();
    const files = await filesIn(newFolder());
    expect(new StreamedJournal(files, { items, pause }).waits(() => undefined)).toBe(false);
    const journal = ownedJournal(files, await owned(stream, 'a'));
    const asked = vi.fn(() => journal.append(1, sampleRecord(2, 1).bytes));
    expect(journal.waits(asked)).toBe(false);
    journal.append(2, sampleRecord(0, 2).bytes);
    expect(journal.waits(asked)).toBe(true);
    expect(asked).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(journal.end).toBe(3));
    await durable(journal, 3);
    expect(asked).toHaveBeenCalledOnce();
    expect(positionsOf(journal)).toEqual([0, 2]);
  });

  test('[D1] nothing is durable, nor in the files, before the stream has it', async () => {
    const stream = new FakeStream({ appends: ['none', 'request lost', 'request lost'] });
    const files = await filesIn(newFolder());
    const journal = ownedJournal(files, await owned(stream, 'a'));
    const heard = vi.fn();
    journal.append(2, sampleRecord(0, 2).bytes);
    journal.whenDurable(2, heard, heard);
    await pause();
    await pause();
    expect([heard.mock.calls.length, files.end, stream.log.length]).toEqual([0, 0, 1]);
    expect(positionsOf(journal)).toEqual([0]);
    await durable(journal, 2);
    expect([files.end, stream.log.length]).toEqual([2, 2]);
  });

  test('what is appended while a commit is under way goes with the next one', async () => {
    const stream = new FakeStream();
    const files = await filesIn(newFolder());
    const journal = ownedJournal(files, await owned(stream, 'a'));
    for (let i = 0; i < 10; i++) journal.append(1, sampleRecord(i).bytes);
    await durable(journal, 10);
    await journal.idle();
    expect(positionsOf(journal)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(stream.log.length).toBeLessThan(5);
  });

  test('an owner that was followed acknowledges nothing more, and its files end where the stream does', async () => {
    const stream = new FakeStream();
    const files = await filesIn(newFolder());
    const journal = ownedJournal(files, await owned(stream, 'a'));
    journal.append(1, sampleRecord(0).bytes);
    await durable(journal, 1);
    await owned(stream, 'b');
    journal.append(1, sampleRecord(1).bytes);
    await expect(durable(journal, 2)).rejects.toBeInstanceOf(FencedError);
    await expect(durable(journal, 2)).rejects.toThrow('another node');
    expect(files.end).toBe(1);
  });
});

describe('a copy of a stream in files', () => {
  test('follows what owners append, and is owned from its end on', async () => {
    const stream = new FakeStream({ reads: ['none', 'silent', 'behind'] });
    const files = await filesIn(newFolder());
    const journal = new StreamedJournal(files, { items, pause });
    const copy = await FollowedCopy.begin(stream, journal, waiting);
    expect(() => journal.append(1, sampleRecord(0).bytes)).toThrow('another node');
    const other = await owned(stream, 'a');
    await other.append([sampleRecord(0, 2), sampleRecord(2, 1)]);
    expect([await copy.takeIn(), await copy.takeIn()]).toEqual([2, undefined]);
    await other.append([sampleRecord(3)]);
    expect([await copy.takeIn(), journal.end]).toEqual([0, 3]);
    const writer = await owned(stream, 'b');
    await copy.takeThrough(writer.owner.epoch);
    journal.own(writer);
    journal.append(1, sampleRecord(4).bytes);
    await durable(journal, 5);
    await journal.idle();
    expect(positionsOf(files)).toEqual([0, 2, 3, 4]);
  });

  test('does not follow an owner who was fenced', async () => {
    const stream = new FakeStream();
    const files = await filesIn(newFolder());
    const copy = await copyOf(stream, files);
    const first = await owned(stream, 'a');
    await first.append([sampleRecord(0)]);
    await owned(stream, 'b');
    const owner = { node: 'a', run: '1', epoch: 1 };
    stream.publish(encodeMessage({ kind: 'group', owner, items: 0, records: [sampleRecord(1)] }));
    expect(await copy.takeIn()).toBe(4);
    expect(positionsOf(files)).toEqual([0]);
  });

  test('keeps the places of entries that were lost with their message, wherever it begins', async () => {
    const stream = new FakeStream();
    const writer = await owned(stream, 'a');
    for (let i = 0; i < 5; i++) await writer.append([sampleRecord(2 * i, 2)]);
    const folder = newFolder();
    const early = await filesIn(folder);
    for (const position of [0, 2, 4]) early.append(2, sampleRecord(position, 2).bytes);
    await early.close();
    open.length = 0;
    // One that the copy above has, which is its last, and one that nobody has.
    stream.log[3] = Buffer.from('damaged');
    stream.log[4] = Buffer.from('damaged');
    for (const at of [folder, newFolder()]) {
      const files = await filesIn(at);
      await copyOf(stream, files);
      const records = Array.from(files.from(0), ({ position, count, bytes }) => [
        position,
        count,
        bytes.length > 0,
      ]);
      expect(records.at(-1)).toEqual([8, 2, true]);
      expect(records.at(-2)).toEqual(at === folder ? [6, 2, false] : [4, 4, false]);
      expect(files.end).toBe(10);
    }
  });

  test('is none where it has what the owner could not read any more', async () => {
    const stream = new FakeStream();
    const first = await owned(stream, 'a');
    const journal = new StreamedJournal(await filesIn(newFolder()), { items, pause });
    const copy = await FollowedCopy.begin(stream, journal, waiting);
    await first.append([sampleRecord(0)]);
    await first.append([sampleRecord(1)]);
    await copy.takeIn();
    stream.log[2] = Buffer.from('damaged');
    const second = await owned(stream, 'b');
    await second.append([sampleRecord(1, 1, 'bob')]);
    await expect(copy.takeIn()).rejects.toBeInstanceOf(CopyDiffersError);
  });

  test('is brought up to the end from wherever it stands, over many owners', async () => {
    const stream = new FakeStream();
    const first = newFolder();
    const second = newFolder();
    let position = 0;
    for (let turn = 0; turn < 6; turn++) {
      const here = turn % 2 === 0 ? first : second;
      const writer = await owned(stream, here);
      const files = await filesIn(here);
      await copyOf(stream, files);
      expect(files.end).toBe(position);
      const journal = ownedJournal(files, writer, 0);
      for (let i = 0; i < 20; i++) {
        journal.append(3, sampleRecord(position, 3).bytes);
        position += 3;
        await durable(journal, position);
      }
      await journal.close();
    }
  });

  test.each([0, 1, 59, 60, 200, 296])('is read from where entry %i is, or shortly before', async (wanted) => {
    const stream = new FakeStream();
    for (let turn = 0, position = 0; turn < 10; turn++) {
      for (let i = 0; i < turn; i++) await owned(stream, 'b');
      const writer = await owned(stream, 'a');
      for (let i = 0; i < 10; i++, position += 3) await writer.append([sampleRecord(position, 3)]);
    }
    const last = stream.log.length;
    const from = await findSequence(stream, wanted, { first: 1, last });
    const found: number[] = [];
    for await (const { position } of readJournal(stream, { from, position: wanted, through: last }, waiting))
      found.push(position);
    expect(found[0]).toBe(wanted - (wanted % 3));
    expect(found).toHaveLength(100 - Math.floor(wanted / 3));
    expect(from).toBeGreaterThan(Math.floor(wanted / 3) - 9);
  });

  test('that holds something else is refused', async () => {
    const stream = new FakeStream();
    const folder = newFolder();
    const files = await filesIn(folder);
    const writer = await owned(stream, 'a');
    await writer.append([sampleRecord(0)]);
    files.append(1, sampleRecord(0, 1, 'bob').bytes);
    await files.idle();
    await expect(copyOf(stream, files)).rejects.toBeInstanceOf(CopyDiffersError);
  });

  test('that is longer than its stream is refused', async () => {
    const stream = new FakeStream();
    const files = await filesIn(newFolder());
    const writer = await owned(stream, 'a');
    await writer.append([sampleRecord(0)]);
    files.append(1, sampleRecord(0).bytes);
    files.append(1, sampleRecord(1).bytes);
    await files.idle();
    await expect(copyOf(stream, files)).rejects.toBeInstanceOf(CopyDiffersError);
  });
});
