import { connect, type Socket } from 'node:net';
import type { ThreadBatch } from '../../shards/wire/thread-batch.js';
import { FRAME_BYTES_MAX, FrameReader, frameValue, writeBody, writeFrame, type LinkReply } from './frame.js';
import { HeldFrames, type LinkedItems } from './held-frames.js';
import { GREETING_BYTES_MAX, greeting, isAnswer, KEEP_ALIVE_MS, NONCE_BYTES } from './handshake.js';

/** Who uses a partition of another node. */
export interface PartitionUser {
  attached(): void;
  replies(batch: ThreadBatch): void;
  /** Nothing more comes: that node does not serve the partition, or cannot be reached. */
  gone(why: string): void;
}

/** Whom a link goes to, and whose it is. */
export interface LinkEnds {
  readonly host: string;
  readonly port: number;
  /** Name of this node. */
  readonly self: string;
  readonly key: Buffer;
  readonly items: LinkedItems;
}

const CONNECT_MS = 2_000;

/**
 * The connection to one other node, over which this one uses partitions of that; made when the first of them is attached, again after
 * it broke, and let go with the last: one that was cut for long would send nothing for up to two minutes after it is whole again (TCP).
 * Frames of one turn of the event loop go together, in order.
 */
export class LinkClient {
  readonly #ends: LinkEnds;
  readonly #users = new Map<number, PartitionUser>();
  #socket: Socket | undefined;
  /** True when both sides are known. */
  #isOpen = false;

  constructor(ends: LinkEnds) {
    this.#ends = ends;
  }

  attach(partition: number, user: PartitionUser): void {
    this.#users.set(partition, user);
    if (this.#socket === undefined) this.#connect();
    else if (this.#isOpen) writeFrame(this.#socket, { op: 'attach', partition });
  }

  /** The user hears nothing more. */
  detach(partition: number, user: PartitionUser): void {
    if (this.#users.get(partition) !== user) return;
    this.#users.delete(partition);
    if (this.#users.size === 0) this.#letGo();
    else if (this.#socket !== undefined && this.#isOpen)
      writeFrame(this.#socket, { op: 'detach', partition });
  }

  send(partition: number, batch: ThreadBatch): void {
    if (this.#socket !== undefined && this.#isOpen)
      writeFrame(this.#socket, { op: 'calls', partition, items: this.#ends.items.count(), batch });
  }

  stop(): void {
    this.#socket?.destroy();
  }

  /** What was sent is still written. Nothing of that connection is heard. */
  #letGo(): void {
    this.#socket?.destroySoon();
    this.#socket = undefined;
    this.#isOpen = false;
  }

  #connect(): void {
    const { host, port } = this.#ends;
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    const tooLate = setTimeout(() => socket.destroy(new Error('it does not answer')), CONNECT_MS);
    const reader = new FrameReader();
    reader.limit = GREETING_BYTES_MAX;
    this.#socket = socket;
    const frames = new HeldFrames<LinkReply>(
      this.#ends.items,
      (reply) => this.#hear(reply),
      (error) => socket.destroy(error),
    );
    let why = 'it closed the link';
    let ownNonce: Buffer | undefined;
    const take = (body: Buffer): void => {
      if (this.#isOpen) return frames.add(frameValue(body) as LinkReply, body.length);
      if (ownNonce === undefined) {
        if (body.length !== NONCE_BYTES) throw new Error('it is no node of a cluster');
        const greeted = greeting(this.#ends.key, body, this.#ends.self);
        ownNonce = greeted.subarray(0, NONCE_BYTES);
        return writeBody(socket, greeted);
      }
      if (!isAnswer(this.#ends.key, ownNonce, body))
        throw new Error('it does not have the key of the cluster');
      clearTimeout(tooLate);
      reader.limit = FRAME_BYTES_MAX;
      this.#open(socket);
    };
    socket.on('error', (error) => (why = error.message));
    socket.on('data', (chunk: Buffer) => {
      try {
        if (this.#socket === socket) reader.read(chunk, take);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.once('close', () => {
      clearTimeout(tooLate);
      frames.end();
      if (this.#socket === socket) this.#closed(why);
    });
  }

  #open(socket: Socket): void {
    this.#isOpen = true;
    for (const partition of this.#users.keys()) writeFrame(socket, { op: 'attach', partition });
  }

  #closed(why: string): void {
    this.#socket = undefined;
    this.#isOpen = false;
    const users = [...this.#users.values()];
    this.#users.clear();
    for (const user of users) user.gone(why);
  }

  #hear(reply: LinkReply): void {
    const user = this.#users.get(reply.partition);
    if (reply.op === 'attached') user?.attached();
    else if (reply.op === 'replies') user?.replies(reply.batch);
    else {
      this.#users.delete(reply.partition);
      user?.gone('it does not own the partition');
    }
  }
}
