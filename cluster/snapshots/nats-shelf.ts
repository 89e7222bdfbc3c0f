import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { KV } from '@nats-io/kv';
import type { ObjectStore } from '@nats-io/obj';
import type { Engine } from '../engine/engine.js';
import { openBucket } from '../membership/kv-bucket.js';
import { objectStore } from '../objects/object-bucket.js';
import { ObjectReads } from '../objects/object-reads.js';
import { decodeNotice, encodeNotice, type SnapshotNotice } from './snapshot-notice.js';
import type { SaidSnapshots, SnapshotShelf } from './snapshot-shelf.js';

/** Where snapshots are kept: a bucket of objects and one of notices, of the same name, made where they are not there. */
export interface ShelfPlan {
  readonly name: string;
  readonly replicas: number;
}

/** For a part of an object to be stored: a server may be electing its leader. */
const PUT_MS = 15_000;

/** The shelf on NATS servers. Rejects when they do not take its buckets. */
export async function openNatsShelf(
  engine: Engine,
  plan: ShelfPlan,
  pause: (ms: number) => Promise<void>,
): Promise<SnapshotShelf> {
  const objects = await objectStore(engine.main, plan);
  const reads = await ObjectReads.of(engine, { name: plan.name, store: objects }, pause);
  return new NatsShelf(objects, reads, await openBucket(engine.main, plan));
}

class NatsShelf implements SnapshotShelf {
  readonly #objects: ObjectStore;
  readonly #reads: ObjectReads;
  readonly #notices: KV;

  constructor(objects: ObjectStore, reads: ObjectReads, notices: KV) {
    this.#objects = objects;
    this.#reads = reads;
    this.#notices = notices;
  }

  async put(object: string, path: string): Promise<void> {
    const bytes = Readable.toWeb(createReadStream(path));
    // The library's type is that of browsers.
    await this.#objects.put({ name: object }, bytes as never, { timeout: PUT_MS });
  }

  read(object: string): AsyncGenerator<Uint8Array> {
    return this.#reads.read(object);
  }

  async list(prefix: string): Promise<string[]> {
    return (await this.#objects.list()).map(({ name }) => name).filter((name) => name.startsWith(prefix));
  }

  async remove(object: string): Promise<void> {
    await this.#objects.delete(object);
  }

  async said(partition: number): Promise<SaidSnapshots> {
    const kept = await this.#notices.get(keyOf(partition));
    if (kept === null) return { notice: undefined, revision: 0 };
    return { notice: decodeNotice(kept.string()), revision: kept.revision };
  }

  async say(partition: number, notice: SnapshotNotice, revision: number): Promise<boolean> {
    const text = encodeNotice(notice);
    try {
      await this.#notices.put(keyOf(partition), text, { previousSeq: revision });
      return true;
    } catch (error) {
      // An answer may have been lost.
      const kept = await this.#notices.get(keyOf(partition));
      if (kept?.string() === text) return true;
      if ((kept?.revision ?? 0) !== revision) return false;
      throw error;
    }
  }
}

function keyOf(partition: number): string {
  return `P${partition}`;
}
