import type { ReturnHead } from '../../model/intent/return-head.js';
import type { Clock } from '../../metrics/process/clock.js';
import { COUNTER } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { InterestCodec } from '../graph/interest/state/interest-codec.js';
import type { InterestGraph } from '../graph/interest/interest-graph.js';
import { WITHHELD } from '../graph/user-consent.js';
import type { ShardSink } from '../wire/calls.js';
import type { ShardStore } from '../store/store.js';
import { holds } from './holds.js';
import { SegmentMembers } from './segment-members.js';
import {
  NO_SEGMENTS,
  type PostedSegment,
  type PostedSegments,
  type SegmentCount,
} from '../graph/segment-rule.js';
import { UserView } from './user-view.js';

/** How long one bite of checks takes: a click waits no longer behind it. */
const BITE_US = 300;
/** Changed users who wait to be checked, at most; those beyond are found by the walk that follows. */
export const CHANGED_MAX = 65_536;

/** Users in memory, as the watch needs them. */
interface WatchedUsers {
  readonly spareRow: number;
  rowOf(userId: string): number;
  load(userId: string): number;
  isChanged(userId: string): boolean;
  changed(): Iterable<string>;
}

/** What the watch looks at and writes to. The model is another one after a swap. */
export interface WatchContext {
  readonly model: {
    readonly graph: InterestGraph;
    readonly codec: InterestCodec;
    readonly users: WatchedUsers;
    readonly returns: ReturnHead | undefined;
  };
  readonly store: Pick<ShardStore, 'user' | 'userNames'>;
  readonly stats: ThreadStats;
  readonly clock: Clock;
  readonly sink: Pick<ShardSink, 'reply'>;
}

/** Who hears what the watch finds. */
export interface WatchListener {
  /** The user is in these segments from now on: to be kept in their state and in the journal. */
  readonly keep: (userId: string, segments: readonly number[]) => void;
  /** Whoever has this key has come or gone: their lists may change. */
  readonly moved: (userId: string) => void;
  /** Calls `done` when all states that were given out to be written are rows, which a walk sees. */
  readonly whenWritten: (done: () => void) => void;
}

/**
 * Which of a shard's users are in which segment. Whoever changes is noted, and checked in a bite between two ticks, when the lists
 * have left: each rule once, however often they changed meanwhile. A walk past all users finds who belongs to a segment that is new or
 * whose rule has changed, and whom time alone brings in or out; the first walk after a start also reads who was in before.
 *
 * A change is told (`moved`), and noted in the journal with the next commit: whoever serves the user after a crash knows it, and one in
 * between tells it again. Whoever does not want to be known by what they do is in no segment.
 */
export class SegmentWatch {
  readonly #context: WatchContext;
  readonly #listener: WatchListener;
  readonly #members = new SegmentMembers();
  #segments: readonly PostedSegment[] = [];
  #revision = NO_SEGMENTS.revision;
  readonly #changed = new Set<string>();
  /** Definitions so far. */
  #defined = 0;
  /** True from a definition until its walk begins. */
  #isWaiting = false;
  /** The user looked at last by the walk; '' begins one, undefined: none runs. */
  #walked: string | undefined;
  /** True when all users have been walked past since the start. */
  #isSeeded = false;
  /** True when another walk has to follow. */
  #isStale = false;

  constructor(context: WatchContext, listener: WatchListener) {
    this.#context = context;
    this.#listener = listener;
  }

  /**
   * From now on these are the segments. Begins a walk, and calls `begun` then: at once, or when states that are on their way to the disk
   * are there.
   */
  define({ revision, segments }: PostedSegments, begun: () => void = () => {}): void {
    const defined = ++this.#defined;
    this.#revision = revision;
    this.#segments = segments;
    this.#members.define(segments.map(({ number }) => number));
    this.#isWaiting = true;
    // States that are not written yet are in no row that the walk sees.
    for (const user of this.#context.model.users.changed()) this.note(user);
    this.#listener.whenWritten(() => {
      if (defined !== this.#defined) return;
      this.#isWaiting = false;
      this.recheck();
      begun();
    });
  }

