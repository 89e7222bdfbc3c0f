import type { ObjectStore } from '@nats-io/obj';
import type { Engine } from '../engine/engine.js';
import { subjectReads, type SubjectRead } from '../journal/nats-stream.js';

/** A bucket of objects that is there: its name, and the same as the library has it. */
export interface ReadBucket {
  readonly name: string;
  readonly store: ObjectStore;
}

/** Parts of an object that are asked for at once, 128 KiB each. */
const CHUNKS_AT_ONCE = 16;
/** How long a part is waited for that no replica has. */
const PATIENCE_MS = 20_000;
const RETRY_MS = 250;

/**
 * Reads objects part by part from any replica, without a consumer: servers that have just come back make none for seconds, and may deliver
 * nothing to one. Which bytes are right is for whoever reads to say.
 */
export class ObjectReads {
  readonly #bucket: ReadBucket;
  readonly #read: SubjectRead;
  readonly #pause: (ms: number) => Promise<void>;

  private constructor(bucket: ReadBucket, read: SubjectRead, pause: (ms: number) => Promise<void>) {
    this.#bucket = bucket;
    this.#read = read;
    this.#pause = pause;
  }

  static async of(
    engine: Engine,
    bucket: ReadBucket,
    pause: (ms: number) => Promise<void>,
  ): Promise<ObjectReads> {
    return new ObjectReads(bucket, await subjectReads(engine, `OBJ_${bucket.name}`, pause), pause);
  }

  /** The bytes of an object, in order. Rejects when there is none of that name, and when parts of it do not come. */
  async *read(object: string): AsyncGenerator<Uint8Array> {
    const { name, store } = this.#bucket;
    const found = await store.info(object);
    if (found === null || found.deleted) throw new Error(`there is no object ${object}`);
    const subject = `$O.${name}.C.${found.nuid}`;
    let from = 1;
    for (let left = found.chunks; left > 0;) {
      const chunks = await this.#next(subject, from, Math.min(left, CHUNKS_AT_ONCE));
      for (const { bytes } of chunks) yield bytes;
      left -= chunks.length;
      from = chunks[chunks.length - 1].sequence + 1;
    }
  }

  async #next(subject: string, from: number, countMax: number): ReturnType<SubjectRead> {
    for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += RETRY_MS) {
      const chunks = await this.#read(subject, from, countMax);
      if (chunks.length > 0) return chunks;
      await this.#pause(RETRY_MS);
    }
    throw new Error(`no server has the part of ${subject} that follows message ${from - 1}`);
  }
}
