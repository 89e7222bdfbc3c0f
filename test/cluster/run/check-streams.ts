import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEngine, type Engine } from '../../../cluster/engine/engine.js';
import { tryAgain } from '../../../cluster/engine/try-again.js';
import { natsStream } from '../../../cluster/journal/nats-stream.js';
import type { PartitionStream } from '../../../cluster/journal/partition-stream.js';
import { readJournal } from '../../../cluster/journal/read-journal.js';
import { openNatsShelf } from '../../../cluster/snapshots/nats-shelf.js';
import { snapshotsOn, type Snapshots } from '../../../cluster/snapshots/snapshots.js';
import { storedSegments } from '../../../shards/store/journal-file/journal-folder.js';
import type { JournalRecord } from '../../../shards/store/journal.js';
import { isEvent } from '../../../shards/store/journal-entry.js';
import { decodeRecord } from '../../../shards/store/journal-record.js';
import { Ledgers, type LedgerSession } from '../../nemesis/checks/ledgers.js';
import { CLUSTER_NAME, NODES, PARTITIONS, type ClusterWorld } from './cluster-world.js';

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

/** A stream has no leader for some seconds after its server went. */
const PATIENCE = { forMs: 20_000, pause: (ms: number): Promise<void> => pause(ms) };

/** Where an event was found: how often, and the number it had. */
type Found = Map<number, number>;

/** Compares all ledgers with all journals. Nobody writes meanwhile. */
export async function checkStreams(world: ClusterWorld): Promise<StreamsCheck> {
  const ledgers = Ledgers.read(world.ledgers);
  const found: Found = new Map();
  const { gaps, purged, doubleMerges } = await readStreams(world, found);
  let lost = 0;
  let double = doubleMerges;
  const wanted = [
    ...[...ledgers.sessions.values()].flatMap(acknowledgedMarks),
    ...[...ledgers.posts.values()].flatMap(({ isAnswered, value }) => (isAnswered ? [value] : [])),
  ];
  for (const mark of wanted) if (!found.has(mark)) lost++;
  for (const count of found.values()) if (count > 1) double++;
  return { acknowledged: ledgers.acknowledged, lost, double, gaps, purged, problems: ledgers.problems };
}

function acknowledgedMarks({ sent, acked }: LedgerSession): number[] {
  return sent.slice(0, acked).map(({ value }) => value);
}

/** What one stream has. */
interface StreamRead {
  /** Visitors who became somebody's. */
  readonly merged: readonly string[];
  readonly marks: readonly number[];
  readonly gaps: number;
  readonly isPurged: boolean;
}

async function readStreams(
  world: ClusterWorld,
  found: Found,
): Promise<Pick<StreamsCheck, 'gaps' | 'purged'> & { readonly doubleMerges: number }> {
  const engine = await openEngine({
    servers: world.servers.addresses,
    name: 'checker',
    sync: { kind: 'stated' },
  });
  const scratch = mkdtempSync(join(tmpdir(), 'checked-'));
  const shelf = await tryAgain(
    () =>
      openNatsShelf(engine, { name: `${CLUSTER_NAME}_SNAPSHOTS`, replicas: NODES.length }, PATIENCE.pause),
    PATIENCE,
  );
  const snapshots = snapshotsOn({
    shelf,
    streamOf: (partition) => streamOf(engine, partition),
    nowMs: () => Date.now(),
    scratch,
  });
  const merges = new Map<string, number>();
  const all = { gaps: 0, purged: 0, doubleMerges: 0 };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { marks, merged, gaps, isPurged } = await tryAgain(
      () => readStream({ engine, snapshots }, partition),
      PATIENCE,
    );
    for (const mark of marks) found.set(mark, 1 + (found.get(mark) ?? 0));
    for (const visitor of merged) merges.set(visitor, 1 + (merges.get(visitor) ?? 0));
    all.gaps += gaps;
    if (isPurged) all.purged++;
  }
  for (const count of merges.values()) if (count > 1) all.doubleMerges++;
  await engine.stop();
  rmSync(scratch, { recursive: true, force: true });
  return all;
}

function streamOf(engine: Engine, partition: number): Promise<PartitionStream> {
  return natsStream(engine, `${CLUSTER_NAME}_P${partition}`, pause);
}

/** Where a partition's journal is. */
interface Sources {
  readonly engine: Engine;
  readonly snapshots: Snapshots;
}

/** All records of a partition: those that have been purged from its stream are in the journal of a snapshot. */
async function* recordsOf({ engine, snapshots }: Sources, partition: number): AsyncGenerator<JournalRecord> {
  const stream = await streamOf(engine, partition);
  const { first, last } = await stream.bounds();
  const journal = first > 1 ? await snapshots.journal(partition) : undefined;
  let position = 0;
  if (journal !== undefined) {
    for (const record of storedSegments(journal.folder).from(0)) {
      yield record;
      position = record.position + record.count;
    }
  }
  yield* readJournal(stream, { from: first, position, through: last }, pause);
}

async function readStream(sources: Sources, partition: number): Promise<StreamRead> {
  const { first } = await (await streamOf(sources.engine, partition)).bounds();
  const seqs = new Map<string, number>();
  const marks: number[] = [];
  const merged: string[] = [];
  let gaps = 0;
  let end = 0;
  for await (const record of recordsOf(sources, partition)) {
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
  return { marks, merged, gaps, isPurged: first > 1 };
}
