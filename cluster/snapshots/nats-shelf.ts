import type { KV } from '@nats-io/kv';
import type { Engine } from '../engine/engine.js';
import { openBucket } from '../membership/kv-bucket.js';
import { openObjects, type ObjectBucket } from '../objects/object-bucket.js';
import { decodeNotice, encodeNotice, type SnapshotNotice } from './snapshot-notice.js';
import type { SaidSnapshots, SnapshotShelf } from './snapshot-shelf.js';

/** Where snapshots are kept: a bucket of objects and one of notices, of the same name, made where they are not there. */
export interface ShelfPlan {
  readonly name: string;
  readonly replicas: number;
}

/** The shelf on NATS servers. Rejects when they do not take its buckets. */
export async function openNatsShelf(
  engine: Engine,
  plan: ShelfPlan,
  pause: (ms: number) => Promise<void>,
): Promise<SnapshotShelf> {
  return new NatsShelf(await openObjects(engine, plan, pause), await openBucket(engine.main, plan));
}

class NatsShelf implements SnapshotShelf {
  readonly #objects: ObjectBucket;
  readonly #notices: KV;

  constructor(objects: ObjectBucket, notices: KV) {
    this.#objects = objects;
    this.#notices = notices;
  }

  put(object: string, path: string): Promise<void> {
    return this.#objects.putFile(object, path);
  }

  read(object: string): AsyncGenerator<Uint8Array> {
    return this.#objects.read(object);
  }

  async list(prefix: string): Promise<string[]> {
    return (await this.#objects.names()).filter((name) => name.startsWith(prefix));
  }

  remove(object: string): Promise<void> {
    return this.#objects.remove(object);
  }

  async sweep(nowMs: () => number): Promise<void> {
    await this.#objects.sweep(nowMs);
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