  /** Looks at all users, for time has passed. */
  recheck(): void {
    if (this.#segments.length === 0 && this.#isSeeded) return;
    if (this.#walked === undefined) this.#walked = '';
    else this.#isStale = true;
  }

  /** The user has changed. */
  note(userId: string): void {
    if (this.#segments.length === 0) return;
    if (this.#changed.size < CHANGED_MAX) this.#changed.add(userId);
    else this.recheck();
  }

  get hasWork(): boolean {
    return this.#changed.size > 0 || this.#walked !== undefined;
  }

  /** Checks some users, the changed ones first. False when nothing is left to do. Call between two ticks. */
  step(): boolean {
    const { clock } = this.#context;
    const untilUs = clock.nowUs() + BITE_US;
    for (const userId of this.#changed) {
      this.#changed.delete(userId);
      this.#check(userId, this.#context.model.users.load(userId));
      if (clock.nowUs() >= untilUs) return true;
    }
    if (this.#walked !== undefined) this.#walk(untilUs);
    return this.hasWork;
  }

  /** Nothing is left of the user here. Call when they are erased, removed or merged. */
  forget(userId: string): void {
    this.#changed.delete(userId);
    this.#tell(userId, this.#members.of(userId), []);
  }

  /** Of those that were defined last. */
  get revision(): number {
    return this.#revision;
  }

  /** True when what `counts` and `named` tell is of all users. */
  get isComplete(): boolean {
    return this.#isSeeded && this.#walked === undefined && !this.#isWaiting;
  }

  counts(): SegmentCount[] {
    return this.#members.counts();
  }

  /** See `SegmentMembers.named`. */
  named(segment: number): IterableIterator<string> {
    return this.#members.named(segment);
  }

  #walk(untilUs: number): void {
    const { clock, store } = this.#context;
    for (const userId of store.userNames(this.#walked ?? '')) {
      this.#walked = userId;
      this.#pass(userId);
      if (clock.nowUs() >= untilUs) return;
    }
    this.#isSeeded = true;
    this.#walked = this.#isStale ? '' : undefined;
    this.#isStale = false;
  }

  /** Whoever is not in memory comes there only when something has changed. */
  #pass(userId: string): void {
    const { users, graph } = this.#context.model;
    const row = users.rowOf(userId);
    if (row >= 0) return this.#check(userId, row);
    if (!users.isChanged(userId)) {
      if (!this.#isRead(userId)) return;
      const written = graph.slabs.facts.segmentsOf(users.spareRow);
      const before = this.#before(userId, users.spareRow);
      for (const segment of before) this.#members.add(segment, userId);
      const now = this.#segmentsOf(users.spareRow);
      if (areSame(now, before) && areSame(now, written)) return;
    }
    this.#check(userId, users.load(userId));
  }

  /** Reads a stored state into the spare row; false for one that cannot be read, which whoever opens it sets aside. */
  #isRead(userId: string): boolean {
    const { store, model } = this.#context;
    const state = store.user(userId);
    if (state === undefined) return false;
    try {
      model.codec.decode(model.users.spareRow, state);
      return true;
    } catch {
      return false;
    }
  }

  #check(userId: string, row: number): void {
    const { model, stats } = this.#context;
    const { facts } = model.graph.slabs;
    stats.count(COUNTER.segmentChecks);
    const before = this.#before(userId, row);
    const now = this.#segmentsOf(row);
    this.#tell(userId, before, now);
    if (!areSame(now, facts.segmentsOf(row))) this.#listener.keep(userId, now);
  }

  /** Where the user was until now. Until all have been walked past, their state says where they were before the start. */
  #before(userId: string, row: number): number[] {
    const known = this.#members.of(userId);
    if (this.#isSeeded) return known;
    const written = this.#context.model.graph.slabs.facts.segmentsOf(row);
    return [...new Set([...known, ...written.filter((segment) => this.#members.has(segment))])];
  }

  #segmentsOf(row: number): number[] {
    const { model, clock } = this.#context;
    const { slabs } = model.graph;
    if ((slabs.withheld[row] & WITHHELD.personalise) !== 0) return [];
    const user = new UserView(model.graph, row, clock.nowMs(), model.returns);
    return this.#segments.filter(({ rule }) => holds(rule, user)).map(({ number }) => number);
  }

  /** Takes over that the user is in other segments, and says so. */
  #tell(userId: string, before: readonly number[], now: readonly number[]): void {
    for (const segment of now) this.#members.add(segment, userId);
    for (const segment of before) if (!now.includes(segment)) this.#members.remove(segment, userId);
    if (areSame(before, now)) return;
    const entered = now.filter((segment) => !before.includes(segment));
    const left = before.filter((segment) => !now.includes(segment));
    const { clock, sink } = this.#context;
    sink.reply({ op: 'moved', call: 0, user: userId, entered, left, atMs: clock.nowMs() });
    this.#listener.moved(userId);
  }
}

/** True for the same segments in any order. */
function areSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((segment) => b.includes(segment));
}
