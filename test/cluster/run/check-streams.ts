import { setTimeout as pause } from 'node:timers/promises';
import { openEngine, type Engine } from '../../../cluster/engine/engine.js';
import { tryAgain } from '../../../cluster/engine/try-again.js';
import { natsStream } from '../../../cluster/journal/nats-stream.js';
import { readJournal } from '../../../cluster/journal/read-journal.js';
import { isEvent } from '../../../shards/store/journal-entry.js';
import { decodeRecord } from '../../../shards/store/journal-record.js';
import { Ledgers, type LedgerSession } from '../../nemesis/checks/ledgers.js';
import { CLUSTER_NAME, PARTITIONS, type ClusterWorld } from './cluster-world.js';

/** What the streams have of the events that the ledgers say were acknowledged. */
export interface StreamsCheck {
  readonly acknowledged: number;
  readonly lost: number;
  readonly double: number;
  /** Events whose number is not behind that of the event of their session before them. */
  readonly gaps: number;
  /** Whatever else clients were told that no contract allows. */
  readonly problems: readonly string[];
}

/** Events without a mark are of nobody who keeps a ledger. */
const MARKS_FROM = 1_000_000;

/** A stream has no leader for some seconds after its server went. */
const PATIENCE = { forMs: 20_000, pause: (ms: number): Promise<void> => pause(ms) };

/** Where an event was found: how often, and the number it had. */
type Found = Map<number, number>;

/** Compares all ledgers with all streams. Nobody writes meanwhile. */
export async function checkStreams(world: ClusterWorld): Promise<StreamsCheck> {
  const ledgers = Ledgers.read(world.ledgers);
  const found: Found = new Map();
  const gaps = await readStreams(world, found);
  let lost = 0;
  let double = 0;
  const wanted = [
    ...[...ledgers.sessions.values()].flatMap(acknowledgedMarks),
    ...[...ledgers.posts.values()].flatMap(({ isAnswered, value }) => (isAnswered ? [value] : [])),
  ];
  for (const mark of wanted) if (!found.has(mark)) lost++;
  for (const count of found.values()) if (count > 1) double++;
  return { acknowledged: ledgers.acknowledged, lost, double, gaps, problems: ledgers.problems };
}

function acknowledgedMarks({ sent, acked }: LedgerSession): number[] {
  return sent.slice(0, acked).map(({ value }) => value);
}

/** What one stream has. */
interface StreamRead {
  readonly marks: readonly number[];
  readonly gaps: number;
}

async function readStreams(world: ClusterWorld, found: Found): Promise<number> {
  const engine = await openEngine({
    servers: world.servers.addresses,
    name: 'checker',
    sync: { kind: 'stated' },
  });
  let all = 0;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { marks, gaps } = await tryAgain(() => readStream(engine, partition), PATIENCE);
    for (const mark of marks) found.set(mark, 1 + (found.get(mark) ?? 0));
    all += gaps;
  }
  await engine.stop();
  return all;
}

async function readStream(engine: Engine, partition: number): Promise<StreamRead> {
  const stream = await natsStream(engine, `${CLUSTER_NAME}_P${partition}`, pause);
  const { last } = await stream.bounds();
  const seqs = new Map<string, number>();
  const marks: number[] = [];
  let gaps = 0;
  let end = 0;
  for await (const record of readJournal(stream, { from: 1, position: 0, through: last }, pause)) {
    if (record.position !== end) gaps++;
    end = record.position + record.count;
    for (const entry of decodeRecord(record.bytes)) {
      if (!isEvent(entry)) continue;
      if (entry.value >= MARKS_FROM) marks.push(entry.value);
      if (entry.session === '') continue;
      const key = `${entry.user} ${entry.session}`;
      if (entry.seq <= (seqs.get(key) ?? 0)) gaps++;
      seqs.set(key, entry.seq);
    }
  }
  return { marks, gaps };
}
