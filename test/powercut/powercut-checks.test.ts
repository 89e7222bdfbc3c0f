import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../support/random.js';
import { temporaryFolder } from '../support/store/store-kinds.js';
import { CutDisk } from './disk/cut-disk.js';
import { FATES, FateChooser, type Fate } from './disk/disk-fate.js';
import { segmentName } from '../../shards/store/journal-file/segments/segment-list.js';
import { spareName } from '../../shards/store/journal-file/segments/segment-file.js';
import { MomentFinder, MOMENTS } from './check/cut-moments.js';
import { planCuts } from './check/cut-plan.js';
import { LogMarks, mendLog, readLog, RECORD, type LogRecord } from './recorder/log-records.js';
import { WireFrames } from './workload/wire-frames.js';

const ROOT = '/recorded';

/** A disk that is told of calls one by one. */
class ToldDisk {
  readonly disk = new CutDisk(ROOT, 1);
  #calls = 0n;

  begin(kind: number, fields: Partial<LogRecord> = {}): bigint {
    const id = ++this.#calls;
    this.disk.take({ kind, id, inode: 0, at: 0, isSynced: false, bytes: Buffer.alloc(0), ...fields });
    return id;
  }

  end(id: bigint, at = 0): void {
    this.disk.take({ kind: RECORD.end, id, inode: 0, at, isSynced: false, bytes: Buffer.alloc(0) });
  }

  make(inode: number, path: string, kind: number = RECORD.create): void {
    this.begin(kind, { inode, bytes: Buffer.from(`${ROOT}/${path}\0`) });
  }

  write(inode: number, text: string, at = 0, isSynced = false): void {
    const bytes = Buffer.from(text);
    this.end(this.begin(RECORD.write, { inode, at, isSynced, bytes }), bytes.length);
  }

  sync(inode: number): void {
    this.end(this.begin(RECORD.sync, { inode }));
  }

  rename(from: string, to: string): void {
    this.end(this.begin(RECORD.rename, { bytes: Buffer.from(`${ROOT}/${from}\0${ROOT}/${to}\0`) }));
  }

  unlink(path: string): void {
    this.end(this.begin(RECORD.unlink, { bytes: Buffer.from(`${ROOT}/${path}\0`) }));
  }

  /** Text of a file after a cut; undefined when it is not there. */
  after(fate: Fate, path: string, seed = 1): string | undefined {
    const folder = join(temporaryFolder(), 'cut');
    this.disk.write(folder, fate, seededRandom(seed));
    return existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : undefined;
  }
}

