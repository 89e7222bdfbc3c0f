import type { EventName } from '../../gateway/protocol/messages.js';
import type { RecordedEvent, RecordedItem } from './recorded.js';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

/** How one shop's files are read. A file is of the format whose `columns` its header has. */
interface Format<T> {
  readonly name: string;
  readonly columns: readonly string[];
  readonly read: (row: Row) => T;
}

const EVENT_NAME: Readonly<Record<string, EventName>> = {
  purchase: 'purchase',
  return: 'refund',
  view: 'view_item',
  click: 'view_item',
  cart: 'add_to_cart',
};

const EVENT_FORMATS: readonly Format<RecordedEvent>[] = [
  {
    name: 'online-retail',
    columns: ['customer', 'invoice', 'item', 'event_type', 'timestamp', 'quantity', 'unit_price'],
    read: (row) => {
      const quantity = Math.abs(numberIn(row, 'quantity'));
      const value = Number((quantity * numberIn(row, 'unit_price')).toFixed(2));
      return {
        ...common(row),
        user: row('customer'),
        session: row('invoice'),
        tsMs: numberIn(row, 'timestamp'),
        quantity,
        value,
      };
    },
  },
  {
    name: 'rees46-mini',
    columns: ['session_or_user', 'item', 'event_type', 'timestamp', 'user', 'price'],
    read: (row) => ({
      ...common(row),
      user: row('user'),
      session: row('session_or_user'),
      tsMs: numberIn(row, 'timestamp'),
    }),
  },
  {
    name: 'diginetica',
    columns: ['session', 'item', 'event_type', 'order'],
    read: (row) => ({ ...common(row), user: row('session'), session: row('session'), tsMs: Number.NaN }),
  },
];

const ITEM_FORMATS: readonly Format<RecordedItem>[] = [
  {
    name: 'online-retail',
    columns: ['item', 'title', 'median_price_gbp', 'first_sold'],
    read: (row) =>
      compact({
        id: row('item'),
        title: row('title'),
        price: numeric(row, 'median_price_gbp'),
        createdMs: numeric(row, 'first_sold'),
      }),
  },
  {
    name: 'rees46-mini',
    columns: ['item', 'category_id', 'category_code', 'brand', 'price'],
    read: (row) =>
      compact({
        id: row('item'),
        category: row('category_code') || row('category_id'),
        brand: row('brand'),
        price: numeric(row, 'price'),
      }),
  },
  { name: 'diginetica', columns: ['item', 'train_count'], read: (row) => ({ id: row('item') }) },
];

/**
 * Events in time order (in file order where they have no times). Rejects when the file cannot be read, is of no known format,
 * or has an event type that no contract event stands for.
 */
export async function readRecordedEvents(path: string): Promise<readonly RecordedEvent[]> {
  const rows = await readRows(path, (columns) => formatOf(EVENT_FORMATS, columns, path).read);
  const isTimed = rows.length > 0 && !Number.isNaN(rows[0].tsMs);
  // Array sorting is stable: lines of the same instant stay in the order of the file.
  return isTimed ? rows.toSorted((a, b) => a.tsMs - b.tsMs) : rows;
}

/** Items as the file has them. Rejects as `readRecordedEvents`. */
export function readRecordedItems(path: string): Promise<readonly RecordedItem[]> {
  return readRows(path, (columns) => formatOf(ITEM_FORMATS, columns, path).read);
}

function formatOf<T>(formats: readonly Format<T>[], columns: readonly string[], path: string): Format<T> {
  const format = formats.find((one) => one.columns.every((column) => columns.includes(column)));
  if (format !== undefined) return format;
  const known = formats.map((one) => `${one.name}: ${one.columns.join(' ')}`).join('; ');
  throw new Error(`${path}: the header "${columns.join(' ')}" is of no known format (${known})`);
}

function common(row: Row): Pick<RecordedEvent, 'item' | 'e'> {
  const type = row('event_type');
  const e = EVENT_NAME[type];
  if (e === undefined)
    throw new Error(`event type "${type}" is none of ${Object.keys(EVENT_NAME).join(', ')}`);
  return { item: row('item'), e };
}

/** Undefined for an empty cell. Throws for one that holds something else than a finite number. */
function numeric(row: Row, column: string): number | undefined {
  return row(column) === '' ? undefined : numberIn(row, column);
}

function numberIn(row: Row, column: string): number {
  const text = row(column);
  if (text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  throw new Error(`column "${column}": expected a number, found "${text}"`);
}

/** Without members that are '' or undefined. */
function compact(item: RecordedItem): RecordedItem {
  return Object.fromEntries(
    Object.entries(item).filter(([, value]) => value !== '' && value !== undefined),
  ) as unknown as RecordedItem;
}

/** One line, by column name. A column that the header does not have is ''. */
export type Row = (column: string) => string;

/**
 * Reads a tab-separated file with one header line, gunzipped when it ends in `.gz`. `readerFor` chooses, by the header, how a
 * line becomes a `T`. Rejects when the file cannot be read, with what `readerFor` throws (an empty file has no columns), or with the
 * file, the line and what is wrong there.
 */
export async function readRows<T>(
  path: string,
  readerFor: (columns: readonly string[]) => (row: Row) => T,
): Promise<T[]> {
  const file = createReadStream(path);
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  // A pipe does not hand errors on; without this a missing file would end the process.
  file.on('error', (error) => input.destroy(error));
  let columns: readonly string[] = [];
  let read: ((row: Row) => T) | undefined;
  const rows: T[] = [];
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number++;
    if (read === undefined) {
      columns = line.split('\t');
      read = readerFor(columns);
    } else if (line !== '') rows.push(readLine(line, columns, read, `${path}, line ${number}`));
  }
  if (read === undefined) readerFor(columns);
  return rows;
}

/** `place` is the file and the line, for what is wrong there. */
function readLine<T>(line: string, columns: readonly string[], read: (row: Row) => T, place: string): T {
  const cells = line.split('\t');
  if (cells.length !== columns.length)
    throw new Error(`${place}: expected ${columns.length} cells with tabs between, found ${cells.length}`);
  try {
    return read(rowOf(columns, cells));
  } catch (error) {
    throw new Error(`${place}: ${(error as Error).message}`, { cause: error });
  }
}

function rowOf(columns: readonly string[], cells: readonly string[]): Row {
  return (column) => cells[columns.indexOf(column)] ?? '';
}
