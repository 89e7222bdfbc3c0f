import { basename, resolve } from 'node:path';
import { StartupError } from '../../../../metrics/process/startup-error.js';
import type { Item } from '../../../catalogue/shared-catalogue.js';
import { EVENT_KIND, isNeverClick, modelKind } from '../../../scorer/event-kinds.js';
import { eventColumns, findEvents, readEvents, type EventRow } from '../../../tables/events-table.js';
import { giftOf, readItems } from '../../../tables/items-table.js';
import { PLAIN_RULES, type ReadingRules } from '../../../tables/reading-options.js';
import { ReadingReport } from '../../../tables/reading-report.js';
import { withVectorsOf } from '../../../tables/vectors-file.js';
import { findTable } from '../../../tables/table-file.js';
import { DatasetBuilder, attributesOf } from '../dataset-builder.js';
import { sessionCount, type Dataset, type SessionRange } from '../dataset.js';
import { addTestInstances } from './test-instances.js';

/** Recorded interactions and what is known of their items, one for each row of the dataset. */
export interface Interactions {
  readonly dataset: Dataset;
  readonly items: readonly Item[];
  /** Sessions that the data itself keeps for the last figure; undefined where time decides, or when they were not wanted. */
  readonly test: SessionRange | undefined;
}

/** Interactions from the tables of a folder. */
export interface ReadInteractions extends Interactions {
  readonly report: ReadingReport;
}

/** Without sessions in the data a pause of this length ends one, as it does in the interest graph. */
const SESSION_GAP_MS = 30 * 60_000;

/**
 * Reads the tables `events`, `items` and, when wanted, `test_instances` of a folder; and vectors of items where a file `vectors.ndjson` tells them; only the events need be there, and of
 * their columns only the item and a session, or a user and a time. Lines of another split than `train` and events that are
 * no clicks are left out, but the money of refunds. Clicks of a session are put in order of time, then of `order`; sessions in order of
 * their last click, or as they come where there are no times. Rows begin with the items of the table of items. Rejects with
 * `StartupError` `data_unreadable` that names the file, the line and the column.
 */
export async function readInteractions(
  folder: string,
  withTest: boolean,
  rules: ReadingRules = PLAIN_RULES,
): Promise<ReadInteractions> {
  const path = findEvents(folder);
  const columns = await eventColumns(path, rules);
  const itemsPath = findTable(folder, 'items');
  const listed = itemsPath === undefined ? [] : await readItems(itemsPath, columns.isGiftShop, rules);
  const ids = listed.map(({ id }) => id);
  const builder = new DatasetBuilder(ids);
  const report = new ReadingReport();
  const reading = {
    rules,
    items: ids,
    report,
    wants: (kind: number) => kind === EVENT_KIND.refund || !isNeverClick(kind),
  };
  const hash = await readEvents(path, reading, (row) => takeEvent(builder, row));
  if (builder.clickCount === 0) throw empty(path, columns.split >= 0);
  const tests = withTest ? await testsOf(folder, builder, rules) : 0;
  const described = describedItems(builder.items.texts, listed, columns.isGiftShop);
  const items = await withVectorsOf(folder, described);
  const dataset = builder.build(
    columns.isGiftShop ? 'online-retail' : basename(resolve(folder)),
    hash,
    attributesOf(items),
    columns.session < 0 ? SESSION_GAP_MS : Infinity,
  );
  const to = sessionCount(dataset);
  return { dataset, items, test: tests === 0 ? undefined : { from: to - tests, to }, report };
}

function takeEvent(builder: DatasetBuilder, row: EventRow): void {
  const { session, user, item, kind, timeMs, order } = row;
  const money = moneyOf(row);
  if (kind === EVENT_KIND.refund) builder.refund(user, timeMs, money);
  else
    builder.click(session, user, item, {
      kind: modelKind(kind),
      timeMs,
      order,
      money: kind === EVENT_KIND.purchase ? money : 0,
    });
}

/** What was paid or given back, in the shop's currency; 0 where the table does not tell price and quantity. Tables count what comes back below 0, or not. */
function moneyOf({ quantity, unitPrice }: EventRow): number {
  return Math.abs(quantity * unitPrice) || 0;
}

async function testsOf(folder: string, builder: DatasetBuilder, { encoding }: ReadingRules): Promise<number> {
  const path = findTable(folder, 'test_instances');
  return path === undefined ? 0 : await addTestInstances(path, encoding, builder);
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
