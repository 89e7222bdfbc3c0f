import { StartupError } from '../../metrics/process/startup-error.js';

/** Problems told in full; more are only counted. */
const TOLD_MAX = 5;

/** A problem, where it was found first, and how many lines have it. */
interface ToldProblem {
  readonly text: string;
  lines: number;
}

/** Collects what is wrong with the lines of a table, so that all of it is told at once. */
export class LineProblems {
  readonly #path: string;
  readonly #toldMax: number;
  /** By column, and by what was expected and found. */
  readonly #told = new Map<string, ToldProblem>();
  #count = 0;

  /** @param toldMax problems that are told in full */
  constructor(path: string, toldMax = TOLD_MAX) {
    this.#path = path;
    this.#toldMax = toldMax;
  }

  /** Problems so far. */
  get count(): number {
    return this.#count;
  }

  add(line: number, column: string, expected: string, found: string): void {
    this.#count++;
    const shown = found === '' ? 'nothing' : `"${found.slice(0, 60)}"`;
    const key = `${column}\n${expected}\n${shown}`;
    const known = this.#told.get(key);
    if (known !== undefined) known.lines++;
    else if (this.#told.size < this.#toldMax)
      this.#told.set(key, {
        text: `${this.#path}, line ${line}, column "${column}": expected ${expected}, found ${shown}`,
        lines: 1,
      });
  }

  /** Throws `StartupError` `data_unreadable` when there are any. */
  check(): void {
    if (this.#count > 0) throw new StartupError('data_unreadable', this.text());
  }

  /** For people, a line for each problem that is told, and one for the others. */
  text(): string[] {
    const told = [...this.#told.values()];
    const lines = told.map(({ text, lines: of }) => (of === 1 ? text : `${text}, in ${of} lines`));
    const more = this.#count - told.reduce((sum, problem) => sum + problem.lines, 0);
    if (more > 0) lines.push(`${this.#path}: and ${more} more lines like these`);
    return lines;
  }
}
