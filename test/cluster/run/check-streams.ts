import type { JournalRecord } from '../../../shards/store/journal.js';
import { isEvent } from '../../../shards/store/journal-entry.js';
import { decodeRecord } from '../../../shards/store/journal-record.js';
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

/** Where an event was found: how often, and the number it had. */
type Found = Map<number, number>;

/** Compares all ledgers with all journals. Nobody writes meanwhile. */
export async function checkStreams(ledgersFolder: string, journals: ClusterJournals): Promise<StreamsCheck> {
  const ledgers = Ledgers.read(ledgersFolder);
  const found: Found = new Map();
  const { gaps, purged, doubleMerges } = await readStreams(journals, found);
  let lost = 0;
  let double = doubleMerges;
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
  for (const count of found.values()) if (count > 1) double++;
  return { acknowledged: ledgers.acknowledged, lost, double, gaps, purged, problems };
}

function acknowledgedOf({ id, user, sent, acked }: LedgerSession) {
  return {
    of: `session ${id} of ${user ?? 'a visitor'}`,
    marks: sent.slice(0, acked).map(({ value }) => value),
  };
}

/** What one stream has. */
interface StreamRead {
  /** Visitors who became somebody's. */
  readonly merged: readonly string[];
  readonly marks: readonly number[];
  readonly gaps: number;
}

async function readStreams(
  journals: ClusterJournals,
  found: Found,
): Promise<Pick<StreamsCheck, 'gaps' | 'purged'> & { readonly doubleMerges: number }> {
  const merges = new Map<string, number>();
  const all = { gaps: 0, purged: 0, doubleMerges: 0 };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { records, isPurged } = await journals.read(partition);
    const { marks, merged, gaps } = readRecords(records);
    for (const visitor of merged) merges.set(visitor, 1 + (merges.get(visitor) ?? 0));
    for (const mark of marks) found.set(mark, 1 + (found.get(mark) ?? 0));
    all.gaps += gaps;
    if (isPurged) all.purged++;
  }
  for (const count of merges.values()) if (count > 1) all.doubleMerges++;
  return all;
}

function readRecords(records: readonly JournalRecord[]): StreamRead {
  const seqs = new Map<string, number>();
  const marks: number[] = [];
  const merged: string[] = [];
  let gaps = 0;
  let end = 0;
  for (const record of records) {
    if (record.position !== end) gaps++;
    end = record.position + record.count;
    for (const entry of decodeRecord(record.bytes)) {
      if (entry.entry === 'merged') merged.push(entry.visitor);
      if (!isEvent(entry)) continue;
      if (entry.value >= MARKS_FROM) marks.push(entry.value);
      if (entry.session === '') continue;
      const key = `${entry.user} ${entry.session}`;
      if (entry.seq <= (seqs.get(key) ?? 0)) gaps++;
      seqs.set(key, entry.seq);
    }
  }
  return { marks, merged, gaps };
}
