import type { Dataset } from '../../../model/train/data/dataset.js';
import { effectOf } from '../../graph/interest/event-effects.js';
import type { JournalEvent } from '../../store/journal-entry.js';
import { decodeEvents } from '../../store/journal-record.js';

interface Session {
  readonly user: number;
  readonly clicks: { readonly item: number; readonly kind: number; readonly tsMs: number }[];
}

/**
 * Clicks of journal records as sessions, in the order of their last click; a pause of more than `gapMs` begins another. Items
 * are the catalogue's indices, so the dataset's rows are those.
 */
export function recentSessions(records: readonly Uint8Array[], gapMs: number): Dataset {
  const collected = new SessionCollector(gapMs);
  for (const record of records) {
    for (const event of decodeEvents(record)) {
      if (!effectOf(event.kind, event.value).isClick) continue;
      const session = collected.sessionOf(event);
      for (const item of event.items) session.clicks.push({ item, kind: event.kind, tsMs: event.tsMs });
    }
  }
  return datasetOf(
    collected.sessions.filter(({ clicks }) => clicks.length > 0).sort((a, b) => endOf(a) - endOf(b)),
  );
}

/** Sessions in order of their first event, and the latest of each user. */
class SessionCollector {
  readonly sessions: Session[] = [];
  readonly #gapMs: number;
  /** Numbers of the users, in order of appearance. */
  readonly #users = new Map<string, number>();
  readonly #latest = new Map<string, Session>();

  constructor(gapMs: number) {
    this.#gapMs = gapMs;
  }

  /** The session that an event belongs to; a new one after a pause. */
  sessionOf({ user, tsMs }: JournalEvent): Session {
    const known = this.#latest.get(user);
    if (known !== undefined && tsMs - endOf(known) <= this.#gapMs) return known;
    const number = this.#users.get(user) ?? this.#users.size;
    this.#users.set(user, number);
    const session: Session = { user: number, clicks: [] };
    this.#latest.set(user, session);
    this.sessions.push(session);
    return session;
  }
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
    money: new Float32Array(clicks.length),
    refunds: [],
  };
}
