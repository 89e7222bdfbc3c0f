import type { Engine } from '../engine/engine.js';
import { subjectReads, type SubjectRead } from '../journal/nats-stream.js';

/** Parts of an object that are asked for at once, 128 KiB each. */
const CHUNKS_AT_ONCE = 16;
/** How long a part is waited for that no replica has. */
const PATIENCE_MS = 20_000;
const RETRY_MS = 250;

/**
 * The parts of objects, read from any replica without a consumer: servers that have just come back make none for seconds, and may deliver
 * nothing to one. Which bytes are right is for whoever reads to say.
 */
export class ObjectChunks {
  readonly #bucket: string;
  readonly #read: SubjectRead;
  readonly #pause: (ms: number) => Promise<void>;

  private constructor(bucket: string, read: SubjectRead, pause: (ms: number) => Promise<void>) {
    this.#bucket = bucket;
    this.#read = read;
    this.#pause = pause;
  }

  /** Of a bucket that is there. */
  static async of(
    engine: Engine,
    bucket: string,
    pause: (ms: number) => Promise<void>,
  ): Promise<ObjectChunks> {
    return new ObjectChunks(bucket, await subjectReads(engine, `OBJ_${bucket}`, pause), pause);
  }

  /** All `count` parts of the object with that id, in order. Rejects when they do not come. */
  async *read(id: string, count: number): AsyncGenerator<Uint8Array> {
    const subject = `$O.${this.#bucket}.C.${id}`;
    let from = 1;
    for (let left = count; left > 0;) {
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
