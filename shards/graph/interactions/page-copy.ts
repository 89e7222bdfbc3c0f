import type { InteractionGraph } from './interaction-graph.js';
import { encodePage, pageKey, positionWrite, type PageKind, type PageWrite } from './interaction-pages.js';

/**
 * A copy of all pages changed since the last one, as they are when it begins, made a few pages at a time while the graph goes on
 * changing: a page that is about to change is copied first. One at a time for a graph.
 *
 * How much memory: until `end`, the bytes of the pages copied so far (100 kB for 64 items).
 */
export class PageCopy {
  readonly #graph: InteractionGraph;
  readonly #position: number;
  readonly #seal: (write: PageWrite) => PageWrite;
  /** Pages still to copy. */
  readonly #left: Record<PageKind, Set<number>>;
  readonly #copied: Record<PageKind, number[]> = { items: [], sessions: [] };
  readonly #writes: PageWrite[] = [];

  /**
   * Begins the copy.
   * @param position of the journal that the pages contain
   * @param seal makes a blob ready for the store
   */
  constructor(graph: InteractionGraph, position: number, seal: (write: PageWrite) => PageWrite) {
    this.#graph = graph;
    this.#position = position;
    this.#seal = seal;
    this.#left = { items: new Set(graph.dirtyItemPages), sessions: new Set(graph.dirtySessionPages) };
    graph.dirtyItemPages.clear();
    graph.dirtySessionPages.clear();
    graph.copy = this;
  }

  /** To be called before anything of a page changes. */
  beforeChange(kind: PageKind, page: number): void {
    if (this.#left[kind].delete(page)) this.#take(kind, page);
  }

  /** Copies up to `count` pages. True while some are left. */
  step(count: number): boolean {
    let taken = 0;
    for (const kind of ['items', 'sessions'] as const)
      for (const page of this.#left[kind]) {
        if (taken++ === count) return true;
        this.beforeChange(kind, page);
      }
    return false;
  }

  /** After the last step: the pages, and the position they contain, to be committed together; the caller's. */
  end(): PageWrite[] {
    this.#graph.copy = undefined;
    this.#writes.push(positionWrite(this.#position));
    return this.#writes;
  }

  /** Gives the copy up: all its pages count as changed. */
  abandon(): void {
    const { dirtyItemPages, dirtySessionPages } = this.#graph;
    for (const page of [...this.#left.items, ...this.#copied.items]) dirtyItemPages.add(page);
    for (const page of [...this.#left.sessions, ...this.#copied.sessions]) dirtySessionPages.add(page);
    this.#graph.copy = undefined;
  }

  #take(kind: PageKind, page: number): void {
    this.#copied[kind].push(page);
    this.#writes.push(
      this.#seal({ key: pageKey(kind, page), bytes: encodePage(this.#graph.shared, kind, page) }),
    );
  }
}
