import type { Item } from '../catalogue/shared-catalogue.js';
import { firstProblem, itemSchema } from '../catalogue/item.js';

/** A line of a catalogue file that was not taken; `line` counts from 1. */
export interface LineError {
  readonly line: number;
  readonly message: string;
}

export interface ParsedItems {
  readonly items: readonly Item[];
  /** Line number of each item. */
  readonly lines: readonly number[];
  /** The first `LINE_ERRORS_MAX` refused lines. */
  readonly errors: readonly LineError[];
  /** All refused lines. */
  readonly refusedCount: number;
}

/** Errors that are kept of one text; more are only counted. */
export const LINE_ERRORS_MAX = 100;

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Reads items from NDJSON, one per line; empty lines are skipped. A line that is not JSON, or not an item, is reported
 * with its number and the others are taken. The same id may come twice: both items are returned, in order.
 */
export function parseItemsNdjson(text: string): ParsedItems {
  const items: Item[] = [];
  const lines: number[] = [];
  const errors: LineError[] = [];
  let refusedCount = 0;
  let line = 0;
  for (let start = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0; start <= text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    line++;
    const source = text.slice(start, end).trim();
    start = end + 1;
    if (source === '') continue;
    const read = readItemText(source);
    if (typeof read === 'string') {
      if (refusedCount++ < LINE_ERRORS_MAX) errors.push({ line, message: read });
    } else {
      items.push(read);
      lines.push(line);
    }
  }
  return { items, lines, errors, refusedCount };
}

/** One item from its JSON; or what is wrong with it, for people. `problemOf` may find something in what is JSON. */
export function readItemText(
  source: string,
  problemOf?: (value: unknown) => string | undefined,
): Item | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(source);
  } catch (error) {
    return `not JSON: ${(error as Error).message}`;
  }
  const problem = problemOf?.(parsed);
  if (problem !== undefined) return problem;
  const result = itemSchema.safeParse(parsed);
  return result.success ? result.data : firstProblem(result.error);
}
