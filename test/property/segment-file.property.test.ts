import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FileJournal } from '../../shards/store/journal-file/file-journal.js';
import { JournalOwner } from '../../shards/store/journal-file/journal-owner.js';
import { newestEpoch, segmentsIn } from '../../shards/store/journal-file/segments/segment-list.js';
import { StoredSegments } from '../../shards/store/journal-file/segments/stored-segments.js';

const ID = Uint8Array.from({ length: 16 }, (_, i) => 100 + i);
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 150);
/** More runs have more time. */
const TIMEOUT_MS = Math.max(120_000, RUNS * 1_000);

interface Written {
  readonly position: number;
  readonly count: number;
  readonly text: string;
}

type Step =
  | { readonly do: 'append'; readonly count: number; readonly bytes: number }
  | { readonly do: 'idle' | 'reopen' | 'kill' | 'read' }
  | { readonly do: 'drop' | 'dropTwice'; readonly share: number }
  | { readonly do: 'flip' | 'zero' | 'truncate'; readonly segment: number; readonly share: number };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 4 }),
      bytes: fc.oneof({ weight: 8, arbitrary: fc.nat(300) }, fc.nat(6_000)),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('idle' as const, 'read' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('reopen' as const, 'kill' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('drop' as const, 'dropTwice' as const), share }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('flip' as const, 'zero' as const, 'truncate' as const),
      segment: fc.nat(6),
      share,
    }),
  },
);

/** A journal in a folder, and what has to be in it. */
class World {
  #folder = newFolder();
  #journal!: FileJournal;
  /** In order. */
  #written: Written[] = [];
  /** Ends of the writes that came to the disk. */
  #groupEnds: number[] = [];
  #text = 0;
  #gaps: [number, number][] = [];

  async run(step: Step): Promise<void> {
    switch (step.do) {
      case 'append':
        return this.#append(step.count, step.bytes);
      case 'idle':
        return this.#journal.idle();
      case 'read':
        return this.#expectAll();
      case 'reopen':
        await this.#journal.close();
        await this.open();
        return this.#expectAll();
      case 'kill':
        return this.#kill();
      case 'drop':
      case 'dropTwice':
        return this.#drop(step.share, step.do === 'drop' ? 1 : 2);
      default:
        return this.#damage(step.do, step.segment, step.share);
    }
  }

  async open(): Promise<void> {
    this.#journal = await FileJournal.open({
      owner: await JournalOwner.claim(this.#folder),
      id: ID,
      epoch: newestEpoch(this.#folder) + 1,
      segmentBytes: 4_096,
      onDurable: (position) => this.#groupEnds.push(position),
      onStall: (reason) => {
        if (reason !== undefined) throw reason;
      },
      onGap: () => undefined,
    });
  }

  async end(): Promise<void> {
    await this.#journal.close();
    rmSync(this.#folder, { recursive: true });
  }

  #append(count: number, bytes: number): void {
    const text = `${this.#text++} `.padEnd(bytes, 'record ');
    this.#written.push({ position: this.#journal.end, count, text });
    this.#journal.append(count, Buffer.from(text));
  }

