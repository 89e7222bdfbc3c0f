import { faultPoint } from '../../metrics/process/fault-point.js';
import type { CommitBatch } from '../store/store.js';
import type { RevFloor } from '../live/rev-floor.js';
import type { Commits } from './commits.js';
import type { LiveUsers } from './live-users.js';
import type { ShardContext } from './shard-context.js';

/** User states written at most in one commit of the sweep, of up to 11 kB each, so that no click waits long behind it. */
const SWEEP_STATES = 16;
/** Steps that a sweep takes at most. */
const SWEEP_STEPS = 64;
/** Those that go with what a tick commits: under load they need no commits of their own. */
const TICK_STATES = 8;

/** What goes with the last states of a sweep; a crash that loses it has a recovery begin earlier. */
type SweepEnd = Pick<CommitBatch, 'checkpoint' | 'rowsFollow'>;

/**
 * Writes out the states of all changed users bit by bit, and moves the store's checkpoint when the last is written: a
 * recovery begins there. One sweep at a time. While one runs each tick takes some states along; where there are few ticks,
 * or very many states, `step` writes them.
 */
export class StateSweep {
  readonly #context: ShardContext;
  readonly #commits: Commits;
  readonly #revs: RevFloor;
  readonly #live: Pick<LiveUsers, 'highestRev'>;
  /** −1 before the first note, which comes with the first sweep: revisions have an entry a while later. */
  #notedRev = -1;
  /** Journal position up to which a running sweep makes states durable (−1: none runs), and users it has still to write. */
  #to = -1;
  #left = 0;
  /** Users written in one step of it. */
  #bite = SWEEP_STATES;

  constructor(context: ShardContext, commits: Commits, revs: RevFloor, live: Pick<LiveUsers, 'highestRev'>) {
    this.#context = context;
    this.#commits = commits;
    this.#revs = revs;
    this.#live = live;
  }

  /** Begins a sweep unless one runs. */
  begin(): void {
    if (this.#to >= 0) return;
    this.#noteRevisions();
    this.#to = this.#context.store.journal.end;
    this.#left = this.#context.model.users.dirtyCount;
    this.#bite = Math.max(SWEEP_STATES, Math.ceil(this.#left / SWEEP_STEPS));
  }

  /** Writes some changed users. False when nothing is left to do. Call between two ticks. */
  step(): boolean {
    if (this.#to < 0) return false;
    faultPoint('sweep.states');
    this.#commits.commit(this.#take(this.#bite));
    return this.#to >= 0;
  }

  /** Adds to a tick's commit the states of users who left memory, and some of a sweep that runs; what is to go with it, too. */
  ride(): SweepEnd {
    return this.#take(this.#to < 0 ? 0 : TICK_STATES);
  }

  /** The last of a sweep come with the checkpoint. */
  #take(count: number): SweepEnd {
    this.#commits.addStates(this.#context.model.users.takeChanged(count));
    if (this.#to < 0) return {};
    this.#left -= count;
    if (this.#left > 0) return {};
    const checkpoint = this.#to;
    this.#to = -1;
    return { checkpoint, rowsFollow: true };
  }

  /** Now and then, before the journal's end is taken: the entry is one of those that states contain. */
  #noteRevisions(): void {
    const blobs = this.#revs.note();
    if (blobs.length === 0) return;
    const rev = this.#live.highestRev;
    if (this.#notedRev >= 0 && rev > this.#notedRev) this.#commits.addEntry({ entry: 'rev', rev });
    this.#notedRev = rev;
    this.#commits.commit({ blobs });
  }
}
