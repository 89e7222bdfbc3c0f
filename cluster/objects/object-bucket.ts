import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ObjectStore } from '@nats-io/obj';
import type { Engine } from '../engine/engine.js';
import { chunksSubject, metaSubject, objectOfMeta, ObjectReads } from './object-reads.js';
import { objectStream, type ObjectStream } from './object-stream.js';
import { sweepChunks } from './sweep-chunks.js';

/** Named bytes that the NATS servers keep. All reject when no server answers. */
export interface ObjectBucket {
  has(name: string): Promise<boolean>;
  /** Parts in their order. Rejects when there is none of that name. Which bytes are right is for whoever reads to say. */
  read(name: string): AsyncGenerator<Uint8Array>;
  put(name: string, bytes: Uint8Array): Promise<void>;
  putFile(name: string, path: string): Promise<void>;
  names(): Promise<string[]>;
  remove(name: string): Promise<void>;
  /** See `sweepChunks`. */
  sweep(nowMs: () => number): Promise<number>;
}

/** A part of an object that is not stored by then is not: a server may be electing its leader. */
const PUT_MS = 15_000;

/** A bucket of objects, made where it is not there; `replicas` servers keep it. */
export async function openObjects(
  engine: Engine,
  { name, replicas }: { readonly name: string; readonly replicas: number },
  pause: (ms: number) => Promise<void>,
): Promise<ObjectBucket> {
  const { Objm, StorageType } = await import('@nats-io/obj');
  const store = await new Objm(engine.main).create(name, { replicas, storage: StorageType.File });
  const stream = await objectStream(engine, name, pause);
  return new NatsObjects({ name, store, stream }, new ObjectReads(name, stream, pause));
}

/** A bucket that is there: its name, as the library has it, and its stream. */
interface Bucket {
  readonly name: string;
  readonly store: ObjectStore;
  readonly stream: ObjectStream;
}

class NatsObjects implements ObjectBucket {
  readonly #bucket: Bucket;
  readonly #reads: ObjectReads;

  constructor(bucket: Bucket, reads: ObjectReads) {
    this.#bucket = bucket;
    this.#reads = reads;
  }

  async has(name: string): Promise<boolean> {
    return (await this.#reads.meta(name)) !== undefined;
  }

  read(name: string): AsyncGenerator<Uint8Array> {
    return this.#reads.read(name);
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#bucket.store.putBlob({ name }, bytes, { timeout: PUT_MS });
  }

  async putFile(name: string, path: string): Promise<void> {
    const bytes = Readable.toWeb(createReadStream(path));
    // The library's type is that of browsers.
    await this.#bucket.store.put({ name }, bytes as never, { timeout: PUT_MS });
  }

  async names(): Promise<string[]> {
    const { name, stream } = this.#bucket;
    return (await stream.subjects(`$O.${name}.M.*`)).map(objectOfMeta);
  }

  /** Its description first, which nothing is left of: parts that nobody describes are swept. */
  async remove(object: string): Promise<void> {
    const { name, stream } = this.#bucket;
    const found = await this.#reads.meta(object);
    await stream.purge(metaSubject(name, object));
    if (found !== undefined) await stream.purge(chunksSubject(name, found.nuid));
  }

  sweep(nowMs: () => number): Promise<number> {
    return sweepChunks(this.#bucket.stream, this.#bucket.name, nowMs);
  }
}
