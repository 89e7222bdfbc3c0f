import type { PageKind } from './interaction-buffers.js';
import type { InteractionGraph } from './interaction-graph.js';
import { pageWrite, positionWrite, type PageWrite } from './interaction-pages.js';

/**
 * Writes out all pages changed since the last sweep, a few at a time, while the graph goes on changing. Each page is taken as it
 * is at its turn, and says which journal position it contains; recovery applies an event only to pages that do not contain it.
 * What changes once its page was taken is for the next sweep. One at a time for a graph.
 *
 * The position of all pages comes last: whatever changed before the sweep began is in some stored page by then.
 */
export class PageSweep {
  readonly #graph: InteractionGraph;
  readonly #seal: (write: PageWrite) => PageWrite;
  readonly #left: Record<PageKind, Set<number>>;
  #isOver = false;
  /** Journal position at which it began, which all stored pages contain when it is through. */
  readonly position: number;

  /**
   * Begins a sweep.
   * @param position end of the journal, all of which the graph contains
   * @param seal makes a blob ready for the store
   */
  constructor(graph: InteractionGraph, position: number, seal: (write: PageWrite) => PageWrite) {
    this.#graph = graph;
    this.#seal = seal;
    this.position = position;
    this.#left = { items: new Set(graph.dirtyItemPages), sessions: new Set(graph.dirtySessionPages) };
  }

  /** True when all pages were taken, and the position. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Up to `count` pages as they are now, the caller's, for one commit; the last ones come with the position.
   * @param position end of the journal, all of which the graph contains
   */
  take(count: number, position: number): PageWrite[] {
    const writes: PageWrite[] = [];
    for (const kind of ['items', 'sessions'] as const)
      for (const page of this.#left[kind]) {
        if (writes.length === count) return writes;
        this.#left[kind].delete(page);
        this.#dirty(kind).delete(page);
        writes.push(this.#seal(pageWrite(this.#graph, kind, page, position)));
      }
    writes.push(positionWrite(this.position));
    this.#isOver = true;
    return writes;
  }

  #dirty(kind: PageKind): Set<number> {
    return kind === 'items' ? this.#graph.dirtyItemPages : this.#graph.dirtySessionPages;
  }
}