describe('a disk after a power cut', () => {
  test('holds what was synced, and what was not by the seed', () => {
    const told = new ToldDisk();
    told.make(2, 'a');
    told.sync(1);
    told.write(2, 'synced');
    told.sync(2);
    told.write(2, 'SYN');
    expect(told.after('dropped', 'a')).toBe('synced');
    expect(told.after('kept', 'a')).toBe('SYNced');
  });

  test('does not hold for sure what was still being written when the sync began', () => {
    const told = new ToldDisk();
    told.make(2, 'a');
    told.sync(1);
    const write = told.begin(RECORD.write, { inode: 2, bytes: Buffer.from('late') });
    told.sync(2);
    told.end(write, 4);
    expect(told.after('dropped', 'a')).toBe('');
    const sync = told.begin(RECORD.sync, { inode: 2 });
    expect(told.after('dropped', 'a')).toBe('');
    told.end(sync);
    expect(told.after('dropped', 'a')).toBe('late');
  });

  test('holds a write with O_DSYNC when it has ended, and nothing else of the file', () => {
    const told = new ToldDisk();
    told.make(2, 'a');
    told.sync(1);
    told.write(2, 'xx', 0);
    told.write(2, 'yy', 1, true);
    expect(told.after('dropped', 'a')).toBe('\0yy');
    expect(told.after('kept', 'a')).toBe('xyy');
  });

  test('may hold any sectors of a write with O_DSYNC that has not ended', () => {
    const told = new ToldDisk();
    told.make(2, 'a');
    told.sync(1);
    told.write(2, '-'.repeat(2_048), 0, true);
    const write = told.begin(RECORD.write, {
      inode: 2,
      isSynced: true,
      bytes: Buffer.from('x'.repeat(2_048)),
    });
    const found = new Set<string>();
    for (let seed = 1; seed <= 200; seed++) {
      const text = told.after('sectors', 'a', seed)!;
      found.add(Array.from({ length: 4 }, (_, i) => text[i * 512]).join(''));
      expect(text).toMatch(/^(-{512}|x{512}){4}$/);
    }
    expect(found.size).toBe(16);
    told.end(write, 2_048);
    expect(told.after('dropped', 'a')).toBe('x'.repeat(2_048));
  });

  test('holds nothing for sure of what a killed process wrote, until somebody syncs it', () => {
    const told = new ToldDisk();
    told.make(2, 'a');
    told.sync(1);
    told.write(2, 'old', 0, true);
    const whole = told.begin(RECORD.write, { inode: 2, isSynced: true, bytes: Buffer.from('new') });
    const half = told.begin(RECORD.write, { inode: 2, at: 3, isSynced: true, bytes: Buffer.from('more') });
    told.begin(RECORD.write, { inode: 2, at: 9, bytes: Buffer.from('never') });
    told.begin(RECORD.sync, { inode: 2 });
    const calls = [
      { id: String(whole), result: 3 },
      { id: String(half), result: 2 },
    ];
    told.begin(RECORD.mark, { bytes: Buffer.from(JSON.stringify({ m: 'killed', calls })) });
    expect(told.after('dropped', 'a')).toBe('old');
    expect(told.after('kept', 'a')).toBe('newmo');
    told.sync(2);
    expect(told.after('dropped', 'a')).toBe('newmo');
  });

  test('knows a name when its folder was synced, whatever became of the file', () => {
    const told = new ToldDisk();
    told.make(2, 'a');
    told.write(2, 'text');
    told.sync(2);
    expect(told.after('dropped', 'a')).toBeUndefined();
    told.sync(1);
    expect(told.after('dropped', 'a')).toBe('text');
    told.rename('a', 'b');
    expect([told.after('dropped', 'a'), told.after('dropped', 'b')]).toEqual(['text', undefined]);
    expect([told.after('kept', 'a'), told.after('kept', 'b')]).toEqual([undefined, 'text']);
    told.sync(1);
    expect([told.after('dropped', 'a'), told.after('dropped', 'b')]).toEqual([undefined, 'text']);
  });

  test('may know a file that was moved between folders by both names, but not by none', () => {
    const told = new ToldDisk();
    told.make(2, 'from', RECORD.mkdir);
    told.make(3, 'from/a');
    for (const inode of [3, 2, 1]) told.sync(inode);
    told.rename('from/a', 'a');
    told.sync(1);
    expect([told.after('dropped', 'a'), told.after('dropped', 'from/a')]).toEqual(['', '']);
    told.sync(2);
    expect([told.after('dropped', 'a'), told.after('dropped', 'from/a')]).toEqual(['', undefined]);
  });

  test('keeps apart two files that had the same inode', () => {
    const told = new ToldDisk();
    told.make(2, 'old');
    told.write(2, 'old');
    told.sync(2);
    told.sync(1);
    told.unlink('old');
    told.make(2, 'new');
    told.write(2, 'new');
    expect(told.after('dropped', 'old')).toBe('old');
    expect(told.after('kept', 'new')).toBe('new');
  });

  test('refuses what the recorder cannot follow', () => {
    const told = new ToldDisk();
    told.make(2, 'a');
    expect(() => told.begin(RECORD.mapped, { inode: 2 })).toThrow('in memory');
    expect(() => told.begin(RECORD.unseen, { bytes: Buffer.from('link\0/recorded/a\0') })).toThrow('link');
  });
});

test.each(FATES)('the fate "%s" keeps pieces of a write that lie in it, in order', (fate) => {
  const random = seededRandom(3);
  for (let round = 0; round < 300; round++) {
    const [offset, bytes] = [random(10_000), 1 + random(20_000)];
    let end = 0;
    for (const { from, to } of new FateChooser(fate, 1, random).keptPieces(offset, bytes)) {
      expect(from).toBeGreaterThanOrEqual(end);
      expect(to).toBeGreaterThanOrEqual(from);
      end = to;
    }
    expect(end).toBeLessThanOrEqual(bytes);
  }
});

