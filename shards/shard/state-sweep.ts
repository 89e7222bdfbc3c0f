import type { RevFloor } from '../live/rev-floor.js';
import type { Commits } from './commits.js';
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
  /** Journal position up to which a running sweep makes states durable (−1: none runs), and users it has still to write. */
  #to = -1;
  #left = 0;

  constructor(context: ShardContext, commits: Commits, revs: RevFloor) {
    this.#context = context;
    this.#commits = commits;
    this.#revs = revs;
  }

  /** Begins a sweep unless one runs. */
  begin(): void {
    if (this.#to >= 0) return;
    this.#to = this.#context.store.journalEnd;
    this.#left = this.#context.model.users.dirtyCount;
  }

  /** Writes some changed users; the last step moves the checkpoint. False when nothing is left to do. Call between two ticks. */
  step(): boolean {
    if (this.#to < 0) return false;
    this.#commits.addStates(this.#context.model.users.takeChanged(SWEEP_STATES));
    this.#left -= SWEEP_STATES;
    const done = this.#left <= 0;
    const blobs = this.#revs.note();
    const noted = blobs.length > 0 && { blobs };
    this.#commits.commit(done ? { checkpoint: this.#to, ...noted } : { ...noted });
    if (done) this.#to = -1;
    return !done;
  }
}
