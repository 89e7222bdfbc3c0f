import { faultPoint } from '../../metrics/process/fault-point.js';
import { COUNTER, GAUGE } from '../../metrics/table.js';
import { storedPosition } from '../graph/interactions/interaction-pages.js';
import type { BuiltShard } from '../shard/build-shard.js';
import { nextDrop } from '../store/compaction/drop-bite.js';
import type { JournalNeed, KeptJournal } from '../store/compaction/journal-needs.js';
import type { RetentionBounds } from '../wire/worker-data.js';
import type { AgeClock } from './age-clock.js';

/** What went of a journal. */
export interface TrimmedJournal {
  /** Position of the first entry before and after. */
  from: number;
  to: number;
  entries: number;
  /** What the journal takes less, but for what came to it meanwhile. */
  bytes: number;
}

/**
 * Drops the oldest records of the journal that are beyond the bounds and that nobody needs, a bite at a time while the shard
 * serves: a look at the first records, and a commit. Who needs what is asked anew for each bite. What is free in the store's file
 * then is used by what comes; the file does not shrink.
 */
export class JournalTrim {
  readonly #built: BuiltShard;
  readonly #bounds: RetentionBounds;
  readonly #ages: AgeClock;
  readonly #others: () => readonly JournalNeed[];
  /** Who needs what would go next, as of the last look; undefined when nobody does. */
  heldBy: string | undefined;
  /** Since the last `take`. */
  #trimmed: TrimmedJournal;

  /** `others`: who needs the journal beside the store itself, at this moment. */
  constructor(
    built: BuiltShard,
    bounds: RetentionBounds,
    ages: AgeClock,
    others: () => readonly JournalNeed[],
  ) {
    this.#built = built;
    this.#bounds = bounds;
    this.#ages = ages;
    this.#others = others;
    this.#trimmed = this.#none();
  }

  /** What went since the last call. */
  take(): TrimmedJournal {
    const trimmed = this.#trimmed;
    this.#trimmed = this.#none();
    return trimmed;
  }

  /** True when something may go. */
  get hasMore(): boolean {
    return this.#next().pieces > 0;
  }

  /** Drops some of it. False when none may go; otherwise `done` is called when that is durable. Call between two ticks. */
  step(done: () => void): boolean {
    const { before, pieces } = this.#next();
    if (pieces === 0) return false;
    const { commits } = this.#built.shard;
    const { stats, store } = this.#built.context;
    const { start, bytes } = store.journal;
    faultPoint('compaction.dropping');
    commits.commit({ dropBefore: before });
    faultPoint('compaction.handedOver');
    commits.whenDurable(() => {
      faultPoint('compaction.dropped');
      const entries = store.journal.start - start;
      this.#trimmed.entries += entries;
      this.#trimmed.bytes += Math.max(0, bytes - store.journal.bytes);
      this.#trimmed.to = store.journal.start;
      stats.count(COUNTER.journalDropped, entries);
      this.show();
      done();
    });
    commits.commit();
    return true;
  }

  /** Where the journal begins, and what it takes. */
  show(): void {
    const { stats, store } = this.#built.context;
    stats.gauge(GAUGE.journalStart, store.journal.start);
    stats.gauge(GAUGE.journalBytes, store.journal.bytes);
  }

  #next(): ReturnType<typeof nextDrop> {
    const { store } = this.#built.context;
    const pages = storedPosition(store);
    const next = nextDrop(store, this.#kept(), [
      ...(pages === undefined ? [] : [{ position: pages, by: 'the pages of the interaction graph' }]),
      ...this.#others(),
    ]);
    this.heldBy = next.heldBy;
    return next;
  }

  #kept(): KeptJournal {
    const { journalKeptMs, journalKeptBytes } = this.#bounds;
    return {
      ...(journalKeptMs > 0 && { sinceMs: this.#ages.nowMs() - journalKeptMs }),
      ...(journalKeptBytes > 0 && { bytes: journalKeptBytes }),
    };
  }

  #none(): TrimmedJournal {
    const { start } = this.#built.context.store.journal;
    return { from: start, to: start, entries: 0, bytes: 0 };
  }
}
