import type { Clock } from '../../metrics/process/clock.js';
import { isEvent, userOfEntry, type JournalEvent } from '../store/journal-entry.js';
import type { Quarantine } from '../quarantine/quarantine.js';
import { recordTime } from '../store/journal-record.js';
import { readRecords } from '../quarantine/read-records.js';
import type { SessionRow } from '../store/shard-states.js';
import type { ShardStore } from '../store/store.js';

/** How long one page is read, and entries of the journal that it goes through at most: clicks wait no longer behind it. */
const PAGE_US = 1_000;
const PAGE_ENTRIES = 4_096;

/** A piece of all that a shard keeps of some users: what its journal has from one position to another. */
export interface ExportPage {
  /** Their events, oldest first. */
  readonly events: readonly JournalEvent[];
  /** When each of them was committed, epoch ms; 0 where its record does not say so. */
  readonly times: readonly number[];
  /** Keys of visitors who were merged into one of them. */
  readonly visitors: readonly string[];
  /** Who of them was removed, and the position after that: what the journal has of them before is not theirs any more. */
  readonly removals: readonly Removal[];
  /** Where the next page begins; undefined behind the last. */
  readonly next: number | undefined;
}

/** A user was removed, and the position after that. */
export interface Removal {
  readonly user: string;
  readonly end: number;
}

/** Whose events are wanted: of each user those from a position on. */
export interface ExportWanted {
  readonly users: readonly string[];
  /** As many; `REMOVALS_ONLY` for none. */
  readonly since: readonly number[];
}

/** A position that no journal reaches. */
export const REMOVALS_ONLY = Number.MAX_SAFE_INTEGER;

/** What a page is read with. */
export interface ExportSources {
  readonly store: ShardStore;
  readonly quarantine: Pick<Quarantine, 'take'>;
  readonly clock: Pick<Clock, 'nowUs'>;
}

/** The page that begins at `from`. The caller owns it. Call between two ticks. */
export function readExportPage(
  { store, quarantine, clock }: ExportSources,
  { users, since }: ExportWanted,
  from: number,
): ExportPage {
  const wanted = new Map(users.map((user, i) => [user, since[i]]));
  const [events, times, visitors] = [[] as JournalEvent[], [] as number[], [] as string[]];
  const removals: Removal[] = [];
  const untilUs = clock.nowUs() + PAGE_US;
  let next = from;
  for (const { position, entries, bytes } of readRecords(store, quarantine, from)) {
    next = position + entries.length;
    const already = events.length;
    for (const [i, entry] of entries.entries()) {
      const sinceEntry = position + i < from ? undefined : wanted.get(userOfEntry(entry) ?? '');
      if (sinceEntry === undefined) continue;
      if (entry.entry === 'removed') removals.push({ user: entry.user, end: position + i + 1 });
      else if (position + i < sinceEntry) continue;
      else if (isEvent(entry)) events.push(entry);
      else if (entry.entry === 'merged') visitors.push(entry.visitor);
    }
    if (events.length > already) times.push(...timesOf(bytes, events.length - already));
    if (next - from >= PAGE_ENTRIES || clock.nowUs() >= untilUs) break;
  }
  const isLast = next === from || next >= store.journal.end;
  return { events, times, visitors, removals, next: isLast ? undefined : next };
}

/** The time of a record, once for each of `count` events. */
function timesOf(record: Uint8Array, count: number): number[] {
  const atMs = recordTime(record) ?? 0;
  return Array.from({ length: count }, () => atMs);
}

/** The sessions of a user that are durable. */
export function sessionsOf(store: ShardStore, user: string): SessionRow[] {
  const sessions: SessionRow[] = [];
  for (const row of store.sessionsAfter({ userId: user, sessionId: '' })) {
    if (row.userId !== user) break;
    sessions.push(row);
  }
  return sessions;
}
