import type { KV } from '@nats-io/kv';
import type { Engine } from '../engine/engine.js';
import { keptUnder, openBucket, putUnchanged } from '../membership/kv-bucket.js';
import { openObjects, type ObjectBucket } from '../objects/object-bucket.js';
import { decodeNotice, encodeNotice, type SnapshotNotice } from './snapshot-notice.js';
import type { SaidSnapshots, SnapshotNotices, SnapshotShelf } from './snapshot-shelf.js';

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
  return new NatsShelf(await openObjects(engine, plan, pause), await openNotices(engine, plan));
}

class NatsShelf implements SnapshotShelf {
  readonly #objects: ObjectBucket;
  readonly #notices: SnapshotNotices;

  constructor(objects: ObjectBucket, notices: SnapshotNotices) {
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

  said(partition: number): Promise<SaidSnapshots> {
    return this.#notices.said(partition);
  }

  say(partition: number, notice: SnapshotNotice, revision: number): Promise<boolean> {
    return this.#notices.say(partition, notice, revision);
  }
}

/** What is said of snapshots, without the snapshots. Rejects as `openNatsShelf`. */
export async function openNotices(engine: Engine, plan: ShelfPlan): Promise<SnapshotNotices> {
  return noticesIn(await openBucket(engine.main, plan));
}

function noticesIn(bucket: KV): SnapshotNotices {
  return {
    said: async (partition) => {
      const { text, revision } = await keptUnder(bucket, keyOf(partition));
      return { notice: text === undefined ? undefined : decodeNotice(text), revision };
    },
    say: (partition, notice, revision) =>
      putUnchanged(bucket, { key: keyOf(partition), revision }, encodeNotice(notice)),
  };
}

function keyOf(partition: number): string {
  return `P${partition}`;
}
