import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEngine, type Engine } from '../../../cluster/engine/engine.js';
import { tryAgain } from '../../../cluster/engine/try-again.js';
import type { AsideMessage } from '../../../cluster/journal/append-surely.js';
import { managerOf } from '../../../cluster/journal/stream-doors.js';
import { natsStream } from '../../../cluster/journal/nats-stream.js';
import type { PartitionStream } from '../../../cluster/journal/partition-stream.js';
import { readJournal } from '../../../cluster/journal/partition-reader.js';
import { openNatsShelf } from '../../../cluster/snapshots/nats-shelf.js';
import { snapshotsOn, type Snapshots } from '../../../cluster/snapshots/snapshots.js';
import { storedSegments } from '../../../shards/store/journal-file/journal-folder.js';
import type { JournalRecord } from '../../../shards/store/journal.js';
import { CLUSTER_NAME, NODES, type ClusterWorld } from './cluster-world.js';
import { STRANGE } from './write-strangely.js';

/** A stream has no leader for some seconds after its server went. */
const PATIENCE = { forMs: 60_000, pause: (ms: number): Promise<void> => pause(ms) };

/** An election takes longer: a leader that a follower has answered within so long is the only one, ns. */
const ANSWERED_NS = 2e9;

/** Nothing but what strangers have published is passed over. */
const WAITING = {
  pause: PATIENCE.pause,
  isClosed: () => false,
  setAside: ({ sequence, why, bytes }: AsideMessage) => {
    if (Buffer.compare(bytes, STRANGE) !== 0) throw new Error(`message ${sequence} does not count: ${why}`);
  },
};

/** The journal of a partition from its beginning. */
export interface WholeJournal {
  readonly records: readonly JournalRecord[];
  /** True when its front is in snapshots alone. */
  readonly isPurged: boolean;
}

/** First and last message of a stream, as its leader has it. */
interface Led {
  readonly first: number;
  readonly last: number;
}

/** The journals of all partitions, as the NATS servers of a world have them. */
export class ClusterJournals {
  readonly #engine: Engine;
  readonly #snapshots: Snapshots;
  readonly #scratch: string;
  /** What was read last of each partition, and where its stream began and ended then. */
  readonly #known = new Map<number, WholeJournal & Led>();

  private constructor(engine: Engine, snapshots: Snapshots, scratch: string) {
    this.#engine = engine;
    this.#snapshots = snapshots;
    this.#scratch = scratch;
  }

  static async open({ servers }: ClusterWorld): Promise<ClusterJournals> {
    const engine = await openEngine({
      servers: servers.addresses,
      name: 'checker',
      sync: { kind: 'stated' },
    });
    const bucket = { name: `${CLUSTER_NAME}_SNAPSHOTS`, replicas: NODES.length };
    const shelf = await tryAgain(() => openNatsShelf(engine, bucket, PATIENCE.pause), PATIENCE);
    const scratch = mkdtempSync(join(tmpdir(), 'checked-'));
    const snapshots = snapshotsOn({
      shelf,
      streamOf: (partition) => streamOf(engine, partition),
      nowMs: () => Date.now(),
      scratch,
    });
    return new ClusterJournals(engine, snapshots, scratch);
  }

  read(partition: number): Promise<WholeJournal> {
    return tryAgain(() => this.#read(partition), PATIENCE);
  }

  async close(): Promise<void> {
    await this.#engine.stop();
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  /** Those that have been purged from its stream are in the journal of a snapshot. */
  async #read(partition: number): Promise<WholeJournal> {
    const stream = await streamOf(this.#engine, partition);
    const { first, last } = await ledBounds(this.#engine, nameOf(partition));
    const known = this.#known.get(partition);
    if (known?.first === first && known.last === last) return known;
    const journal = first > 1 ? await this.#snapshots.journal(partition) : undefined;
    const records = journal === undefined ? [] : Array.from(storedSegments(journal.folder).from(0), copyOf);
    const before = records.at(-1);
    const position = before === undefined ? 0 : before.position + before.count;
    for await (const record of readJournal(stream, { from: first, position, through: last }, WAITING)) {
      // What is said of snapshots comes from a replica, and one may be behind.
      if (records.at(-1) === before && record.position > position)
        throw new Error(
          `a snapshot ends with entry ${position}, and its stream begins with ${record.position}`,
        );
      records.push(record);
    }
    const read = { records, isPurged: first > 1, first, last };
    this.#known.set(partition, read);
    return read;
  }
}

/**
 * What the leader of a stream has. Rejects when it may be one of before: a server that was cut off answers for streams that it led, and for those
 * without a leader, with what it has.
 */
async function ledBounds(engine: Engine, name: string): Promise<Led> {
  const { streams } = await managerOf(engine.main);
  const { cluster, state } = await streams.info(name);
  const answered = (cluster?.replicas ?? []).filter(({ active }) => active < ANSWERED_NS);
  if (!cluster?.leader || answered.length === 0) throw new Error(`nobody follows the leader of ${name}`);
  const { messages, first_seq: first, last_seq: last } = state;
  return { first: messages === 0 ? last + 1 : first, last };
}

function nameOf(partition: number): string {
  return `${CLUSTER_NAME}_P${partition}`;
}

function streamOf(engine: Engine, partition: number): Promise<PartitionStream> {
  return natsStream(engine, nameOf(partition), pause);
}

/** The bytes of a stored record are the reader's until it reads on. */
function copyOf(record: JournalRecord): JournalRecord {
  return { ...record, bytes: new Uint8Array(record.bytes) };
}
