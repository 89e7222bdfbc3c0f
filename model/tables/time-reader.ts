import { DateTime, type DateTimeOptions } from 'luxon';
import type { ReadingRules } from './reading-options.js';
import { readNumber } from './read-number.js';

/** From which number on a time is in microseconds, in milliseconds, in seconds since 1970, and what those are in milliseconds. */
const UNITS = [
  { name: 'microseconds since 1970', from: 1e14, factor: 1e-3 },
  { name: 'milliseconds since 1970', from: 1e11, factor: 1 },
  { name: 'seconds since 1970', from: 1e8, factor: 1_000 },
  // Steps of a recording that has no clock.
  { name: 'numbers below 100,000,000', from: 0, factor: 1 },
] as const;

/** ISO 8601, and what data bases make of it: a space for the T and before the zone, UTC for Z. */
const ISO =
  /^(\d{4}-\d\d-(\d\d))(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)(?: ?(Z|UTC|[+-]\d\d:?\d\d))?)?$/i;
const TEXT = 'ISO 8601';
/** Tokens of Luxon for a zone, or for time since 1970. */
const SAYS_ZONE = /[zx]/i;

/**
 * Reads the times of a column: numbers since 1970, or ISO 8601, or what `timeFormat` says. All of a column are of one kind, and
 * numbers in one unit: that of the first that could be read.
 */
export class TimeReader {
  readonly #rules: Pick<ReadingRules, 'timeFormat' | 'timeZone'>;
  readonly #options: DateTimeOptions;
  readonly #isUtc: boolean;
  /** Whether the one that was read last says no zone of its own. */
  lacksZone = false;
  /** What the first one was in. */
  #unit: string | undefined;

  constructor(rules: Pick<ReadingRules, 'timeFormat' | 'timeZone'>) {
    this.#rules = rules;
    this.#options = { zone: rules.timeZone, locale: 'en' };
    this.#isUtc = rules.timeZone.toUpperCase() === 'UTC';
  }

  /** What a cell should hold, for whoever reads a refusal. */
  get expected(): string {
    const { timeFormat } = this.#rules;
    if (timeFormat !== undefined) return `a time as ${timeFormat}`;
    return this.#unit === undefined
      ? 'a time in numbers since 1970 or in ISO 8601 such as 2026-11-27T21:00:00Z; for others name --time-format, such as dd/MM/yyyy HH:mm'
      : `a time in ${this.#unit}, as those before it`;
  }

  /** Epoch ms; NaN for what is no time. */
  read(cell: string): number {
    const text = cell.trim();
    const { timeFormat } = this.#rules;
    this.lacksZone = timeFormat !== undefined && !SAYS_ZONE.test(timeFormat);
    if (timeFormat !== undefined) return DateTime.fromFormat(text, timeFormat, this.#options).toMillis();
    const value = readNumber(text);
    if (!Number.isNaN(value)) return this.#number(value);
    const ms = this.#iso(text);
    return Number.isNaN(ms) || !this.#isOf(TEXT) ? Number.NaN : ms;
  }

  #number(value: number): number {
    const unit = UNITS.find(({ from }) => value >= from);
    return unit === undefined || !this.#isOf(unit.name) ? Number.NaN : value * unit.factor;
  }

  #isOf(unit: string): boolean {
    this.#unit ??= unit;
    return this.#unit === unit;
  }

  #iso(text: string): number {
    const found = ISO.exec(text);
    if (found === null) return Number.NaN;
    const [, date, day, time = '00:00', zone] = found;
    this.lacksZone = zone === undefined;
    const whole = `${date}T${time.replace(',', '.')}`;
    if (zone === undefined && !this.#isUtc) return DateTime.fromISO(whole, this.#options).toMillis();
    // JavaScript takes 31 February for 3 March.
    if (new Date(`${date}T00:00Z`).getUTCDate() !== Number(day)) return Number.NaN;
    return Date.parse(`${whole}${zone === undefined || /utc/i.test(zone) ? 'Z' : zone}`);
  }
}
