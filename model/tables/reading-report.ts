import type { EventKind } from '../scorer/event-kinds.js';
import { kindName } from './event-names.js';

/** Names of events that are told one by one; the others are told as one. */
const NAMES_MAX = 40;

/** What was read of a shop's tables, what was left out, and why: for whoever knows what should be in them. */
export class ReadingReport {
  lines = 0;
  /** Epoch ms of the first and the last event; NaN without times. */
  firstMs = Number.NaN;
  lastMs = Number.NaN;
  /** The zone that times without one were taken for; undefined when each said its own. */
  zoneTaken: string | undefined;
  readonly #read = new Map<string, number>();
  readonly #leftOut = new Map<string, number>();
  readonly #notes: string[] = [];

  /** A line that was read as an event of a kind. `name` is what the table calls it. */
  read(name: string, kind: EventKind, timeMs: number): void {
    this.lines++;
    const meaning = kindName(kind);
    count(this.#read, name === '' || name === meaning ? meaning : `"${name}" as ${meaning}`);
    if (Number.isNaN(timeMs)) return;
    if (!(timeMs >= this.firstMs)) this.firstMs = timeMs;
    if (!(timeMs <= this.lastMs)) this.lastMs = timeMs;
  }

  leftOut(why: string): void {
    this.lines++;
    count(this.#leftOut, why);
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  /** For people, a line each. */
  text(): string[] {
    const times = Number.isNaN(this.firstMs)
      ? 'without times'
      : `from ${iso(this.firstMs)} to ${iso(this.lastMs)}`;
    const zone =
      this.zoneTaken === undefined
        ? []
        : [`  times without a zone taken for those of ${this.zoneTaken}: --time-zone names another`];
    return [
      `read ${sum(this.#read)} of ${this.lines} lines of events, ${times}`,
      ...zone,
      ...counts('  ', this.#read),
      ...counts('  left out: ', this.#leftOut),
      ...this.#notes.map((note) => `  ${note}`),
    ];
  }
}

function count(map: Map<string, number>, key: string): void {
  const name = map.has(key) || map.size < NAMES_MAX ? key : 'others';
  map.set(name, (map.get(name) ?? 0) + 1);
}

function sum(map: ReadonlyMap<string, number>): number {
  return [...map.values()].reduce((total, one) => total + one, 0);
}

function counts(before: string, map: ReadonlyMap<string, number>): string[] {
  return [...map].toSorted(([, a], [, b]) => b - a).map(([name, lines]) => `${before}${lines} ${name}`);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
