import { faultPoint } from '../../metrics/process/fault-point.js';
import type { RevFloor } from '../live/rev-floor.js';
import type { Commits } from './commits.js';
import type { LiveUsers } from './live-users.js';
import type { ShardContext } from './shard-context.js';

/** User states written at most in one commit of the sweep, so that no click waits long behind it. */
const SWEEP_STATES = 48;

/**
 * Writes out the states of all changed users bit by bit, and moves the store's checkpoint when the last is written: a
 * recovery begins there. One sweep at a time.
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
  }

  /** Writes some changed users; the last step moves the checkpoint. False when nothing is left to do. Call between two ticks. */
  step(): boolean {
    if (this.#to < 0) return false;
    faultPoint('sweep.states');
    this.#commits.addStates(this.#context.model.users.takeChanged(SWEEP_STATES));
    this.#left -= SWEEP_STATES;
    const done = this.#left <= 0;
    this.#commits.commit(done ? { checkpoint: this.#to } : {});
    if (done) this.#to = -1;
    return !done;
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
