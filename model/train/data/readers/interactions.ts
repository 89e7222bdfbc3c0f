import { basename, resolve } from 'node:path';
import { StartupError } from '../../../../metrics/process/startup-error.js';
import type { Item } from '../../../catalogue/shared-catalogue.js';
import { EVENT_KIND, isNeverClick } from '../../../scorer/event-kinds.js';
import { DatasetBuilder, attributesOf } from '../dataset-builder.js';
import { sessionCount, type Dataset, type SessionRange } from '../dataset.js';
import { EVENT_NAMES, eventKindNamed } from './event-names.js';
import { giftOf, idProblem, ITEM_COLUMN, readItems } from './items.js';
import { LineProblems } from './line-problems.js';
import type { TakeRow } from './line-splitter.js';
import { findTable, readHeader, readTable } from './table-file.js';
import { readNumber } from './read-number.js';
import type { TableHeader } from './table-header.js';
import { addTestInstances } from './test-instances.js';
import { TimeReader } from './time-reader.js';

/** Recorded interactions and what is known of their items, one for each row of the dataset. */
export interface Interactions {
  readonly dataset: Dataset;
  readonly items: readonly Item[];
  /** Sessions that the data itself keeps for the last figure; undefined where time decides, or when they were not wanted. */
  readonly test: SessionRange | undefined;
}

const SESSION = ['session', 'session_or_user', 'session_id', 'sessionid', 'invoice'];
const USER = ['user', 'user_id', 'visitor', 'visitor_id', 'visitorid', 'customer'];
const TYPE = ['event_type', 'event', 'type'];
const TIME = ['timestamp', 'timestamp_ms', 'time', 'event_time'];
const ORDER = ['order', 'position'];
const SPLIT = ['split'];

/** Without sessions in the data a pause of this length ends one, as it does in the interest graph. */
const SESSION_GAP_MS = 30 * 60_000;

/**
 * Reads `events.tsv`, `items.tsv` and, when wanted, `test_instances.tsv` of a folder, each gzipped or not; only the events
 * need be there, and of their columns only the item and a session, or a user and a time. Lines of another split than
 * `train`, returns and other events that are no clicks are left out. Clicks of a session are put in order of time, then of
 * `order`; sessions in order of their last click, or as they come where there are no times. Rows begin with the items of
 * `items.tsv`. Rejects with `StartupError` `data_unreadable` that names the file, the line and the column.
 */
export async function readInteractions(folder: string, withTest: boolean): Promise<Interactions> {
  const path = eventsOf(folder);
  const columns = placesOf(await readHeader(path));
  const itemsPath = findTable(folder, 'items');
  const listed = itemsPath === undefined ? [] : await readItems(itemsPath, columns.isGiftShop);
  const builder = new DatasetBuilder(listed.map(({ id }) => id));
  const problems = new LineProblems(path);
  const hash = await readTable(path, () => eventTaker(columns, builder, problems));
  problems.check();
  if (builder.clickCount === 0) throw empty(path, columns.split >= 0);
  const testPath = withTest ? findTable(folder, 'test_instances') : undefined;
  const tests = testPath === undefined ? 0 : await addTestInstances(testPath, builder);
  const items = describedItems(builder.items.texts, listed, columns.isGiftShop);
  const dataset = builder.build(
    columns.isGiftShop ? 'online-retail' : basename(resolve(folder)),
    hash,
    attributesOf(items),
    columns.session < 0 ? SESSION_GAP_MS : Infinity,
  );
  const to = sessionCount(dataset);
  return { dataset, items, test: tests === 0 ? undefined : { from: to - tests, to } };
}

function eventsOf(folder: string): string {
  const path = findTable(folder, 'events');
  if (path !== undefined) return path;
  throw new StartupError(
    'data_unreadable',
    `${folder}: expected events.tsv.gz or events.tsv, found neither; name a folder with recorded interactions with --data`,
  );
}

interface EventColumns {
  readonly session: number;
  readonly user: number;
  readonly item: number;
  readonly type: number;
  readonly time: number;
  readonly order: number;
  readonly split: number;
  /** The form of online-retail, whose items are described by their titles alone. */
  readonly isGiftShop: boolean;
}

function placesOf(header: TableHeader): EventColumns {
  const item = header.need(ITEM_COLUMN);
  const [user, type, time, order, split] = [USER, TYPE, TIME, ORDER, SPLIT].map((names) =>
    header.place(names),
  );
  const session = user >= 0 && time >= 0 ? header.place(SESSION) : header.need(SESSION);
  const isGiftShop = header.place(['invoice']) >= 0 && header.place(['customer']) >= 0;
  return { session, user, item, type, time, order, split, isGiftShop };
}

function eventTaker(columns: EventColumns, builder: DatasetBuilder, problems: LineProblems): TakeRow {
  const { session, user, item, type, time, order, split } = columns;
  const key = session >= 0 ? session : user;
  const times = new TimeReader();
  const kinds = new Map<string, number>();
  const kindOf = (name: string) => {
    let kind = kinds.get(name);
    if (kind === undefined) kinds.set(name, (kind = eventKindNamed(name)));
    return kind;
  };
  return (cells, line) => {
    if (split >= 0 && cells[split] !== 'train') return;
    const kind = type < 0 ? EVENT_KIND.select_item : kindOf(cells[type]);
    if (kind === EVENT_KIND.unknown)
      return problems.add(line, 'event_type', `one of ${EVENT_NAMES.join(', ')}`, cells[type]);
    if (isNeverClick(kind)) return;
    const id = cells[item];
    const owner = cells[key];
    const atMs = time < 0 ? Number.NaN : times.read(cells[time]);
    const place = order < 0 ? 0 : readNumber(cells[order]);
    const wrong = idProblem(id);
    if (wrong !== undefined) return problems.add(line, 'item', wrong, id);
    if (owner === '') return problems.add(line, session >= 0 ? 'session' : 'user', 'an id', '');
    if (time >= 0 && Number.isNaN(atMs)) return problems.add(line, 'timestamp', 'a time', cells[time]);
    if (Number.isNaN(place)) return problems.add(line, 'order', 'a number', cells[order]);
    builder.click(owner, user < 0 ? '' : cells[user], id, { kind, timeMs: atMs, order: place });
  };
}

function empty(path: string, hasSplit: boolean): StartupError {
  const what = hasSplit ? 'lines whose split is "train"' : 'lines after the header';
  return new StartupError('data_unreadable', `${path}: expected ${what}, found none`);
}

function describedItems(
  ids: readonly string[],
  listed: readonly Item[],
  isGiftShop: boolean,
): readonly Item[] {
  if (ids.length === listed.length) return listed;
  const others = ids.slice(listed.length).map((id) => (isGiftShop ? giftOf(id, '') : { id }));
  return [...listed, ...others];
}
