import type { JournalRecord } from '../../../shards/store/journal.js';
import { isEvent } from '../../../shards/store/journal-entry.js';
import { decodeRecord, recordTime } from '../../../shards/store/journal-record.js';
import { Ledgers, type LedgerSession } from '../../nemesis/checks/ledgers.js';
import type { ClusterJournals } from './cluster-journals.js';
import { PARTITIONS } from './cluster-world.js';

/** What the streams have of the events that the ledgers say were acknowledged. */
export interface StreamsCheck {
  readonly acknowledged: number;
  readonly lost: number;
  /** Events that are there twice, and visitors who are. */
  readonly double: number;
  /** Events whose number is not behind that of the event of their session before them. */
  readonly gaps: number;
  /** Streams whose front is in snapshots alone. */
  readonly purged: number;
  /** Whatever else clients were told that no contract allows. */
  readonly problems: readonly string[];
}

/** Events without a mark are of nobody who keeps a ledger. */
const MARKS_FROM = 1_000_000;

/** Where entries were found, in words, by what tells one from another. */
type Found<Key> = Map<Key, string[]>;

/** Compares all ledgers with all journals. Nobody writes meanwhile. */
export async function checkStreams(ledgersFolder: string, journals: ClusterJournals): Promise<StreamsCheck> {
  const ledgers = Ledgers.read(ledgersFolder);
  const { marks: found, merged, gaps, purged } = await readStreams(journals);
  let lost = 0;
  const problems = [...ledgers.problems];
  const wanted = [
    ...[...ledgers.sessions.values()].map(acknowledgedOf),
    ...[...ledgers.posts.values()].map(({ isAnswered, value, user }) => ({
      of: user,
      marks: isAnswered ? [value] : [],
    })),
  ];
  for (const { of, marks } of wanted) {
    const missing = marks.filter((mark) => !found.has(mark));
    lost += missing.length;
    if (missing.length > 0)
      problems.push(
        `lost of ${marks.length} events of ${of}: ${missing.map((mark) => marks.indexOf(mark) + 1).join(', ')}`,
      );
  }
  const twice = [...found.values(), ...merged.values()].filter((places) => places.length > 1);
  for (const places of twice) problems.push(`there twice: ${places.join('; ')}`);
  return { acknowledged: ledgers.acknowledged, lost, double: twice.length, gaps, purged, problems };
}

function acknowledgedOf({ id, user, sent, acked }: LedgerSession) {
  return {
    of: `session ${id} of ${user ?? 'a visitor'}`,
    marks: sent.slice(0, acked).map(({ value }) => value),
  };
}

/** What all streams have. */
interface StreamsRead {
  readonly marks: Found<number>;
  /** Visitors who became somebody's. */
  readonly merged: Found<string>;
  gaps: number;
  purged: number;
}

async function readStreams(journals: ClusterJournals): Promise<StreamsRead> {
  const all: StreamsRead = { marks: new Map(), merged: new Map(), gaps: 0, purged: 0 };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { records, isPurged } = await journals.read(partition);
    readRecords(records, `partition ${partition}`, all);
    if (isPurged) all.purged++;
  }
  return all;
}

function readRecords(records: readonly JournalRecord[], where: string, all: StreamsRead): void {
  const seqs = new Map<string, number>();
  let end = 0;
  for (const { position, count, bytes } of records) {
    if (position !== end) all.gaps++;
    end = position + count;
    for (const [i, entry] of decodeRecord(bytes).entries()) {
      const place = `${where}, entry ${position + i} of ${recordTime(bytes) ?? 0}`;
      if (entry.entry === 'merged')
        note(all.merged, entry.visitor, `${place}: ${entry.visitor} into ${entry.into} with ${entry.seq}`);
      if (!isEvent(entry)) continue;
      const { user, session, seq, eventId, value } = entry;
      if (value >= MARKS_FROM) note(all.marks, value, `${place}: ${user} ${session} ${seq} ${eventId}`);
      if (session === '') continue;
      const key = `${user} ${session}`;
      if (seq <= (seqs.get(key) ?? 0)) all.gaps++;
      seqs.set(key, seq);
    }
  }
}

function note<Key>(found: Found<Key>, key: Key, place: string): void {
  const places = found.get(key);
  if (places === undefined) found.set(key, [place]);
  else places.push(place);
}
