import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { FileJournal } from '../../../../../shards/store/journal-file/file-journal.js';
import { JournalOwner } from '../../../../../shards/store/journal-file/journal-owner.js';
import { SegmentFile } from '../../../../../shards/store/journal-file/segments/segment-file.js';
import { segmentHead } from '../../../../../shards/store/journal-file/segments/segment-format.js';
import {
  newestEpoch,
  segmentName,
  segmentsIn,
} from '../../../../../shards/store/journal-file/segments/segment-list.js';
import { seededRandom } from '../../../../support/random.js';

const ID = Uint8Array.from({ length: 16 }, (_, i) => i);
let folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'afterclick-journal-'));
  folders.push(folder);
  return folder;
}
const gaps: [number, number][] = [];
const open = async (folder: string, segmentBytes = 4_096, id = ID) =>
  FileJournal.open({
    owner: await JournalOwner.claim(folder),
    id,
    epoch: newestEpoch(folder) + 1,
    segmentBytes,
    onDurable: () => undefined,
    onStall: (reason) => {
      if (reason !== undefined) throw reason;
    },
    onGap: (from, to) => gaps.push([from, to]),
  });
const record = (n: number, bytes: number) => new Uint8Array(bytes).fill(n % 251);
const contents = (journal: FileJournal, from = 0) =>
  [...journal.from(from)].map(({ position, count, bytes }) => [
    position,
    count,
    bytes.length,
    bytes[0] ?? -1,
  ]);

test('what was appended is there, in order, before and after it is on the disk, and after another start', async () => {
  const folder = newFolder();
  const journal = await open(folder);
  const expected: number[][] = [];
  const random = seededRandom(3);
  for (let n = 0; n < 300; n++) {
    const [count, bytes] = [1 + random(3), random(300)];
    expected.push([journal.end, count, bytes, bytes === 0 ? -1 : n % 251]);
    journal.append(count, record(n, bytes));
    if (random(10) === 0) await journal.idle();
    if (random(40) === 0) expect(contents(journal)).toEqual(expected);
  }
  await journal.close();
  expect(readdirSync(folder).length).toBeGreaterThan(8);
  const again = await open(folder);
  expect(again.end).toBe(journal.end);
  expect(contents(again)).toEqual(expected);
  const middle = expected[150][0];
  expect(contents(again, middle)).toEqual(expected.slice(150));
  await again.drop(middle);
  expect(again.start).toBeGreaterThan(0);
  expect(again.start).toBeLessThanOrEqual(middle);
  expect(contents(again, middle)).toEqual(expected.slice(150));
  again.append(1, record(7, 9_000));
  await again.close();
  const last = await open(folder);
  expect(contents(last, middle)).toEqual([...expected.slice(150), [again.end - 1, 1, 9_000, 7]]);
  await last.close();
});

test('whoever has more for the next group is asked once, right before it, and not where a record would go at once', async () => {
  const journal = await open(newFolder());
  const asked: number[] = [];
  const gather = () => {
    asked.push(journal.durable);
    journal.append(1, record(9, 10));
  };
  expect(journal.waits(gather)).toBe(false);
  journal.append(1, record(1, 10));
  // It is on its way to the disk from the end of this turn on.
  await Promise.resolve();
  expect(journal.waits(gather)).toBe(true);
  expect(journal.waits(gather)).toBe(true);
  expect(asked).toEqual([]);
  await vi.waitFor(() => expect(journal.durable).toBe(2));
  expect(asked).toEqual([1]);
  journal.append(1, record(2, 10));
  await vi.waitFor(() => expect(journal.durable).toBe(3));
  journal.append(1, record(3, 10));
  await Promise.resolve();
  // Nobody has to append.
  expect(journal.waits(() => asked.push(-1))).toBe(true);
  await vi.waitFor(() => expect(asked).toEqual([1, -1]));
  await journal.close();
  expect(contents(journal)).toHaveLength(4);
});

