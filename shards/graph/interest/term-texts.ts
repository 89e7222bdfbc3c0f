import { boundedSearch } from '../../../model/catalogue/search/search-text.js';

/**
 * Texts of search terms by `row * nodes + node` with the most nodes a user may have. A map, since few nodes are terms; whoever
 * moves or drops a node moves or drops its text. No text takes more than `SEARCH_TEXT_BYTES`: states and journals written by
 * older versions hold longer ones, which are cut as they come in.
 */
export class TermTexts {
  readonly #texts = new Map<number, string>();

  /** Empty for a node without a text. */
  at(position: number): string {
    return this.#texts.get(position) ?? '';
  }

  set(position: number, text: string): void {
    this.#texts.set(position, boundedSearch(text));
  }

  delete(position: number): void {
    this.#texts.delete(position);
  }

  /** Drops the texts of `count` positions from `start` on. */
  deleteRange(start: number, count: number): void {
    if (this.#texts.size === 0) return;
    for (let position = start; position < start + count; position++) this.#texts.delete(position);
  }

  /** The text at `from`, where there is one, becomes the one at `to`. */
  move(from: number, to: number): void {
    const text = this.#texts.get(from);
    if (text === undefined) return;
    this.#texts.delete(from);
    this.#texts.set(to, text);
  }
}
