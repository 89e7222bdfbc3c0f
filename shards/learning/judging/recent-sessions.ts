import type { Dataset } from '../../../model/train/data/dataset.js';
import { effectOf } from '../../graph/interest/event-effects.js';
import { decodeRecord, type JournalEvent } from '../../store/journal-record.js';

interface Session {
  readonly user: number;
  readonly clicks: { readonly item: number; readonly kind: number; readonly tsMs: number }[];
}

/**
 * Clicks of journal records as sessions, in the order of their last click; a pause of more than `gapMs` begins another. Items
 * are the catalogue's indices, so the dataset's rows are those.
 */
export function recentSessions(records: readonly Uint8Array[], gapMs: number): Dataset {
  const users = new Map<string, number>();
  const open = new Map<string, Session>();
  const sessions: Session[] = [];
  for (const record of records) {
    for (const event of decodeRecord(record)) {
      if (!effectOf(event.kind, event.value).isClick) continue;
      const session = sessionOf(event, users, open, sessions, gapMs);
      for (const item of event.items) session.clicks.push({ item, kind: event.kind, tsMs: event.tsMs });
    }
  }
  return datasetOf(sessions.filter(({ clicks }) => clicks.length > 0).sort((a, b) => endOf(a) - endOf(b)));
}

function sessionOf(
  { user, tsMs }: JournalEvent,
  users: Map<string, number>,
  open: Map<string, Session>,
  sessions: Session[],
  gapMs: number,
): Session {
  const known = open.get(user);
  if (known !== undefined && tsMs - endOf(known) <= gapMs) return known;
  const number = users.get(user) ?? users.size;
  users.set(user, number);
  const session: Session = { user: number, clicks: [] };
  open.set(user, session);
  sessions.push(session);
  return session;
}

function endOf({ clicks }: Session): number {
  return clicks.at(-1)?.tsMs ?? Infinity;
}

function datasetOf(sessions: readonly Session[]): Dataset {
  const clicks = sessions.flatMap((session) => session.clicks);
  const start = new Int32Array(sessions.length + 1);
  sessions.forEach((session, i) => (start[i + 1] = start[i] + session.clicks.length));
  return {
    name: 'journal',
    itemIds: [],
    category: null,
    brand: null,
    item: Int32Array.from(clicks, ({ item }) => item),
    kind: Uint8Array.from(clicks, ({ kind }) => kind),
    timeMs: Float64Array.from(clicks, ({ tsMs }) => tsMs),
    start,
    user: Int32Array.from(sessions, ({ user }) => user),
    hash: '',
  };
}
