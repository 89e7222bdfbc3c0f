import type { JournalNeed } from '../store/compaction/journal-needs.js';
import { snapshotNeeds } from '../store/compaction/snapshot-needs.js';
import { storedPosition } from '../graph/interactions/interaction-pages.js';
import type { BuiltShard } from '../shard/build-shard.js';
import type { RetentionNote } from '../wire/shard-report.js';
import type { RetentionBounds } from '../wire/worker-data.js';
import { AgeClock } from './age-clock.js';
import { JournalTrim } from './journal-trim.js';
import { BITE_REST_MS, RetentionWalks } from './retention-walks.js';
import type { LongAgo } from './visitor-removal.js';

/** Bites of the walk past visitors between two looks at the journal. */
const WALK_BITES = 256;
/** Pause between two walks: this, or a quarter of the age that visitors are kept for if that is less. */
const WALK_EVERY_MS = 3_600_000;
/** A shard that always drops a little says so now and then. */
const REPORT_EVERY_MS = 3_600_000;

/** With what the thread of a shard keeps to its bounds. */
export interface RetentionPlan extends RetentionBounds {
  /** Pause between two looks at what there is, ms. */
  readonly lookMs: number;
  /** Folder with the snapshots of the data folder. */
  readonly snapshots: string;
}

/** What a shard's thread gives to its retention. */
export interface RetentionPorts {
  readonly shard: number;
  /** Carries out a piece of work between two ticks. */
  readonly chore: (work: () => void) => void;
  /** See `ModelSwap.readsFrom`. */
  readonly readsFrom: () => number | undefined;
  readonly report: (note: RetentionNote) => void;
  /** Named users who are to be erased. */
  readonly idle: (users: readonly string[]) => void;
  /** Visitors of whom nothing is left but that they were merged, which is to go as well. */
  readonly merged: (visitors: readonly string[]) => void;
}

/**
 * Keeps a shard's store within its bounds while it serves: now and then it looks at the journal's beginning, drops what may go
 * (`JournalTrim`), and goes on with walks past those of whom nothing came for long (`RetentionWalks`). All of it is bites between two
 * ticks, one on its way to the disk at a time, and rests while the disk is full.
 *
 * The journal is held by recovery, by a rebuild that runs, by users who are owed one, by pages, by the snapshots that are there or
 * being made. It is not held for a model of the future: users whose first entries are gone keep their graph then and
 * begin again from vectors (`StateRebuild`).
 */
