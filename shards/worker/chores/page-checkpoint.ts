import { takeChangedPages, type PageWrite } from '../../graph/interactions/interaction-pages.js';
import { PageSweep } from '../../graph/interactions/page-sweep.js';
import type { BuiltShard } from '../../shard/build-shard.js';
import { PacedChore, type ChoreLine } from './paced-chore.js';

/** Pages of the interaction graph written in one bite, each of up to 100 kB: what a commit carries besides its tick. */
const PAGES_BITE = 2;
/** Pause between two bites, ms: 1 MB in 0.25 s at most goes to the disk. */
const PAGES_REST_MS = 50;

/**
 * Writes out the changed pages of the interaction graph: a bite between two ticks, then a rest, so that no acknowledgement waits
 * behind many of them. One sweep at a time; what is asked for meanwhile is the one that runs.
 */
export class PageCheckpoint {
  readonly #built: BuiltShard;
  readonly #chore: PacedChore;
  #sweep: PageSweep | undefined;
  /** Journal position that all stored pages contain, as far as it was written here. */
  #writtenTo = -1;

  constructor(built: BuiltShard, line: ChoreLine) {
    this.#built = built;
    this.#chore = new PacedChore(line, () => this.#bite(), PAGES_REST_MS);
  }

  /** Begins a sweep unless one runs. */
  begin(): void {
    this.#chore.begin();
  }

  /** The same without rests; `done` is called when the pages were handed to the store. */
  hurry(done: () => void): void {
    this.#chore.hurry(done);
  }

  /** All that has changed, at once, when nobody waits for ticks any more. */
  end(): void {
    this.#chore.stop();
    const { interactions, context } = this.#built;
    const { end } = context.store.journal;
    this.#commit(takeChangedPages(interactions, end), end);
    this.#writtenTo = end;
  }

  /** True while there are more. */
  #bite(): boolean {
    const { interactions, context } = this.#built;
    const { store } = context;
    this.#sweep ??= new PageSweep(interactions, store.journal.end, ({ key, bytes }) =>
      store.sealBlob(key, bytes),
    );
    const sweep = this.#sweep;
    this.#commit(sweep.take(PAGES_BITE, store.journal.end), sweep.position);
    if (!sweep.isOver) return true;
    this.#writtenTo = sweep.position;
    this.#sweep = undefined;
    return false;
  }

  /** Commits pages, which the journal from their positions on explains; nothing when there is nothing but a position that is stored. */
  #commit(blobs: readonly PageWrite[], position: number): void {
    if (blobs.length > 1 || this.#writtenTo !== position)
      this.#built.shard.commits.commit({ blobs, rowsFollow: true });
  }
}
