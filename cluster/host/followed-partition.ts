import { HISTOGRAM } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { DamageListener } from '../../shards/store/damage.js';
import type { WrittenJournal } from '../../shards/store/journal-file/file-journal.js';
import { FollowedCopy, type Following } from '../journal/followed-copy.js';
import { JournalWriter, type OwnerName } from '../journal/journal-writer.js';
import type { KnownItems } from '../journal/known-items.js';
import type { GroupPlace, PartitionStream } from '../journal/partition-stream.js';
import { MESSAGES_A_READ } from '../journal/read-some.js';
import { FencedError, StreamedJournal } from '../journal/streamed-journal.js';

/** What all followed partitions of a thread have. */
export interface FollowContext {
  readonly owner: OwnerName;
  readonly stats: ThreadStats;
  readonly items: KnownItems;
  readonly streamOf: (partition: number) => Promise<PartitionStream>;
  readonly pause: (ms: number) => Promise<void>;
}

/** Which partition is followed, and who hears of it. */
export interface FollowedBy {
  readonly partition: number;
  readonly level: (isLevel: boolean) => void;
  readonly owned: (epoch: number) => void;
}

/** How often a journal that is level is looked at: what is in it later is read when the partition is taken. */
const LOOK_MS = 1_000;

/**
 * The journal of a partition, followed by its shard until the partition is to be this node's, and owned then. What is read of it goes to
 * the shard's own files, rows and states at once, so that little is left to read when the owner dies.
 */
export class FollowedPartition {
  readonly #context: FollowContext;
  readonly #by: FollowedBy;
  #journal: StreamedJournal | undefined;
  #stream: PartitionStream | undefined;
  #copy: FollowedCopy | undefined;
  #writer: JournalWriter | undefined;
  #explain: () => void = () => undefined;
  #damaged: DamageListener = () => undefined;
  #carriedOut = 0;
  #isTaken = false;
  #isLevel = false;
  /** Why it is over. */
  #end: FencedError | undefined;
  readonly #hurried: Promise<void>;
  #hurry: () => void = () => undefined;

  constructor(context: FollowContext, by: FollowedBy) {
    this.#context = context;
    this.#by = by;
    this.#hurried = new Promise((resolve) => (this.#hurry = resolve));
  }

  /** The last commit of the journal that this node knows of. */
  get group(): GroupPlace | undefined {
    return this.#writer?.group ?? this.#copy?.group;
  }

  /** Journal position up to which entries were carried out, or appended. */
  get carriedOut(): number {
    return this.#isOwned ? (this.#journal?.end ?? 0) : this.#carriedOut;
  }

  get #isOwned(): boolean {
    return this.#journal?.isOwned ?? false;
  }

  /** The partition is to be this node's as soon as its journal has been read to the end. */
  take(): void {
    this.#isTaken = true;
    this.#hurry();
  }

  /** Nothing is followed or acknowledged any more. */
  end(why: string): void {
    this.#end ??= new FencedError(why);
    this.#hurry();
    this.#journal?.fail(this.#end);
  }

  /** See `LmdbStoreOptions.replicate`. */
  async copy(files: WrittenJournal, explain: () => void, damaged: DamageListener): Promise<WrittenJournal> {
    this.#damaged = damaged;
    const { items, pause, stats, streamOf } = this.#context;
    const journal = new StreamedJournal(files, {
      items,
      pause,
      onPublished: (tookMs) => stats.observe(HISTOGRAM.clusterPublish, tookMs * 1_000),
    });
    this.#stream = await streamOf(this.#by.partition);
    this.#copy = await FollowedCopy.begin(this.#stream, journal, this.#waiting);
    this.#explain = explain;
    this.#journal = journal;
    return journal;
  }

  /** See `FollowPlan.follow`. Rejects with a `FencedError` when it is over, or another node was faster. */
  async follow(advance: () => Promise<void>): Promise<void> {
    const { journal, copy, stream } = this.#opened();
    this.#carriedOut = journal.end;
    while (!(this.#isTaken && this.#isLevel)) {
      if (this.#end !== undefined) throw this.#end;
      const count = await copy.takeIn();
      if (count !== undefined && count > 0) await this.#carryOut(journal, advance);
      this.#tellLevel(count !== undefined && count < MESSAGES_A_READ);
      if (this.#isLevel || count === undefined) await this.#rest();
    }
    const acquired = await JournalWriter.acquire(stream, this.#context.owner, this.#waiting);
    if (acquired.kind !== 'owned') throw this.#end ?? new FencedError('another node was faster');
    const { writer } = acquired;
    await copy.takeThrough(writer.owner.epoch);
    if (copy.epoch !== writer.owner.epoch) throw new FencedError('what made it the owner cannot be read');
    await this.#carryOut(journal, advance);
    this.#writer = writer;
    journal.own(writer);
    this.#by.owned(writer.owner.epoch);
  }

  get #waiting(): Following {
    const { items, pause } = this.#context;
    return {
      items,
      pause,
      isClosed: () => this.#end !== undefined,
      setAside: ({ sequence, why, bytes }) =>
        this.#damaged({ kind: 'journal', names: [`message ${sequence}`], reason: why, bytes }),
    };
  }

  #opened() {
    const [journal, copy, stream] = [this.#journal, this.#copy, this.#stream];
    if (journal === undefined || copy === undefined || stream === undefined)
      throw new Error('a partition is followed whose journal is not open');
    return { journal, copy, stream };
  }

  async #carryOut(journal: StreamedJournal, advance: () => Promise<void>): Promise<void> {
    this.#explain();
    await advance();
    this.#carriedOut = journal.end;
  }

  /** Whoever takes it does not wait for the end of a rest, but where nobody could be asked. */
  async #rest(): Promise<void> {
    const { pause } = this.#context;
    await Promise.race(this.#isTaken ? [pause(LOOK_MS)] : [pause(LOOK_MS), this.#hurried]);
  }

  #tellLevel(isLevel: boolean): void {
    if (isLevel !== this.#isLevel) this.#by.level(isLevel);
    this.#isLevel = isLevel;
  }
}
