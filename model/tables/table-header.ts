import { StartupError } from '../../metrics/process/startup-error.js';
import type { LineProblems } from './line-problems.js';

/** The columns of a table, found by name in any order, whatever the case. */
export class TableHeader {
  readonly path: string;
  readonly #names: readonly string[];

  constructor(path: string, cells: readonly string[]) {
    this.path = path;
    this.#names = cells.map((cell) =>
      cell
        .replace(/^\uFEFF/, '')
        .trim()
        .toLowerCase(),
    );
  }

  /** Number of columns. */
  get width(): number {
    return this.#names.length;
  }

  /** All of them, in their order. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Name of the column at a place; '' beyond the last. */
  nameAt(place: number): string {
    return this.#names[place] ?? '';
  }

  /** A line has `found` cells, which are more or fewer than there are columns; `between` them are tabs, say. */
  addWidthProblem(problems: LineProblems, line: number, found: number, between: string): void {
    const last = Math.min(found, this.width) - (found > this.width ? 1 : 0);
    problems.add(
      line,
      this.nameAt(last),
      `${this.width} cells with ${between} between, as in line 1`,
      `${found}`,
    );
  }

  /** Place of the first of the names that there is; −1 when there is none. Throws `StartupError` for one that stands twice. */
  place(names: readonly string[]): number {
    for (const name of names) {
      const place = this.#names.indexOf(name);
      if (place >= 0 && this.#names.lastIndexOf(name) > place) throw this.#twice(name, place);
      if (place >= 0) return place;
    }
    return -1;
  }

  /** Nobody could say which of the two counts. */
  #twice(name: string, place: number): StartupError {
    const places = `${place + 1} and ${this.#names.lastIndexOf(name) + 1}`;
    return new StartupError(
      'data_unreadable',
      `${this.path}, line 1: expected one column "${name}", found it in places ${places}`,
    );
  }

  /** As `place`, of a column that the table cannot be without. */
  need(names: readonly string[]): number {
    const place = this.place(names);
    if (place >= 0) return place;
    const found = this.#names.join(', ');
    const isCommas = this.#names.length === 1 && found.includes(',');
    const hint = isCommas ? '; columns of a .tsv are separated by tabs, call a table with commas .csv' : '';
    throw new StartupError(
      'data_unreadable',
      `${this.path}: expected a column "${names.join('" or "')}" in line 1, found ${found}${hint}`,
    );
  }
}