test('what a cut leaves of the last group is gone, and nothing else', async () => {
  const folder = newFolder();
  const journal = await open(folder, 65_536);
  for (let n = 0; n < 5; n++) {
    journal.append(1, record(n, 100));
    await journal.idle();
  }
  // These two are one group: they come in one turn.
  journal.append(1, record(5, 900));
  journal.append(1, record(6, 900));
  await journal.close();
  const path = join(
    folder,
    readdirSync(folder).find((name) => /^\d/.test(name))!,
  );
  const after = readFileSync(path);
  const from = 80 + 5 * 144;
  const to = after.findLastIndex((byte) => byte !== 0) + 1;
  const random = seededRandom(9);
  for (let round = 0; round < 60; round++) {
    const cut = newFolder();
    cpSync(folder, cut, { recursive: true });
    const bytes = Buffer.from(after);
    // Sectors reach the disk in any order; one at least does not.
    const missing = random(4);
    for (let at = from, sector = 0; at < to; at = (Math.floor(at / 512) + 1) * 512, sector++)
      if (sector === missing || random(2) === 0)
        bytes.fill(0, at, Math.min(to, (Math.floor(at / 512) + 1) * 512));
    writeFileSync(join(cut, path.slice(folder.length)), bytes);
    const opened = await open(cut, 65_536);
    const isWhole = bytes.equals(after);
    expect(opened.end).toBe(isWhole ? 7 : 5);
    opened.append(1, record(9, 40));
    await opened.close();
    const again = await open(cut, 65_536);
    expect(contents(again).map(([position]) => position)).toEqual([...Array(isWhole ? 8 : 6).keys()]);
    await again.close();
  }
  expect(gaps).toEqual([]);
});

test('a group that is damaged with others behind it is told of, and the others are read', async () => {
  const folder = newFolder();
  const journal = await open(folder, 65_536);
  for (let n = 0; n < 5; n++) {
    journal.append(2, record(n, 100));
    await journal.idle();
  }
  await journal.close();
  const path = join(
    folder,
    readdirSync(folder).find((name) => /^\d/.test(name))!,
  );
  const bytes = readFileSync(path);
  const groups = 80 + 2 * 144;
  for (let at = groups; at < groups + 140; at += 7) {
    const flipped = Buffer.from(bytes);
    flipped[at] ^= 1 << (at % 8);
    const damaged = newFolder();
    writeFileSync(join(damaged, basename(path)), flipped);
    gaps.length = 0;
    const opened = await open(damaged, 65_536);
    expect([at, opened.end, gaps]).toEqual([at, 10, [[4, 6]]]);
    expect(contents(opened).map(([position]) => position)).toEqual([0, 2, 6, 8]);
    await opened.close();
  }
});

test.each(['in order', 'with a failure'])(
  'its file is open until what is on its way has ended, if it ends %s',
  async (how) => {
    const journal = await open(newFolder());
    const events: string[] = [];
    const write = Reflect.get(SegmentFile.prototype, 'write');
    vi.spyOn(SegmentFile.prototype, 'write').mockImplementation(function (
      this: SegmentFile,
      ...[bytes, at, done]: Parameters<SegmentFile['write']>
    ) {
      events.push('begins');
      write.call(this, bytes, at, (error) => {
        events.push('ends');
        done(error);
      });
    });
    const closed = vi.spyOn(SegmentFile.prototype, 'retire').mockImplementation(() => {
      events.push('closed');
      return Promise.resolve();
    });
    journal.append(1, record(1, 100));
    await Promise.resolve();
    if (how === 'with a failure') journal.fail(new Error('the partition went to another node'));
    await journal.close();
    const [file] = closed.mock.contexts as SegmentFile[];
    vi.restoreAllMocks();
    await file.retire(undefined);
    expect(events).toEqual(['begins', 'ends', 'closed']);
  },
);

test('segments of another journal are refused', async () => {
  const folder = newFolder();
  await (await open(folder)).close();
  await expect(open(folder, 4_096, Uint8Array.from(ID).fill(9))).rejects.toThrow('is not of this journal');
});

test('who opened a journal earlier acknowledges nothing any more; what they acknowledged is there', async () => {
  const folder = newFolder();
  gaps.length = 0;
  for (let round = 0; round < 20; round++) {
    const old = await open(folder, 65_536);
    const acknowledged: number[] = [];
    const failures: Error[] = [];
    const writing = (async () => {
      while (failures.length === 0) {
        const position = old.end;
        old.append(1, record(position, 100));
        await new Promise<void>((resolve) =>
          old.whenDurable(
            position + 1,
            () => resolve(void acknowledged.push(position)),
            (error) => resolve(void failures.push(error)),
          ),
        );
      }
    })();
    while (acknowledged.length < 3) await new Promise((resolve) => setImmediate(resolve));
    const owner = await open(folder, 65_536);
    owner.append(1, record(1, 50));
    await owner.idle();
    await writing;
    expect(failures[0].message).toContain('owns it now');
    const there = new Set(contents(owner).map(([position, , bytes]) => `${position} ${bytes}`));
    for (const position of acknowledged) expect(there).toContain(`${position} 100`);
    await old.close();
    await owner.close();
    const again = await open(folder, 65_536);
    expect(contents(again).at(-1)?.[2]).toBe(50);
    expect(again.end).toBe(owner.end);
    await again.close();
  }
  expect(gaps).toEqual([]);
});

