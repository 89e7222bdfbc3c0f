import { deserialize, serialize } from 'node:v8';
import type { Socket } from 'node:net';
import type { ThreadBatch } from '../../shards/wire/thread-batch.js';

/** What is said of a partition in a turn. */
export interface LinkBatch {
  readonly partition: number;
  /** Indices of items that whoever says it knows: the batch names none beyond. */
  readonly items: number;
  readonly batch: ThreadBatch;
}

/** What a node says on its way to another one, whose partitions it uses. */
export type LinkCall =
  | { readonly op: 'attach'; readonly partition: number }
  | { readonly op: 'detach'; readonly partition: number }
  | ({ readonly op: 'calls' } & LinkBatch);

/** What that one says; `gone`: it does not serve the partition, or does not any more. */
export type LinkReply =
  | { readonly op: 'attached' | 'gone'; readonly partition: number }
  | ({ readonly op: 'replies' } & LinkBatch);

const LENGTH_BYTES = 4;
/** More is no frame of ours: a turn's batch is far smaller. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024;
/** A peer that leaves so much unread stands still: it is given up, and what it is owed is told again. */
const UNREAD_BYTES_MAX = 64 * 1024 * 1024;

/** Writes a value as threads would clone it. A socket whose peer does not read is destroyed. */
export function writeFrame(socket: Socket, value: LinkCall | LinkReply): void {
  if (socket.writableLength > UNREAD_BYTES_MAX) socket.destroy();
  else writeBody(socket, serialize(value));
}

/** Writes a frame: its length, u32 big-endian, and its body. */
export function writeBody(socket: Socket, body: Buffer): void {
  const head = Buffer.alloc(LENGTH_BYTES);
  head.writeUInt32BE(body.length);
  socket.cork();
  socket.write(head);
  socket.write(body);
  socket.uncork();
}

/** Takes frames out of what comes in; throws for one that is too long. `limit` holds until it is set anew. */
export class FrameReader {
  /** Bytes of a frame at most. Low until the peer is known. */
  limit = FRAME_BYTES_MAX;
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** Calls `take` with the body of each frame that is whole now. */
  read(chunk: Buffer, take: (body: Buffer) => void): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    for (
      let size = this.#size();
      size !== undefined && this.#bytes >= LENGTH_BYTES + size;
      size = this.#size()
    ) {
      const all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
      const end = LENGTH_BYTES + size;
      this.#chunks = [all.subarray(end)];
      this.#bytes = all.length - end;
      take(all.subarray(LENGTH_BYTES, end));
    }
  }

  #size(): number | undefined {
    if (this.#bytes < LENGTH_BYTES) return undefined;
    if (this.#chunks[0].length < LENGTH_BYTES) this.#chunks = [Buffer.concat(this.#chunks)];
    const size = this.#chunks[0].readUInt32BE(0);
    if (size > this.limit) throw new RangeError(`a frame of ${size} bytes; ${this.limit} are the most`);
    return size;
  }
}

/** What `writeFrame` was given. Only for bytes of a peer that has shown who it is. */
export function frameValue(body: Buffer): unknown {
  return deserialize(body);
}
