import type { BuiltShard } from '../../shard/build-shard.js';
import type { HaltFlag } from '../../wire/halt-flag.js';
import { PacedChore, type ChoreLine } from './paced-chore.js';
import { PageCheckpoint } from './page-checkpoint.js';

/** Rest after a bite of states that is written without a tick, ms. */
const STATES_REST_MS = 15;

/** Writes out what has changed in memory, a little at a time: users' states, and pages of the interaction graph. Nothing while the disk takes nothing. */
export class Checkpoints {
  readonly #built: BuiltShard;
  readonly #states: PacedChore;
  readonly #pages: PageCheckpoint;
  #isOver = false;

  constructor(built: BuiltShard, line: ChoreLine) {
    this.#built = built;
    this.#states = new PacedChore(line, () => built.shard.sweepStep(), STATES_REST_MS);
    this.#pages = new PageCheckpoint(built, line);
  }

  /** Begins with the states that have changed by now. */
  states(): void {
    if (!this.#mayBegin) return;
    this.#built.shard.beginSweep();
    this.#states.begin();
  }

  /** Begins with the pages that have changed by now. */
  pages(): void {
    if (this.#mayBegin) this.#pages.begin();
  }

  get #mayBegin(): boolean {
    return !this.#isOver && !this.#built.context.store.waitsForDisk;
  }

  /**
   * All of it without rests; `done` is called when it was handed to the store. A sweep of states that runs already may have passed what
   * has changed since, so another follows.
   */
  hurry(done: () => void): void {
    this.states();
    this.#states.hurry(() => {
      this.states();
      this.#states.hurry(() => this.#pages.hurry(done));
    });
  }

  /** Nothing is begun any more, and what was begun is left. */
  stop(): void {
    this.#isOver = true;
    this.#states.stop();
  }

  /** All of it at once, when nobody waits for ticks any more; pages only `withPages`. What a halt leaves out is in the journal. */
  end(halt: HaltFlag, withPages: boolean): void {
    const { shard, context } = this.#built;
    if (context.store.waitsForDisk || halt.isRaised) return;
    // A sweep that runs already began a while ago; the one after it contains all.
    for (let sweeps = 0; sweeps < 2; sweeps++) {
      shard.beginSweep();
      while (!halt.isRaised && shard.sweepStep());
    }
    if (withPages) this.#pages.end();
  }
}
