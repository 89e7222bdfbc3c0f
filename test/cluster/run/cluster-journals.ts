import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEngine, type Engine } from '../../../cluster/engine/engine.js';
import { tryAgain } from '../../../cluster/engine/try-again.js';
import type { AsideMessage } from '../../../cluster/journal/append-surely.js';
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
const PATIENCE = { forMs: 20_000, pause: (ms: number): Promise<void> => pause(ms) };

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

/** The journals of all partitions, as the NATS servers of a world have them. */
export class ClusterJournals {
  readonly #engine: Engine;
  readonly #snapshots: Snapshots;
  readonly #scratch: string;

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
    const { first, last } = await stream.bounds();
    const journal = first > 1 ? await this.#snapshots.journal(partition) : undefined;
    const records = journal === undefined ? [] : Array.from(storedSegments(journal.folder).from(0), copyOf);
    const before = records.at(-1);
    const position = before === undefined ? 0 : before.position + before.count;
    for await (const record of readJournal(stream, { from: first, position, through: last }, WAITING))
      records.push(record);
    return { records, isPurged: first > 1 };
  }
}

function streamOf(engine: Engine, partition: number): Promise<PartitionStream> {
  return natsStream(engine, `${CLUSTER_NAME}_P${partition}`, pause);
}

/** The bytes of a stored record are the reader's until it reads on. */
function copyOf(record: JournalRecord): JournalRecord {
  return { ...record, bytes: new Uint8Array(record.bytes) };
}
