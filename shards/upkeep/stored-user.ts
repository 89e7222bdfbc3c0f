import { statePosition } from '../graph/interest/state/state-header.js';
import { isEvent, userOfEntry, type JournalEntry, type JournalEvent } from '../store/journal-entry.js';
import { decodeRecord, recordTime } from '../store/journal-record.js';
import type { ShardStore } from '../store/store.js';
import { isVisitor, keyOfOldName, nameOf } from '../store/user-key.js';

/** Events of a user that are shown, the newest. */
const SHOWN_EVENTS = 20;
/** Idempotence keys that are counted. */
const COUNTED_IDS = 100_000;

/** All that is stored of a user. Times are ISO 8601, items indices of the catalogue. */
export interface StoredUser {
  readonly shard: number;
  /** The named user whose a merged visitor is. */
  readonly belongsTo: string | undefined;
  /** Sessions of visitors who were merged into them. */
  readonly visitors: readonly string[];
  readonly state:
    | {
        readonly bytes: number;
        /** Their entries before this position of the journal are in it. */
        readonly position: number;
        readonly nodes: number;
        readonly edges: number;
        readonly clicks: number;
        readonly seenItems: number;
      }
    | undefined;
  readonly sessions: readonly { readonly session: string; readonly seq: number; readonly at: string }[];
  readonly idempotenceKeys: number;
  readonly journal: {
    readonly entries: number;
    readonly from: string | undefined;
    readonly to: string | undefined;
  };
  /** The newest, oldest first. */
  readonly events: readonly { readonly position: number; readonly event: JournalEvent }[];
  /** Damaged records of theirs that were kept. */
  readonly setAside: readonly string[];
}

/** What a store has of a user; `visitors` are the sessions of those who were merged into them. */
export function storedUser(store: ShardStore, key: string, shard: number, visitors: string[]): StoredUser {
  const state = store.user(key);
  const belongsTo = isVisitor(key) ? store.alias(key) : undefined;
  return {
    shard,
    belongsTo: belongsTo && nameOf(belongsTo),
    visitors,
    state: state && {
      bytes: state.length,
      position: statePosition(state),
      nodes: state[1],
      edges: state[2],
      clicks: state[3],
      seenItems: state[4],
    },
    sessions: sessionsOf(store, key),
    idempotenceKeys: store.eventIdsOf(key, COUNTED_IDS).length,
    ...journalOf(store, key),
    setAside: Array.from(store.setAside())
      .filter(({ names }) => names[0] === key)
      .map(({ kind, reason }) => `${kind}: ${reason}`),
  };
}

function sessionsOf(store: ShardStore, key: string): StoredUser['sessions'] {
  return Array.from(store.sessions())
    .filter(({ userId }) => userId === key)
    .map(({ sessionId, seq, atMs }) => ({ session: sessionId, seq, at: timeText(atMs) }));
}

function journalOf(store: ShardStore, key: string): Pick<StoredUser, 'journal' | 'events'> {
  let [entries, from, to] = [0, undefined as number | undefined, undefined as number | undefined];
  const events: { position: number; event: JournalEvent }[] = [];
  for (const { position, atMs, read } of entriesOf(store)) {
    if (userOfEntry(read) !== key) continue;
    entries++;
    from ??= atMs;
    to = atMs ?? to;
    if (!isEvent(read)) continue;
    events.push({ position, event: read });
    if (events.length > SHOWN_EVENTS) events.shift();
  }
  const journal = { entries, from: from && timeText(from), to: to && timeText(to) };
  return { journal: journal as StoredUser['journal'], events };
}

function* entriesOf(
  store: ShardStore,
): Generator<{ position: number; atMs: number | undefined; read: JournalEntry }> {
  for (const { position, bytes } of store.journal.from(0)) {
    let [entries, atMs]: [JournalEntry[], number | undefined] = [[], undefined];
    try {
      entries = decodeRecord(bytes, (user) => keyOfOldName(store, user));
      atMs = recordTime(bytes);
    } catch {
      // It is set aside at the next start; nobody knows whose it was.
    }
    for (const [i, read] of entries.entries()) yield { position: position + i, atMs, read };
  }
}

/** Entries of a journal that are of one of these users. */
export function countEntries(store: ShardStore, users: ReadonlySet<string>): number {
  let count = 0;
  for (const { read } of entriesOf(store)) if (users.has(userOfEntry(read) ?? '')) count++;
  return count;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