  /** What is there has to be what was written, but for what is told of; returns it. */
  #read(): Written[] {
    this.#gaps = [];
    const gaps: [number, number][] = [];
    const found = readFrom(this.#journal);
    // As whoever has not opened it reads it.
    const stored = new StoredSegments(this.#folder, (from, to) => gaps.push([from, to]));
    if (this.#journal.durable === this.#journal.end) expect(readFrom(stored)).toEqual(found);
    const known = new Map(this.#written.map((record) => [record.position, record]));
    let end = -1;
    for (const record of found) {
      expect(record).toEqual(known.get(record.position));
      expect(record.position).toBeGreaterThanOrEqual(end);
      end = record.position + record.count;
    }
    this.#gaps = gaps;
    return found;
  }

  #expectAll(): void {
    expect(this.#read()).toEqual(this.#written);
    // Entries that are lost, and told of, may be the last ones.
    expect(this.#journal.end).toBeGreaterThanOrEqual(endOf(this.#written));
  }

  /** The process is gone in the middle of what it does; the disk is as it was. */
  async #kill(): Promise<void> {
    const { durable } = this.#journal;
    const [before, after] = [this.#folder, newFolder()];
    cpSync(before, after, { recursive: true });
    const old = this.#journal;
    this.#folder = after;
    await this.open();
    await old.close();
    rmSync(before, { recursive: true });
    const found = this.#read();
    expect(found).toEqual(this.#written.slice(0, found.length));
    expect(this.#journal.end).toBeGreaterThanOrEqual(durable);
    this.#written = found;
    this.#forgetLaterEnds();
  }

  async #drop(share: number, times: number): Promise<void> {
    await this.#journal.idle();
    const { start, end } = this.#journal;
    const position = Math.floor(start + share * (end - start));
    await Promise.all(Array.from({ length: times }, () => this.#journal.drop(position)));
    expect(this.#journal.start).toBeLessThanOrEqual(Math.max(start, position));
    this.#written = this.#written.filter((record) => record.position + record.count > this.#journal.start);
    this.#expectAll();
  }

  async #damage(how: 'flip' | 'zero' | 'truncate', segment: number, share: number): Promise<void> {
    await this.#journal.close();
    const segments = segmentsIn(this.#folder);
    const { name, position: from } = segments[segment % segments.length];
    const to = segments.at((segment % segments.length) + 1)?.position ?? Infinity;
    damageFile(join(this.#folder, name), how, share);
    const { end } = this.#journal;
    await this.open();
    const found = new Set(this.#read().map(({ position }) => position));
    const missing = this.#written.filter(({ position }) => !found.has(position));
    for (const { position, count } of missing) {
      // It is told of; or nobody can know that it was whole once, for nothing comes after it.
      const isTold = this.#gaps.some(([first, last]) => first <= position && position + count <= last);
      expect([isTold, position >= this.#journal.end]).toContain(true);
      expect(position).toBeGreaterThanOrEqual(from);
      expect(position).toBeLessThan(to);
    }
    if (missing.length > 0 && how === 'flip') expect(this.#groupsOf(missing)).toBe(1);
    if (missing.length > 0 && how !== 'flip') {
      const [first] = missing;
      const rest = this.#written.filter(({ position }) => position >= first.position && position < to);
      expect(missing).toEqual(rest);
    }
    expect(this.#journal.end).toBeLessThanOrEqual(end);
    this.#written = this.#written.filter((record) => !missing.includes(record));
    this.#forgetLaterEnds();
    this.#expectAll();
  }

  /** Positions behind the end are given out again; a journal that was killed may have told of them. */
  #forgetLaterEnds(): void {
    this.#groupEnds = this.#groupEnds.filter((groupEnd) => groupEnd <= this.#journal.end);
  }

  /** Writes that these records went with. */
  #groupsOf(records: readonly Written[]): number {
    return new Set(
      records.map(({ position }) => this.#groupEnds.filter((end) => end > position).reduce(lesser)),
    ).size;
  }
}

function damageFile(path: string, how: 'flip' | 'zero' | 'truncate', share: number): void {
  const bytes = readFileSync(path);
  // Where something is written, and a little more.
  const used = Math.min(bytes.length, bytes.findLastIndex((byte) => byte !== 0) + 100);
  const at = Math.floor(share * Math.max(0, used - 1));
  if (how === 'truncate') return truncateSync(path, at);
  if (at >= bytes.length) return;
  if (how === 'zero') bytes.fill(0, at);
  else bytes[at] ^= 1 << (at % 8);
  writeFileSync(path, bytes);
}

function readFrom(journal: Pick<StoredSegments, 'from'>): Written[] {
  return [...journal.from(0)].map(({ position, count, bytes }) => ({
    position,
    count,
    text: Buffer.from(bytes).toString(),
  }));
}

function endOf(written: readonly Written[]): number {
  const last = written.at(-1);
  return last === undefined ? 0 : last.position + last.count;
}

function lesser(a: number, b: number): number {
  return Math.min(a, b);
}

function newFolder(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'afterclick-segments-'));
}

test(
  'whatever is done to the files of a journal, what was on the disk is read as it was, or told of',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { minLength: 5, maxLength: 40 }), async (steps) => {
        const world = new World();
        await world.open();
        try {
          for (const step of steps) await world.run(step);
        } finally {
          await world.end();
        }
      }),
      { numRuns: RUNS },
    );
  },
  TIMEOUT_MS,
);
