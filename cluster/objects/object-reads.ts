import { z } from 'zod';
import type { StoredMessage } from '../journal/partition-stream.js';
import type { ObjectStream } from './object-stream.js';

/** What a bucket says of an object, as far as it is looked at. */
const meta = z.object({ nuid: z.string(), chunks: z.number().int(), deleted: z.boolean().default(false) });
export type ObjectMeta = z.infer<typeof meta>;

/** Parts of an object that are asked for at once, 128 KiB each. */
const CHUNKS_AT_ONCE = 16;
/** How long a message is waited for that no replica gives while the stream has no leader: an election takes 4 to 9 s. */
const PATIENCE_MS = 20_000;
const RETRY_MS = 250;

/**
 * Reads objects of a bucket part by part. Parts come from any replica, or from the leader where that replica has none: it may be behind for as long
 * as it catches up. What an object is made of says the leader, or a replica while there is none. Which bytes are right is for whoever reads to say.
 */
export class ObjectReads {
  readonly #bucket: string;
  readonly #stream: ObjectStream;
  readonly #pause: (ms: number) => Promise<void>;

  constructor(bucket: string, stream: ObjectStream, pause: (ms: number) => Promise<void>) {
    this.#bucket = bucket;
    this.#stream = stream;
    this.#pause = pause;
  }

  /** Undefined when there is no object of that name that somebody could read. Rejects when nobody can say. */
  async meta(object: string): Promise<ObjectMeta | undefined> {
    const subject = metaSubject(this.#bucket, object);
    const found = await this.#patiently(async () => {
      try {
        return [await this.#stream.one(subject, 1)];
      } catch {
        const replicas = await this.#stream.some(subject, 1, 1);
        // One that has none may be behind: the leader has to say so.
        return replicas.length > 0 ? replicas : undefined;
      }
    });
    const said = found?.[0] && decodeMeta(found[0]);
    return said?.deleted === false ? said : undefined;
  }

  /** The bytes of an object, in order. Rejects when there is none of that name, when parts of it are gone, and when nobody gives them. */
  async *read(object: string): AsyncGenerator<Uint8Array> {
    const found = await this.meta(object);
    if (found === undefined)
      throw new Error(`there is no object ${object}, or what is said of it cannot be read`);
    const subject = chunksSubject(this.#bucket, found.nuid);
    let from = 1;
    for (let left = found.chunks; left > 0;) {
      const chunks = await this.#next(subject, from, Math.min(left, CHUNKS_AT_ONCE));
      for (const { bytes } of chunks) yield bytes;
      left -= chunks.length;
      from = chunks[chunks.length - 1].sequence + 1;
    }
  }

  async #next(subject: string, from: number, countMax: number): Promise<StoredMessage[]> {
    const found = await this.#patiently(async () => {
      const replicas = await this.#stream.some(subject, from, countMax).catch(() => []);
      return replicas.length > 0 ? replicas : [await this.#stream.one(subject, from)];
    });
    const chunks = found?.filter((chunk) => chunk !== undefined) ?? [];
    if (chunks.length > 0) return chunks;
    throw new Error(`the part of ${subject} that follows message ${from - 1} is gone`);
  }

  /** What `ask` resolves with, as soon as that is something. Rejects with what it rejected with last. */
  async #patiently<T>(ask: () => Promise<T | undefined>): Promise<T> {
    let why = new Error('no replica has it, and the stream has no leader');
    for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += RETRY_MS) {
      try {
        const found = await ask();
        if (found !== undefined) return found;
      } catch (error) {
        why = error as Error;
      }
      await this.#pause(RETRY_MS);
    }
    throw why;
  }
}

/** Undefined for what is no description of an object. */
export function decodeMeta({ bytes }: StoredMessage): ObjectMeta | undefined {
  try {
    return meta.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Where a bucket keeps what it says of an object: under its name in base64 of URLs, filled up to whole groups (ADR-20 of NATS). */
export function metaSubject(bucket: string, object: string): string {
  const name = Buffer.from(object).toString('base64url');
  return `$O.${bucket}.M.${name.padEnd(4 * Math.ceil(name.length / 4), '=')}`;
}

/** The object whose description is kept there. */
export function objectOfMeta(subject: string): string {
  return Buffer.from(subject.slice(subject.lastIndexOf('.') + 1), 'base64url').toString('utf8');
}

/** Where the parts of an object are kept; `*` for those of all. */
export function chunksSubject(bucket: string, nuid: string): string {
  return `$O.${bucket}.C.${nuid}`;
}