export class Retention {
  readonly #built: BuiltShard;
  readonly #plan: RetentionPlan;
  readonly #ports: RetentionPorts;
  readonly #ages: AgeClock;
  readonly #trim: JournalTrim;
  readonly #walks: RetentionWalks;
  #snapshots: readonly JournalNeed[] = [];
  /** Need of the snapshot that this thread began last: the others may not be through with theirs. */
  #begun: readonly JournalNeed[] = [];
  /** All that was committed before this time is before that position, in the order of commits. */
  #fence: LongAgo;
  /** The last fence that a recovery would begin behind. */
  #passedMs = -Infinity;
  #walkAtMs = 0;
  #walkBites = 0;
  #reportedMs = -Infinity;
  #heldBy: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(built: BuiltShard, plan: RetentionPlan, ports: RetentionPorts) {
    this.#built = built;
    this.#plan = plan;
    this.#ports = ports;
    this.#ages = new AgeClock(built.context.clock, built.context.store);
    this.#trim = new JournalTrim(built, plan, this.#ages, () => this.#needs());
    this.#walks = new RetentionWalks(built, plan, ports);
    this.#fence = this.#now();
    this.#trim.show();
  }

  begin(): void {
    this.#schedule(this.#plan.lookMs, () => this.#look());
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** From here on the journal is needed by a snapshot. Call before it is taken. */
  snapshotBegins(): void {
    const position = Math.max(0, this.#built.context.store.journal.end - 1);
    this.#begun = [{ position, by: 'a snapshot that is being made' }];
  }

  #schedule(restMs: number, work: () => void): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#ports.chore(() => {
        if (!this.#isStopped) work();
      });
    }, restMs);
  }

  #look(): void {
    this.#trim.show();
    this.#moveFence();
    // Those that were there at the last look may be gone.
    this.#snapshots = [];
    if (!this.#trim.hasMore) return this.#dropped();
    void this.#readSnapshots().then(() => this.#schedule(0, () => this.#drop()));
  }

  #drop(): void {
    const goesOn = this.#trim.step(() => this.#schedule(BITE_REST_MS, () => this.#drop()));
    if (!goesOn) this.#dropped();
  }

  /** No record may go any more, for now. */
  #dropped(): void {
    this.#walkBites = WALK_BITES;
    this.#walk();
  }

  #walk(): void {
    if (this.#isWalkDue()) {
      const restMs = this.#walks.step((keptMs) => this.#longAgo(keptMs));
      const goesOn = restMs !== undefined;
      if (goesOn && --this.#walkBites > 0) return this.#schedule(restMs, () => this.#walk());
      if (!goesOn) this.#walkAtMs = this.#built.context.clock.nowMs() + this.#pauseMs();
    }
    this.#report();
    this.#schedule(this.#plan.lookMs, () => this.#look());
  }

  /** While states are rebuilt or taken over there are two of each: the walk waits. */
  #isWalkDue(): boolean {
    const { store, clock } = this.#built.context;
    const isOne = this.#ports.readsFrom() === undefined && !store.hasRetired;
    return this.#walks.leastKeptMs < Infinity && isOne && clock.nowMs() >= this.#walkAtMs;
  }

  #pauseMs(): number {
    return Math.min(WALK_EVERY_MS, this.#walks.leastKeptMs / 4);
  }

  #longAgo(keptMs: number): LongAgo {
    const beforeMs = Math.min(this.#ages.nowMs() - keptMs, this.#passedMs);
    return { beforeMs, position: this.#recoversFrom() };
  }

  #now(): LongAgo {
    const { clock, store } = this.#built.context;
    return { beforeMs: clock.nowMs(), position: store.journal.end };
  }

  #moveFence(): void {
    if (this.#recoversFrom() < this.#fence.position) return;
    this.#passedMs = this.#fence.beforeMs;
    this.#fence = this.#now();
  }

  /** Where the next recovery would begin to read. */
  #recoversFrom(): number {
    const { store } = this.#built.context;
    return Math.min(store.checkpoint, storedPosition(store) ?? store.checkpoint);
  }

  #needs(): JournalNeed[] {
    const readsFrom = this.#ports.readsFrom();
    return [
      ...(readsFrom === undefined
        ? []
        : [{ position: readsFrom, by: 'states that are made anew for another model' }]),
      ...this.#begun,
      ...this.#snapshots,
    ];
  }

  async #readSnapshots(): Promise<void> {
    try {
      this.#snapshots = await snapshotNeeds(this.#plan.snapshots, this.#ports.shard);
    } catch (error) {
      const by = `snapshots, which cannot be looked at: ${(error as Error).message}`;
      this.#snapshots = [{ position: 0, by }];
    }
  }

  /** Says what went, and what holds the rest: at once when that is another than before, otherwise now and then. */
  #report(): void {
    const nowMs = this.#built.context.clock.nowMs();
    const isDue = nowMs >= this.#reportedMs + REPORT_EVERY_MS;
    const heldBy = this.#trim.heldBy;
    if (!isDue && heldBy === this.#heldBy) return;
    const journal = this.#trim.take();
    const visitors = this.#walks.takeRemoved();
    if (journal.entries === 0 && visitors === 0 && heldBy === this.#heldBy) return;
    this.#heldBy = heldBy;
    this.#reportedMs = nowMs;
    this.#ports.report({ ...journal, heldBy, visitors });
  }
}
