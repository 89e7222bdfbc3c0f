import { takeChangedPages, type PageWrite } from '../graph/interactions/interaction-pages.js';
import { PageSweep } from '../graph/interactions/page-sweep.js';
import type { BuiltShard } from '../shard/build-shard.js';

/** Pages of the interaction graph written in one bite, each of about 100 kB: what a commit carries besides its tick. */
const PAGES_BITE = 2;
/** Pause between two bites, ms: 1 MB in 0.25 s at most goes to the disk. */
const PAGES_REST_MS = 50;

/**
 * Writes out the changed pages of the interaction graph: a bite between two ticks, then a rest, so that no acknowledgement waits
 * behind many of them. One sweep at a time; what is asked for meanwhile is the one that runs.
 */
export class PageCheckpoint {
  readonly #built: BuiltShard;
  readonly #chore: (work: () => boolean) => void;
  #isRunning = false;
  #sweep: PageSweep | undefined;
  /** Journal position that all stored pages contain, as far as it was written here. */
  #writtenTo = -1;
  /** Who waits for the end of the sweep; it has no rests then. */
  readonly #waiting: (() => void)[] = [];
  #rest: NodeJS.Timeout | undefined;

  /** @param chore has work done between two ticks, again while it returns true. */
  constructor(built: BuiltShard, chore: (work: () => boolean) => void) {
    this.#built = built;
    this.#chore = chore;
  }

  /** Begins a sweep unless one runs. */
  begin(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#chore(this.#step);
  }

  /** The same without rests; `done` is called when the pages were handed to the store. */
  hurry(done: () => void): void {
    this.#waiting.push(done);
    this.begin();
    if (this.#endRest()) this.#chore(this.#step);
  }

  /** All that has changed, at once, when nobody waits for ticks any more. */
  end(): void {
    this.#endRest();
    const { interactions, context } = this.#built;
    const { end } = context.store.journal;
    this.#commit(takeChangedPages(interactions, end), end);
    this.#writtenTo = end;
  }

  /** Bound once. True when it is to be called again at once. */
  readonly #step = (): boolean => {
    const { interactions, context } = this.#built;
    const { store } = context;
    this.#sweep ??= new PageSweep(interactions, store.journal.end, ({ key, bytes }) =>
      store.sealBlob(key, bytes),
    );
    const sweep = this.#sweep;
    this.#commit(sweep.take(PAGES_BITE, store.journal.end), sweep.position);
    if (!sweep.isOver) return this.#waiting.length > 0 || this.#beginRest();
    this.#writtenTo = sweep.position;
    this.#sweep = undefined;
    this.#isRunning = false;
    for (const done of this.#waiting.splice(0)) done();
    return false;
  };

  /** Commits pages; nothing when there is nothing but a position that is stored. */
  #commit(blobs: readonly PageWrite[], position: number): void {
    if (blobs.length > 1 || this.#writtenTo !== position) this.#built.shard.commits.commit({ blobs });
  }

  #beginRest(): false {
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.#chore(this.#step);
    }, PAGES_REST_MS);
    return false;
  }

  /** True when there was one to end. */
  #endRest(): boolean {
    if (this.#rest === undefined) return false;
    clearTimeout(this.#rest);
    this.#rest = undefined;
    return true;
  }
}