test('moments are found, and each kind is cut', () => {
  let calls = 0n;
  const records: LogRecord[] = [];
  const take = (kind: number, fields: Partial<LogRecord> = {}, text = ''): bigint => {
    const bytes = Buffer.from(text);
    records.push({ kind, id: ++calls, inode: 0, at: 0, isSynced: false, bytes, ...fields });
    return calls;
  };
  const over = (id: bigint): void => void take(RECORD.end, { id });
  const folder = `${ROOT}/shard-0/journal`;
  const name = segmentName(0, 1);
  take(RECORD.create, { inode: 8 }, `${ROOT}/shard-0/data.mdb\0`);
  take(RECORD.create, { inode: 7 }, `${folder}/${spareName(1)}\0`);
  over(take(RECORD.write, { inode: 7, isSynced: true }, 'zeros and a head'));
  over(take(RECORD.rename, {}, `${folder}/${spareName(1)}\0${folder}/${name}\0`));
  over(take(RECORD.sync, { inode: 6 }));
  over(take(RECORD.write, { inode: 7, isSynced: true }, 'group'));
  over(take(RECORD.write, { inode: 8 }, 'rows'));
  over(take(RECORD.write, { inode: 8, isSynced: true }, 'root'));
  over(take(RECORD.unlink, {}, `${folder}/${name}\0`));
  over(take(RECORD.sync, { inode: 6 }));
  take(RECORD.mark, {}, JSON.stringify({ m: 'killed', calls: [] }));
  take(RECORD.create, { inode: 9 }, `${ROOT}/other\0`);
  take(RECORD.send);
  const finder = new MomentFinder();
  const found = records.map((record) => finder.take(record).join(' '));
  expect(found.filter((moments, i) => moments !== found[i - 1])).toEqual([
    '',
    'preparing',
    'rotating',
    '',
    'group',
    '',
    'rows',
    '',
    'dropping',
    '',
    'reopening',
    '',
  ]);
  const cuts = planCuts(records, 200, seededRandom(5));
  for (const moment of MOMENTS) expect(cuts.some(({ moments }) => moments.includes(moment))).toBe(true);
  expect(() => planCuts(records.slice(0, 8), 200, seededRandom(5))).toThrow('no moment of the kind "group"');
});

test('a log that a killed process was writing to ends with its last whole record', () => {
  const path = join(temporaryFolder(), 'log');
  const marks = new LogMarks(path);
  marks.append({ m: 'put-done' });
  const { length } = readFileSync(path);
  marks.append({ m: 'end' });
  marks.close();
  for (const left of [1, 3, 20]) {
    writeFileSync(path, readFileSync(path).subarray(0, length + left));
    mendLog(path);
    expect(readFileSync(path)).toHaveLength(length);
    expect(readLog(path)).toHaveLength(1);
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(64, 1)]));
  }
});

test('frames are read wherever the bytes are cut', () => {
  const frame = (text: string) => {
    const bytes = Buffer.from(text);
    const head =
      bytes.length < 126 ? [0x81, bytes.length] : [0x81, 126, bytes.length >> 8, bytes.length & 255];
    return Buffer.concat([Buffer.from(head), bytes]);
  };
  const long = JSON.stringify({ t: 'long', text: 'x'.repeat(300) });
  const sent = Buffer.concat([
    Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'),
    frame('{"t":"ack","seq":1}'),
    Buffer.from([0x8a, 0]),
    frame(long),
  ]);
  for (let size = 1; size <= sent.length; size++) {
    const frames = new WireFrames();
    const messages = [];
    for (let at = 0; at < sent.length; at += size)
      messages.push(...frames.take(sent.subarray(at, at + size)));
    expect(messages).toEqual([{ t: 'ack', seq: 1 }, JSON.parse(long)]);
  }
  expect(new WireFrames().take(Buffer.from('HTTP/1.1 200 OK\r\n\r\n{}'))).toEqual([]);
});
