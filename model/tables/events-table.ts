import { StartupError } from '../../metrics/process/startup-error.js';
import { EVENT_KIND, type EventKind } from '../scorer/event-kinds.js';
import { EVENT_NAMES, eventKindNamed } from './event-names.js';
import { IdMatch, idProblem } from './id-check.js';
import { ITEM_COLUMN } from './items-table.js';
import { LineProblems } from './line-problems.js';
import type { TakeRow } from './line-splitter.js';
import { isNothing, readNumber } from './read-number.js';
import { IGNORED, type ReadingRules } from './reading-options.js';
import type { ReadingReport } from './reading-report.js';
import { findTable, readHeader, readTable } from './table-file.js';
import type { TableHeader } from './table-header.js';
import { TimeReader } from './time-reader.js';

const SESSION = ['session', 'session_or_user', 'session_id', 'sessionid', 'invoice'];
const USER = ['user', 'user_id', 'visitor', 'visitor_id', 'visitorid', 'customer'];
const TYPE = ['event_type', 'event', 'type'];
const TIME = ['timestamp', 'timestamp_ms', 'time', 'event_time'];
const ORDER = ['order', 'position'];
const QUANTITY = ['quantity'];
const UNIT_PRICE = ['unit_price'];
const SPLIT = ['split'];

/** One event of a table; reused for the next line. */
export interface EventRow {
  /** What the table groups events by: a visit, an invoice; the user where it has neither. */
  session: string;
  /** '' when unknown. */
  user: string;
  item: string;
  kind: EventKind;
  /** Epoch ms; NaN where the table has no times. */
  timeMs: number;
  /** Place among events of the same time; 0 where the table does not say. */
  order: number;
  /** NaN where the table does not say. */
  quantity: number;
  unitPrice: number;
}

/** Where the columns of a table of events are, −1 for those it does not have. */
export interface EventColumns {
  readonly session: number;
  readonly user: number;
  readonly item: number;
  readonly type: number;
  readonly time: number;
  readonly order: number;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly split: number;
  /** The form of online-retail, whose items are described by their titles alone. */
  readonly isGiftShop: boolean;
}

/** How events are read, and who hears of them. */
export interface EventReading {
  readonly rules: ReadingRules;
  /** Ids of the table of items; none when there is no such table. */
  readonly items: readonly string[];
  readonly report: ReadingReport;
  /** Lines of every split are read, and not those of `train` alone. */
  readonly allSplits?: boolean;
  /** Kinds that are wanted; lines of others are left out before their cells are looked at. */
  readonly wants: (kind: EventKind) => boolean;
}

/** Path of the table of events in a folder. */
export function findEvents(folder: string): string {
  const path = findTable(folder, 'events');
  if (path !== undefined) return path;
  throw new StartupError(
    'data_unreadable',
    `${folder}: expected events.tsv or events.csv, gzipped or not, found none; name a folder with recorded interactions`,
  );
}

export async function eventColumns(path: string, { encoding }: ReadingRules): Promise<EventColumns> {
  return columnsOf(await readHeader(path, encoding));
}

/**
 * Reads the events of a table, in its order. Resolves to the SHA-256 of its unpacked bytes. Rejects with `StartupError`
 * `data_unreadable` that names file, line and column of all that would be misread: unknown names, times of another form, ids
 * that are none or that the table of items writes in another way.
 */
export async function readEvents(
  path: string,
  reading: EventReading,
  take: (row: EventRow) => void,
): Promise<string> {
  const problems = new LineProblems(path);
  const match = new IdMatch(reading.items);
  const hash = await readTable(path, reading.rules.encoding, (header) =>
    rowTaker(new EventCells(header, reading, problems, match), take),
  );
  problems.check();
  if (match.unlisted > 0 && match.listed === 0)
    throw new StartupError(
      'data_unreadable',
      `${path}: expected ids of the table of items in column "item", found none of them`,
    );
  if (match.unlisted > 0)
    reading.report.note(`${match.unlisted} of items that the table of items does not have`);
  return hash;
}

function columnsOf(header: TableHeader): EventColumns {
  const item = header.need(ITEM_COLUMN);
  const [user, type, time, order, quantity, unitPrice, split] = [
    USER,
    TYPE,
    TIME,
    ORDER,
    QUANTITY,
    UNIT_PRICE,
    SPLIT,
  ].map((names) => header.place(names));
  const session = user >= 0 && time >= 0 ? header.place(SESSION) : header.need(SESSION);
  const isGiftShop = header.place(['invoice']) >= 0 && header.place(['customer']) >= 0;
  return { session, user, item, type, time, order, quantity, unitPrice, split, isGiftShop };
}

