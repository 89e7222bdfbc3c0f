import { readNumber } from './read-number.js';

/** From which number on the first time of a column is in microseconds, in milliseconds, in seconds since 1970. */
const MICROSECONDS_FROM = 1e14;
const MILLISECONDS_FROM = 1e11;
const SECONDS_FROM = 1e8;

/** A date and a time of day without a zone. */
const WITHOUT_ZONE = /^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?$/;

/**
 * Reads times of a column: numbers since 1970, in the unit that the first one is in (small numbers are milliseconds), or dates
 * with or without a time of day, UTC unless they say otherwise.
 */
export class TimeReader {
  /** What a number is multiplied by. */
  #factor: number | undefined;

  /** Epoch ms; NaN for what is no time. */
  read(cell: string): number {
    const value = readNumber(cell);
    if (Number.isNaN(value))
      return Date.parse(WITHOUT_ZONE.test(cell) ? `${cell.replace(' ', 'T')}${zoneOf(cell)}` : cell);
    this.#factor ??= factorOf(value);
    return value * this.#factor;
  }
}

/** A date alone is UTC for JavaScript, a date with a time of day is local unless it says Z. */
function zoneOf(cell: string): string {
  return cell.length > 10 ? 'Z' : '';
}

function factorOf(value: number): number {
  if (value >= MICROSECONDS_FROM) return 1e-3;
  if (value >= MILLISECONDS_FROM) return 1;
  return value >= SECONDS_FROM ? 1_000 : 1;
}
