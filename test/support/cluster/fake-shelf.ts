import { readFileSync } from 'node:fs';
import type { SnapshotNotice } from '../../../cluster/snapshots/snapshot-notice.js';
import type { SaidSnapshots, SnapshotShelf } from '../../../cluster/snapshots/snapshot-shelf.js';

/** A shelf in memory, of all nodes of a test. */
export class FakeShelf implements SnapshotShelf {
  readonly objects = new Map<string, Uint8Array>();
  readonly notices = new Map<number, SaidSnapshots>();
  /** Why snapshots were not made. */
  readonly troubles: string[] = [];
  #revisions = 0;

  async put(object: string, path: string): Promise<void> {
    this.objects.set(object, readFileSync(path));
  }

  async *read(object: string): AsyncGenerator<Uint8Array> {
    const bytes = this.objects.get(object);
    if (bytes === undefined) throw new Error(`there is no object ${object}`);
    const half = bytes.length >> 1;
    yield bytes.subarray(0, half);
    yield bytes.subarray(half);
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.objects.keys()].filter((name) => name.startsWith(prefix));
  }

  async remove(object: string): Promise<void> {
    this.objects.delete(object);
  }

  async sweep(_nowMs: () => number): Promise<void> {}

  async said(partition: number): Promise<SaidSnapshots> {
    return this.notices.get(partition) ?? { notice: undefined, revision: 0 };
  }

  async say(partition: number, notice: SnapshotNotice, revision: number): Promise<boolean> {
    if ((await this.said(partition)).revision !== revision) return false;
    this.notices.set(partition, { notice, revision: ++this.#revisions });
    return true;
  }

  clone(): FakeShelf {
    const shelf = new FakeShelf();
    for (const [name, bytes] of this.objects) shelf.objects.set(name, bytes);
    for (const [partition, said] of this.notices) shelf.notices.set(partition, said);
    shelf.#revisions = this.#revisions;
    return shelf;
  }

  /** Changes a byte of an object. */
  damage(object: string): void {
    const bytes = Buffer.from(this.objects.get(object) ?? []);
    bytes[bytes.length >> 1] ^= 1;
    this.objects.set(object, bytes);
  }
}
