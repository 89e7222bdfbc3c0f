import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeMessage, encodeMessage } from '../../../cluster/journal/journal-message.js';
import type { PartitionStream } from '../../../cluster/journal/partition-stream.js';
import { makeSnapshot } from '../../../cluster/snapshots/make-snapshot.js';
import { restoreSnapshot } from '../../../cluster/snapshots/restore-snapshot.js';
import type { PartitionSnapshot } from '../../../cluster/snapshots/snapshot-notice.js';
import type { SnapshotShelf } from '../../../cluster/snapshots/snapshot-shelf.js';
import { LMDB_FILE } from '../../../shards/store/lmdb/commits/lmdb-file.js';
import { FakeShelf } from './fake-shelf.js';
import { FakeStream } from './fake-stream.js';
import { sampleRecord } from './sample-records.js';

const PARTITION = 3;
const OWNER = { node: 'a', run: '1', epoch: 1 };

/**
 * A partition whose store is a file that says how many entries it holds, and two segments of a journal: one that stays as it is and one
 * that grows. So a snapshot and the stream behind it can be compared with what was written.
 */
export class SnapshotWorld {
  readonly shelf: FakeShelf;
  readonly stream: FakeStream;
  readonly folder = mkdtempSync(join(tmpdir(), 'snapshots-'));
  /** Entries that were written. */
  end = 0;
  #copies = 0;

  constructor(shelf = new FakeShelf(), stream = new FakeStream()) {
    this.shelf = shelf;
    this.stream = stream;
    if (stream.log.length === 0) stream.log.push(encodeMessage({ kind: 'own', owner: OWNER }));
  }

  /** The same, with a shelf and a stream of its own. */
  clone(): SnapshotWorld {
    const world = new SnapshotWorld(this.shelf.clone(), this.stream.clone());
    world.end = this.end;
    return world;
  }

  /** Entries go to the stream, one a message. */
  write(count: number): void {
    for (let i = 0; i < count; i++)
      this.stream.log.push(
        encodeMessage({ kind: 'group', owner: OWNER, items: 0, records: [sampleRecord(this.end++)] }),
      );
  }

  /** A snapshot of all that is written by now. */
  make(
    epoch: number,
    shelf: SnapshotShelf = this.shelf,
    stream: PartitionStream = this.stream,
  ): Promise<PartitionSnapshot> {
    const { end } = this;
    const folder = join(this.folder, `copy-${++this.#copies}`);
    mkdirSync(join(folder, 'journal'), { recursive: true });
    writeFileSync(join(folder, LMDB_FILE), `${end} entries`);
    writeFileSync(join(folder, 'journal', '0000000000000000-00000001.segment'), 'the first');
    writeFileSync(join(folder, 'journal', '0000000000000001-00000002.segment'), `up to ${end}`);
    return makeSnapshot(
      { shelf, stream, nowMs: () => 1_000 },
      { partition: PARTITION, epoch, folder, end, items: 0 },
    );
  }

  /** How many entries a new node has from the newest whole snapshot; undefined when there is none. */
  async restored(shelf: SnapshotShelf = this.shelf): Promise<number | undefined> {
    const folder = join(this.folder, 'restored');
    rmSync(folder, { recursive: true, force: true });
    if ((await restoreSnapshot(shelf, PARTITION, folder)) === undefined) return undefined;
    return Number.parseInt(readFileSync(join(folder, LMDB_FILE), 'utf8'), 10);
  }

  /** Entries that somebody who begins with `held` finds neither there nor in the stream. */
  missing(held: number): number[] {
    const found = new Set(Array.from({ length: held }, (_, i) => i));
    for (const bytes of this.stream.log.slice(this.stream.first - 1)) {
      const message = decodeMessage(bytes);
      if (message.kind === 'group') for (const { position } of message.records) found.add(position);
    }
    return Array.from({ length: this.end }, (_, i) => i).filter((i) => !found.has(i));
  }

  async named(): Promise<readonly PartitionSnapshot[]> {
    const { notice } = await this.shelf.said(PARTITION);
    return notice === undefined ? [] : [notice.newest, ...(notice.older === undefined ? [] : [notice.older])];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
