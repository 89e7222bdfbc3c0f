import type { EventName } from '../../gateway/protocol/messages.js';
import { kindName } from '../../model/tables/event-names.js';
import { eventColumns, type EventRow, readEvents } from '../../model/tables/events-table.js';
import { readItems } from '../../model/tables/items-table.js';
import type { ReadingRules } from '../../model/tables/reading-options.js';
import { ReadingReport } from '../../model/tables/reading-report.js';
import type { RecordedEvent, RecordedItem, Recording } from './recorded.js';

/** A recording in two tables; what is not named is not read. */
export interface RecordedTables {
  readonly events?: string;
  readonly items?: string;
}

/** A recording, and what was read of its tables. */
export interface ReadRecording extends Recording {
  readonly report: ReadingReport;
}

/**
 * Reads a recording as training reads it, so that a replay calls items what their model calls them. Events come in time order, in file
 * order where they have no times. Rejects with `StartupError` `data_unreadable`.
 */
export async function readRecording(
  { events, items }: RecordedTables,
  rules: ReadingRules,
): Promise<ReadRecording> {
  const isGiftShop = events !== undefined && (await eventColumns(events, rules)).isGiftShop;
  const listed: readonly RecordedItem[] =
    items === undefined ? [] : await readItems(items, isGiftShop, rules);
  const report = new ReadingReport();
  const rows: RecordedEvent[] = [];
  if (events !== undefined) {
    const reading = { rules, items: listed.map(({ id }) => id), report, wants: isClick, allSplits: true };
    await readEvents(events, reading, (row) => rows.push(eventOf(row)));
  }
  const isTimed = rows.length > 0 && !Number.isNaN(rows[0].tsMs);
  // Array sorting is stable: lines of the same instant stay in the order of the file.
  return { items: listed, events: isTimed ? rows.toSorted((a, b) => a.tsMs - b.tsMs) : rows, report };
}

/** Kinds that a replay does not send: what names no item, was shown by the shop alone, or needs what no column holds. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'view_item_list',
  'view_promotion',
  'search',
  'rate_item',
  'review',
]);

function isClick(kind: number): boolean {
  return !NOT_SENT.has(kindName(kind));
}

function eventOf({ session, user, item, kind, timeMs, quantity, unitPrice }: EventRow): RecordedEvent {
  const units = Math.abs(quantity);
  const value = Number((units * unitPrice).toFixed(2));
  return {
    user: user === '' ? session : user,
    session,
    item,
    e: kindName(kind) as EventName,
    tsMs: timeMs,
    ...(units > 0 && { quantity: units }),
    ...(units > 0 && !Number.isNaN(value) && { value }),
  };
}
