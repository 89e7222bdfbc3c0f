import { Packr, Unpackr } from 'msgpackr';

/** One event as the journal keeps it: all that is needed to apply it again, and to train on it. */
export interface JournalEvent {
  readonly user: string;
  /** '' for events that came without a session. */
  readonly session: string;
  readonly seq: number;
  readonly kind: number;
  readonly tsMs: number;
  /** Item indices of the catalogue; they are permanent. */
  readonly items: readonly number[];
  readonly value: number;
  readonly quantity: number;
  readonly query: string;
  readonly hits: readonly number[];
  readonly eventId: string;
}

/** Version of a record's bytes; the first element of each. Readers of older versions stay, with fixtures. */
export const RECORD_VERSION = 1;

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });

/** A journal record: MessagePack `[version, [user, session, seq, kind, tsMs, items, value, quantity, query, hits, eventId], …]`. The caller owns the bytes. */
export function encodeRecord(events: readonly JournalEvent[]): Uint8Array {
  const rows: unknown[] = [RECORD_VERSION];
  for (const e of events) {
    rows.push([
      e.user,
      e.session,
      e.seq,
      e.kind,
      e.tsMs,
      e.items,
      e.value,
      e.quantity,
      e.query,
      e.hits,
      e.eventId,
    ]);
  }
  return packr.pack(rows);
}

type Row = [string, string, number, number, number, number[], number, number, string, number[], string];

/** Events of a record, oldest first. Throws when the record is of a version this build does not read. */
export function decodeRecord(bytes: Uint8Array): JournalEvent[] {
  const [version, ...rows] = unpackr.unpack(bytes) as [number, ...Row[]];
  if (version !== RECORD_VERSION) {
    throw new Error(
      `journal record of version ${String(version)}; this build reads version ${RECORD_VERSION}`,
    );
  }
  return rows.map(([user, session, seq, kind, tsMs, items, value, quantity, query, hits, eventId]) => ({
    user,
    session,
    seq,
    kind,
    tsMs,
    items,
    value,
    quantity,
    query,
    hits,
    eventId,
  }));
}
