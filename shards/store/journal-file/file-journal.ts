import { faultPoint } from '../../../metrics/process/fault-point.js';
import { Fifo } from '../../../metrics/process/fifo.js';
import type { Journal, JournalPiece, JournalRecord } from '../journal.js';
import { DiskRetry } from '../places/disk-retry.js';
import { GroupBuffer } from './group-buffer.js';
import { GroupPace } from './group-pace.js';
import { type JournalOwner, OwnerLostError } from './journal-owner.js';
import { JournalSegments } from './journal-segments.js';
import type { SegmentFile } from './segments/segment-file.js';
import { SEGMENT_HEAD_BYTES, seedOf } from './segments/segment-format.js';
import { type FoundJournal, openSegments } from './segment-recovery.js';
import type { GapListener } from './segments/segment-scan.js';
import { SegmentSupply } from './segments/segment-supply.js';
import { type ReadMark, recordsFrom } from './segments/stored-segments.js';
import { UnderWay } from './under-way.js';

/** How a journal of files is kept. */
export interface FileJournalOptions {
  /** Who has claimed the folder of the journal; closed with it. */
  readonly owner: JournalOwner;
  /** 16 bytes that all segments of this journal have, and no other's. */
  readonly id: Uint8Array;
  /** Higher than that of any earlier opening. */
  readonly epoch: number;
  /** Position of the first entry of a journal that is not there yet. One that is there reaches this far; what is missing is damaged. */
  readonly first?: number;
  /** Of a segment; one for a larger group is larger. Default 8 MiB. */
  readonly segmentBytes?: number;
  /** Called when all entries before this position are on the disk. */
  readonly onDurable: (position: number) => void;
  /** Called with why nothing can be written now, and with undefined when it can again. */
  readonly onStall: (reason: Error | undefined) => void;
  /** Called when nothing will be written any more: somebody else owns the journal. */
  readonly onFailure?: (error: Error) => void;
  /** Told of entries that were written once and cannot be read. */
  readonly onGap: GapListener;
}

/** Whoever waits for the disk. */
interface Wait {
  readonly position: number;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/** A journal as the store that it is of writes it. */
export type WrittenJournal = Pick<
  FileJournal,
  | 'start'
  | 'end'
  | 'bytes'
  | 'append'
  | 'waits'
  | 'from'
  | 'pieces'
  | 'drop'
  | 'whenDurable'
  | 'idle'
  | 'hold'
  | 'copyTo'
  | 'fail'
  | 'drain'
  | 'close'
>;

export const SEGMENT_BYTES = 8 * 1024 * 1024;

/**
 * A journal in a folder of segments, each made of zeros before it is used, so that a write changes bytes of one file and its sync is
 * the only one. What is appended while a group of records is on its way to the disk, or a moment after it began (`GroupPace`), is the next
 * group; it goes as one write. The thread waits for the disk in reading, and at open.
 *
 * Every opening begins a segment. After each write the owner looks whether the journal is still theirs and in its place (`JournalOwner`);
 * what they wrote counts from then on.
 *
 * When the disk does not take a group, it goes to a new segment, never once more to the same place: a system that could not write a page
 * may take the next sync of it for done. While there is no room for a segment, or the folder is not in its place, the journal stalls and
 * tries again: groups wait, in order, and what is appended gathers in memory, so whoever appends has to stop.
 */
export class FileJournal implements Journal {
  readonly #options: FileJournalOptions;
  readonly #supply: SegmentSupply;
  readonly #seed: number;
  readonly #segments: JournalSegments;
  #file: SegmentFile;
  /** Where the next group goes in the file. */
  #at: number;
  /** Where the last group ends that is on the disk. */
  #durableAt: number;
  /** Position after the last entry that is on the disk; after the last one on its way; after the last one. */
  #durable: number;
  #sent: number;
  #end: number;
  #gathering = new GroupBuffer();
  #writing = new GroupBuffer();
  #isBusy = false;
  readonly #pace = new GroupPace();
  readonly #underWay = new UnderWay();
  /** Whoever appends right before the next group is formed. */
  #gather: (() => void) | undefined;
  /** Something was appended in this turn of the event loop. */
  #isTurn = false;
  #failure: Error | undefined;
  #isStalled = false;
  readonly #retry = new DiskRetry(() => this.#underWay.begins());
  readonly #mark: ReadMark = { name: '', at: 0, position: 0 };
  #retiring: Promise<void> = Promise.resolve();
  readonly #waits = new Fifo<Wait>();

