import { StartupError } from '../../../../metrics/process/startup-error.js';

/** Problems told in full; more are only counted. */
const TOLD_MAX = 5;

/** Collects what is wrong with the lines of a table, so that all of it is told at once. */
export class LineProblems {
  readonly #path: string;
  readonly #told: string[] = [];
  #count = 0;

  constructor(path: string) {
    this.#path = path;
  }

  add(line: number, column: string, expected: string, found: string): void {
    if (this.#count++ >= TOLD_MAX) return;
    const shown = found === '' ? 'nothing' : `"${found.slice(0, 60)}"`;
    this.#told.push(`${this.#path}, line ${line}, column "${column}": expected ${expected}, found ${shown}`);
  }

  /** Throws `StartupError` `data_unreadable` when there are any. */
  check(): void {
    if (this.#count === 0) return;
    const more = this.#count - this.#told.length;
    const rest = more > 0 ? [`${this.#path}: and ${more} more lines like these`] : [];
    throw new StartupError('data_unreadable', [...this.#told, ...rest]);
  }
}
