import { Fifo } from '../../metrics/process/fifo.js';
import type { WrittenJournal } from '../../shards/store/journal-file/file-journal.js';
import type { JournalPiece, JournalRecord } from '../../shards/store/journal.js';
import type { JournalWriter } from './journal-writer.js';
import type { KnownItems } from './known-items.js';

/** What of the writer a journal needs. */
type Appender = Pick<JournalWriter, 'append'>;

/** The copy of a stream, as it grows by what owners have appended. */
export type CopiedJournal = Pick<WrittenJournal, 'end' | 'from' | 'idle'> & {
  /** Takes the record in that follows in the stream. */
  takeIn(record: JournalRecord): void;
};

/** How a journal goes to its stream. */
export interface StreamedOptions {
  readonly pause: (ms: number) => Promise<void>;
  /** What the records may name. */
  readonly items: KnownItems;
  /** Time between the beginnings of two commits, ms: an append costs by the message. */
  readonly paceMs?: number;
  /** Told how long each commit took until it was acknowledged, ms. */
  readonly onPublished?: (tookMs: number) => void;
}

/** Another node owns the partition: what was not acknowledged will never be, here. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

interface Wait {
  readonly position: number;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

const PACE_MS = 20;
/** Of a commit: entries, and bytes of its records, which with their heads stay below `MESSAGE_BYTES_MAX`. */
const ENTRIES_MAX = 500;
const RECORD_BYTES_MAX = 800_000;
/** How long an end waits for servers that do not answer; nobody was told that what is left is durable. */
const DRAIN_MS = 3_000;

/**
 * The journal of a partition, whose stream says what is durable. At first it follows what owners append (`takeIn`). From `own` on this
 * node appends: records go to the stream first, some at a time, one commit under way; when they are acknowledged they go to the journal in
 * files as well, which is a copy of the stream's front and never more: what is read again comes from there, and so do the rows of the
 * tables, which never know what the stream does not.
 *
 * Ends with a `FencedError` when another node owns the partition. While the servers do not answer, what is appended gathers in memory,
 * within the bounds of the pool's queue.
 */
export class StreamedJournal implements WrittenJournal {
  readonly #files: WrittenJournal;
  /** Of this node, once it owns the partition. */
  #writer: Appender | undefined;
  readonly #options: StreamedOptions;
  /** Appended and not acknowledged yet, oldest first. */
  readonly #waiting: JournalRecord[] = [];
  #end: number;
  #isBusy = false;
  #startedMs = -Infinity;
  #failure: Error | undefined;
  readonly #waits = new Fifo<Wait>();
  /** Whoever appends right before the next commit. */
  #gather: (() => void) | undefined;

  constructor(files: WrittenJournal, options: StreamedOptions) {
    this.#files = files;
    this.#options = options;
    this.#end = files.end;
  }

  get start(): number {
    return this.#files.start;
  }

  get end(): number {
    return this.#end;
  }

  get bytes(): number {
    return this.#files.bytes;
  }

  takeIn({ count, bytes }: JournalRecord): void {
    this.#files.append(count, bytes);
    this.#end += count;
  }

  /** The partition is this node's: it holds all that the stream holds, and goes on from there. */
  own(writer: Appender): void {
    this.#writer = writer;
  }

  get isOwned(): boolean {
    return this.#writer !== undefined;
  }

  append(count: number, bytes: Uint8Array): void {
    if (this.#writer === undefined) throw new Error('an append to a journal that is another node’s');
    this.#waiting.push({ position: this.#end, count, bytes: Uint8Array.from(bytes) });
    this.#end += count;
    void this.#publish();
  }

  /** See `FileJournal.waits`. */
  waits(gather: () => void): boolean {
    if (this.#writer === undefined || this.#failure !== undefined) return false;
    if (!this.#isBusy && this.#restMs === 0) return false;
    this.#gather = gather;
    void this.#publish();
    return true;
  }

  *from(position: number): Generator<JournalRecord> {
    const later = [...this.#waiting];
    yield* this.#files.from(position);
    for (const record of later) if (record.position + record.count > position) yield record;
  }

  pieces(): Generator<JournalPiece> {
    return this.#files.pieces();
  }

  drop(position: number): Promise<void> {
    return this.#files.drop(position);
  }

  whenDurable(position: number, done: () => void, failed: (error: Error) => void): void {
    if (this.#failure !== undefined) failed(this.#failure);
    else if (position <= this.#acknowledged) done();
    else this.#waits.push({ position, done, failed });
  }

  async idle(): Promise<void> {
    await new Promise<void>((resolve, reject) => this.whenDurable(this.#end, resolve, reject));
    await this.#files.idle();
  }

  hold(): () => void {
    return this.#files.hold();
  }

  copyTo(folder: string, signal?: AbortSignal): Promise<number> {
    return this.#files.copyTo(folder, signal);
  }

  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (let wait = this.#waits.shift(); wait !== undefined; wait = this.#waits.shift()) wait.failed(error);
    this.#files.fail(error);
  }

  async drain(): Promise<void> {
    const settled = new Promise<void>((resolve) => this.whenDurable(this.#end, resolve, () => resolve()));
    await Promise.race([settled, this.#options.pause(DRAIN_MS)]);
    if (this.#acknowledged < this.#end)
      this.fail(new Error('the journal was closed before all of it was acknowledged'));
    await this.#files.drain();
  }

  async close(): Promise<void> {
    await this.drain();
    await this.#files.close();
  }

  /** Position up to which all is on the disks of a majority of the servers. */
  get #acknowledged(): number {
    return this.#waiting.length === 0 ? this.#end : this.#waiting[0].position;
  }

  async #publish(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      while ((this.#waiting.length > 0 || this.#gather !== undefined) && this.#failure === undefined) {
        await this.#options.pause(this.#restMs);
        this.#gatherRest();
        if (this.#waiting.length > 0 && this.#failure === undefined) await this.#publishSome();
      }
    } catch (error) {
      this.fail(error as Error);
    } finally {
      this.#isBusy = false;
    }
  }

  /** Until the next commit may begin, ms. */
  get #restMs(): number {
    return Math.max(0, this.#startedMs + (this.#options.paceMs ?? PACE_MS) - performance.now());
  }

  #gatherRest(): void {
    const gather = this.#gather;
    this.#gather = undefined;
    gather?.();
  }

  async #publishSome(): Promise<void> {
    this.#startedMs = performance.now();
    const count = countOfCommit(this.#waiting);
    const outcome = await this.#writer?.append(this.#waiting.slice(0, count), this.#options.items.indexCount);
    if (outcome === 'fenced') throw new FencedError('another node owns the partition');
    if (outcome === 'closed') throw new Error('the journal was closed');
    this.#options.onPublished?.(performance.now() - this.#startedMs);
    for (const record of this.#waiting.splice(0, count)) this.#files.append(record.count, record.bytes);
    this.#tell();
  }

  #tell(): void {
    for (let first = this.#waits.peek(); first !== undefined; first = this.#waits.peek()) {
      if (first.position > this.#acknowledged) return;
      this.#waits.shift();
      first.done();
    }
  }
}

/** How many of the records go with the next commit; one at least. */
function countOfCommit(records: readonly JournalRecord[]): number {
  let entries = 0;
  let bytes = 0;
  const end = records.findIndex((record) => {
    entries += record.count;
    bytes += record.bytes.length;
    return entries > ENTRIES_MAX || bytes > RECORD_BYTES_MAX;
  });
  return end < 0 ? records.length : Math.max(1, end);
}