  private constructor(options: FileJournalOptions, supply: SegmentSupply, found: FoundJournal) {
    this.#options = options;
    this.#supply = supply;
    this.#seed = seedOf(options.id);
    this.#segments = new JournalSegments({ folder: options.owner.folder, seed: this.#seed }, found.segments);
    this.#file = found.file;
    this.#at = this.#durableAt = SEGMENT_HEAD_BYTES;
    this.#durable = this.#sent = this.#end = found.end;
  }

  /** @throws Error for segments that are not of this journal */
  static async open(options: FileJournalOptions): Promise<FileJournal> {
    const { owner, id, epoch, segmentBytes = SEGMENT_BYTES } = options;
    const supply = new SegmentSupply({ folder: owner.folder, id, epoch, segmentBytes });
    return new FileJournal(options, supply, await openSegments(supply, { first: 0, ...options }));
  }

  get start(): number {
    return this.#segments.start;
  }

  get end(): number {
    return this.#end;
  }

  /** Of the files, what is written of the last one. */
  get bytes(): number {
    return this.#segments.closedBytes + this.#durableAt;
  }

  /** Position up to which all is on the disk. */
  get durable(): number {
    return this.#durable;
  }

  /** @param bytes copied. `onDurable` is called when they are on the disk. */
  append(count: number, bytes: Uint8Array): void {
    this.#gathering.add(count, bytes);
    this.#end += count;
    if (this.#isBusy || this.#isTurn) return;
    this.#isTurn = true;
    queueMicrotask(this.#turnEnds);
  }

  /**
   * False when what is appended now goes to the disk at once. Otherwise `gather` is called once, right before the next group is formed: what it
   * appends goes with that.
   */
  waits(gather: () => void): boolean {
    if (this.#failure !== undefined || !(this.#isBusy || this.#pace.rests)) return false;
    this.#gather = gather;
    this.#writeNext();
    return true;
  }

  /** What was appended in one turn of the event loop goes as one. */
  readonly #turnEnds = (): void => {
    this.#isTurn = false;
    this.#writeNext();
  };

  *from(position: number): Generator<JournalRecord> {
    const later = [...this.#writing.records(this.#durable), ...this.#gathering.records(this.#sent)];
    const { owner, onGap } = this.#options;
    yield* recordsFrom(owner.folder, this.#segments.all(), {
      position,
      end: this.#durable,
      seed: this.#seed,
      mark: this.#mark,
      onGap,
    });
    for (const record of later) if (record.position + record.count > position) yield record;
  }

  /** See `JournalSegments.pieces`. */
  pieces(): Generator<JournalPiece> {
    return this.#segments.pieces();
  }

  /**
   * Removes the segments all of whose entries are before `position`; resolves when they are gone from the disk. Nobody may need these
   * entries any more, after a power cut either: what makes them needless has to be on the disk.
   */
  drop(position: number): Promise<void> {
    return this.#segments.drop(position);
  }

  /** Calls `done` when all entries before `position` are on the disk, or `failed` when they will never be. */
  whenDurable(position: number, done: () => void, failed: (error: Error) => void): void {
    if (this.#failure !== undefined) failed(this.#failure);
    else if (position <= this.#durable) done();
    else this.#waits.push({ position, done, failed });
  }

  /** Resolves when all that was appended is on the disk. */
  idle(): Promise<void> {
    return new Promise((resolve, reject) => this.whenDurable(this.#end, resolve, reject));
  }

  /** Nothing is dropped until the function that this returns is called: a copy of what needs it is under way. */
  hold(): () => void {
    return this.#segments.hold();
  }

  /** Copies what is on the disk by now into `folder`; resolves with its end when the copy is on the disk. `signal` ends it. */
  copyTo(folder: string, signal?: AbortSignal): Promise<number> {
    return this.#segments.copyTo(folder, () => ({ end: this.#durable, lastBytes: this.#durableAt }), signal);
  }

  /** Nothing is acknowledged any more. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#retry.stop();
    for (let wait = this.#waits.shift(); wait !== undefined; wait = this.#waits.shift()) wait.failed(error);
    this.#options.onFailure?.(error);
  }

  /** Resolves when all that was appended is on the disk, or when the disk did not take it in a last trial. It is to be closed then. */
  async drain(): Promise<void> {
    if (this.#failure !== undefined || this.#retry.hasGivenUp || this.#durable === this.#end) return;
    await new Promise<void>((resolve) => {
      this.whenDurable(this.#end, resolve, () => resolve());
      this.#retry.lastTrial(resolve);
    });
  }

  async close(): Promise<void> {
    await this.drain();
    // A write that is on its way has the number of the file, which the next file that is opened may get.
    await this.#underWay.ended();
    await this.#segments.settled();
    await this.#retiring;
    await this.#supply.close();
    await this.#file.retire(this.#unused);
    await this.#options.owner.close();
  }

  /** Sends what has gathered to the disk when nothing else is on its way, and has not just been. Bound once. */
  readonly #writeNext = (): void => {
    if (this.#isBusy || this.#failure !== undefined) return;
    if (this.#gathering.isEmpty && this.#gather === undefined) return;
    if (!this.#pace.begin(this.#writeNext)) return;
    this.#gatherRest();
    if (this.#gathering.isEmpty) return;
    this.#isBusy = true;
    [this.#gathering, this.#writing] = [this.#writing, this.#gathering];
    this.#sent += this.#writing.count;
    this.#underWay.begins();
    if (this.#at + this.#writing.size <= this.#file.bytes) this.#send();
    else void this.#nextSegment();
  };

  #gatherRest(): void {
    const gather = this.#gather;
    this.#gather = undefined;
    gather?.();
  }

  #send(): void {
    const group = this.#writing.sealed(this.#durable, this.#seed);
    faultPoint('journal.beforeWrite');
    this.#file.write(group, this.#at, this.#written);
    faultPoint('journal.handedOver');
    this.#at += group.length;
    // The next segment is made while there is time.
    if (this.#at > this.#file.bytes / 2) this.#supply.ahead();
  }

  readonly #written = (error: Error | null): void => {
    if (this.#failure !== undefined) return this.#underWay.ends();
    if (error === null) return this.#options.owner.check(this.#looked);
    this.#stall(error);
    void this.#nextSegment();
  };

  readonly #looked = (problem?: Error): void => {
    if (problem === undefined) return this.#file.check(this.#checked);
    this.#checked(problem);
  };

  /** The group is on the disk, in its place, and the journal is ours. */
  readonly #checked = (problem?: Error): void => {
    this.#underWay.ends();
    if (this.#failure !== undefined) return;
    if (problem instanceof OwnerLostError) return this.fail(problem);
    if (problem !== undefined) {
      this.#stall(problem);
      this.#tryLater(() => this.#options.owner.check(this.#looked));
      return;
    }
    faultPoint('journal.written');
    this.#goesOn();
    this.#writing.clear();
    this.#isBusy = false;
    this.#durable = this.#sent;
    this.#durableAt = this.#at;
    this.#writeNext();
    this.#options.onDurable(this.#durable);
    for (let first = this.#waits.peek(); first !== undefined; first = this.#waits.peek()) {
      if (first.position > this.#durable) break;
      this.#waits.shift();
      first.done();
    }
  };

  /** Goes on in the next segment, which is large enough for what is to be written. */
  async #nextSegment(): Promise<void> {
    let file;
    try {
      file = await this.#supply.begin(this.#durable, this.#writing.size);
    } catch (error) {
      this.#underWay.ends();
      this.#stall(error as Error);
      this.#tryLater(() => void this.#nextSegment());
      return;
    }
    this.#options.owner.check((problem) => {
      if (problem instanceof OwnerLostError) this.fail(problem);
      if (this.#failure === undefined) return this.#take(file);
      // Whoever owns the journal now does not want it.
      this.#retiring = file.remove().catch(() => undefined);
      this.#underWay.ends();
    });
  }

  #take(file: SegmentFile): void {
    const before = this.#file;
    const bytes = this.#durableAt;
    const unused = this.#unused;
    this.#retiring = this.#retiring.then(() => before.retire(unused));
    this.#segments.goOn(bytes > SEGMENT_HEAD_BYTES ? bytes : 0, { ...file.segment, bytes: 0 });
    this.#file = file;
    this.#at = this.#durableAt = SEGMENT_HEAD_BYTES;
    this.#send();
  }

  /**
   * From where on nothing was written to the file. Undefined when something was that does not count: another owner may have read it,
   * and then it does.
   */
  get #unused(): number | undefined {
    return this.#at === this.#durableAt ? this.#at : undefined;
  }

  #stall(reason: Error): void {
    this.#isStalled = true;
    this.#options.onStall(reason);
  }

  #goesOn(): void {
    if (this.#isStalled) this.#options.onStall(undefined);
    this.#isStalled = false;
  }

  /** What a disk does not take while it is being closed is given up. */
  #tryLater(call: () => void): void {
    if (this.#failure === undefined) this.#retry.later(call);
  }
}