function rowTaker(cells: EventCells, take: (row: EventRow) => void): TakeRow {
  return (line, number) => {
    const row = cells.read(line, number);
    if (row !== undefined) take(row);
  };
}

/** Reads the cells of one line after the other. */
class EventCells {
  readonly #header: TableHeader;
  readonly #columns: EventColumns;
  readonly #reading: EventReading;
  readonly #problems: LineProblems;
  readonly #match: IdMatch;
  readonly #times: TimeReader;
  readonly #kinds = new Map<string, EventKind | typeof IGNORED>();
  readonly #row: EventRow = {
    session: '',
    user: '',
    item: '',
    kind: EVENT_KIND.unknown,
    timeMs: Number.NaN,
    order: 0,
    quantity: Number.NaN,
    unitPrice: Number.NaN,
  };

  constructor(header: TableHeader, reading: EventReading, problems: LineProblems, match: IdMatch) {
    this.#header = header;
    this.#columns = columnsOf(header);
    this.#reading = reading;
    this.#problems = problems;
    this.#match = match;
    this.#times = new TimeReader(reading.rules);
  }

  /** Undefined for a line that is left out, or that is wrong. */
  read(cells: readonly string[], line: number): EventRow | undefined {
    const { split, type } = this.#columns;
    const { report, wants, allSplits } = this.#reading;
    if (split >= 0 && allSplits !== true && cells[split] !== 'train')
      return this.#leaveOut('of another split than "train"');
    const name = type < 0 ? '' : cells[type];
    const kind = type < 0 ? EVENT_KIND.select_item : this.#kind(name);
    if (kind === IGNORED) return this.#leaveOut(`"${name}", as --event-map says`);
    if (kind === EVENT_KIND.unknown) return this.#refuseName(line, name);
    if (!wants(kind)) return this.#leaveOut(`"${name}", which is no click`);
    if (!this.#fill(cells, line)) return undefined;
    this.#row.kind = kind;
    report.read(name, kind, this.#row.timeMs);
    return this.#row;
  }

  /** False when a cell is wrong. */
  #fill(cells: readonly string[], line: number): boolean {
    const { time, order, quantity, unitPrice } = this.#columns;
    const row = this.#row;
    if (!this.#fillIds(cells, line)) return false;
    row.timeMs = time < 0 ? Number.NaN : this.#times.read(cells[time]);
    if (time >= 0 && Number.isNaN(row.timeMs))
      return this.#wrong(line, time, this.#times.expected, cells[time]);
    if (this.#times.lacksZone) this.#reading.report.zoneTaken = this.#reading.rules.timeZone;
    row.order = order < 0 ? 0 : readNumber(cells[order]);
    if (Number.isNaN(row.order)) return this.#wrong(line, order, 'a number', cells[order]);
    row.quantity = quantity < 0 ? Number.NaN : readNumber(cells[quantity]);
    row.unitPrice = unitPrice < 0 ? Number.NaN : readNumber(cells[unitPrice]);
    return true;
  }

  #fillIds(cells: readonly string[], line: number): boolean {
    const { session, user, item } = this.#columns;
    const row = this.#row;
    row.item = cells[item];
    const wrong = idProblem(row.item) ?? this.#match.problem(row.item);
    if (wrong !== undefined) return this.#wrong(line, item, wrong, row.item);
    row.user = user < 0 || isNothing(cells[user]) ? '' : cells[user];
    row.session = session < 0 ? row.user : cells[session];
    const whose = session < 0 ? user : session;
    const problem = idProblem(row.session) ?? (row.user === '' ? undefined : idProblem(row.user));
    return problem === undefined || this.#wrong(line, whose, problem, cells[whose]);
  }

  #kind(name: string): EventKind | typeof IGNORED {
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      kind = this.#reading.rules.eventMap.get(name.trim()) ?? eventKindNamed(name);
      this.#kinds.set(name, kind);
    }
    return kind;
  }

  #refuseName(line: number, name: string): undefined {
    const known = `one of ${EVENT_NAMES.join(', ')}, or a name that --event-map "NAME=EVENT" tells the meaning of`;
    this.#wrong(line, this.#columns.type, known, name);
    return undefined;
  }

  #leaveOut(why: string): undefined {
    this.#reading.report.leftOut(why);
    return undefined;
  }

  /** @param column place of the cell; the table's own name of it is told. */
  #wrong(line: number, column: number, expected: string, found: string): false {
    this.#problems.add(line, this.#header.nameAt(column), expected, found);
    return false;
  }
}