/** A journal of one entry whose folder was renamed, or replaced by a copy, before a second one was appended. */
async function openMoved(folder: string, { isLocal = true, isReplaced = false } = {}) {
  const stalls: (string | undefined)[] = [];
  const journal = await FileJournal.open({
    owner: await JournalOwner.claim(folder, () => Promise.resolve(isLocal)),
    id: ID,
    epoch: 1,
    onDurable: () => undefined,
    onStall: (reason) => stalls.push(reason?.message),
    onGap: () => undefined,
  });
  journal.append(1, record(1, 10));
  await journal.idle();
  renameSync(folder, `${folder}-aside`);
  if (isReplaced) cpSync(`${folder}-aside`, folder, { recursive: true });
  journal.append(1, record(2, 10));
  return { journal, stalls };
}

test.each([
  ['renamed', 'itself', true],
  ['replaced', 'itself', true],
  ['renamed', 'on another thread', false],
  ['replaced', 'on another thread', false],
] as const)(
  'a folder that is %s under it, which it sees %s: nothing is acknowledged until it is back',
  async (how, _, isLocal) => {
    const folder = newFolder();
    const aside = `${folder}-aside`;
    const { journal, stalls } = await openMoved(folder, { isLocal, isReplaced: how === 'replaced' });
    while (stalls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(stalls[0]).toContain(
      how === 'renamed' ? 'was moved or deleted' : 'was replaced by another folder',
    );
    expect(journal.durable).toBe(1);
    rmSync(folder, { recursive: true, force: true });
    renameSync(aside, folder);
    await journal.idle();
    expect([journal.durable, stalls.at(-1)]).toEqual([2, undefined]);
    await journal.close();
    const again = await open(folder);
    expect(contents(again)).toHaveLength(2);
    await again.close();
  },
);

test('what the disk does not take is given up once: whoever drains the journal and closes it then does not wait for ever', async () => {
  const folder = newFolder();
  const { journal } = await openMoved(folder);
  await journal.drain();
  expect(journal.durable).toBe(1);
  await journal.close();
  renameSync(`${folder}-aside`, folder);
});

test('its owner looks before the call returns where paths are in memory, and on another thread elsewhere', async () => {
  const looks: boolean[] = [];
  for (const isLocal of [true, false]) {
    const owner = await JournalOwner.claim(newFolder(), () => Promise.resolve(isLocal));
    let isOver = false;
    await new Promise<void>((resolve) => {
      owner.check(() => {
        isOver = true;
        resolve();
      });
      looks.push(isOver);
    });
    await owner.close();
  }
  expect(looks).toEqual([true, false]);
});

test('what was prepared or begun by an opening that is over is removed, and ignored before', async () => {
  const folder = newFolder();
  const first = await open(folder);
  first.append(3, record(1, 10));
  await first.close();
  const second = await open(folder);
  second.append(1, record(2, 10));
  await second.close();
  // An old owner that did not know yet that it was over.
  writeFileSync(join(folder, segmentName(9, 1)), segmentHead({ position: 9, id: ID, epoch: 1 }));
  writeFileSync(join(folder, 'spare-1.segment'), new Uint8Array(100));
  writeFileSync(join(folder, 'owner-0123'), '');
  expect(segmentsIn(folder).map(({ position, epoch }) => [position, epoch])).toEqual([
    [0, 1],
    [3, 2],
  ]);
  const third = await open(folder);
  expect(third.end).toBe(4);
  expect(readdirSync(folder)).toHaveLength(4);
  await third.close();
});

test('what is appended within four milliseconds goes to the disk as one group', async () => {
  const journal = await open(newFolder(), 65_536);
  // A disk that is as fast as a turn of the event loop.
  const write = vi.spyOn(SegmentFile.prototype, 'write');
  write.mockImplementation((_bytes, _at, done) => void setImmediate(() => done(null)));
  const startMs = performance.now();
  for (let n = 0; n < 200; n++) {
    journal.append(1, record(n, 10));
    await new Promise((turn) => setImmediate(turn));
  }
  await journal.idle();
  const groupsMax = 2 + (performance.now() - startMs) / 4;
  expect(write.mock.calls.length).toBeLessThan(groupsMax);
  expect(journal.durable).toBe(200);
  write.mockRestore();
  await journal.close();
});
