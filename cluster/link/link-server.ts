import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { Log } from '../../metrics/process/log.js';
import {
  FRAME_BYTES_MAX,
  FrameReader,
  frameValue,
  writeBody,
  writeFrame,
  type LinkCall,
  type LinkReply,
} from './frame.js';
import { HeldFrames, type LinkedItems } from './held-frames.js';
import { answerTo, GREETING_BYTES_MAX, NONCE_BYTES, readGreeting } from './handshake.js';

/** A node that uses partitions of this one, over one connection. */
export interface LinkedPeer {
  readonly name: string;
  say(reply: LinkReply): void;
}

/** Who serves peers. */
export interface PeerServer {
  call(peer: LinkedPeer, call: LinkCall): void;
  /** It is gone; what it had is not its any more. */
  left(peer: LinkedPeer): void;
}

/** The cluster's key, who hears of trouble with peers, and the items that they may name. */
export interface LinkKey {
  readonly key: Buffer;
  readonly log: Log;
  readonly items: LinkedItems;
}

const GREETING_MS = 5_000;

/** Takes the calls of other nodes that have the cluster's key, each over a connection of its own. */
export class LinkServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #key: Buffer;
  readonly #peers: PeerServer;

  readonly #log: Log;
  readonly #items: LinkedItems;

  private constructor({ key, log, items }: LinkKey, peers: PeerServer) {
    this.#key = key;
    this.#log = log;
    this.#items = items;
    this.#peers = peers;
    this.#server = createServer({ noDelay: true }, (socket) => this.#greet(socket));
  }

  /** Listens. Rejects with a `StartupError` when it cannot. */
  static async listen(
    { host, port }: { readonly host: string; readonly port: number },
    key: LinkKey,
    peers: PeerServer,
  ): Promise<LinkServer> {
    const server = new LinkServer(key, peers);
    server.#server.listen(port, host);
    await once(server.#server, 'listening').catch((cause: Error) => {
      throw new StartupError(
        'cluster_address_taken',
        `cannot listen at ${host}:${port} for the other nodes (${cause.message}): give another AFTERCLICK_CLUSTER_ADDRESS`,
        { cause },
      );
    });
    return server;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #greet(socket: Socket): void {
    const nonce = randomBytes(NONCE_BYTES);
    const reader = new FrameReader();
    reader.limit = GREETING_BYTES_MAX;
    let peer: LinkedPeer | undefined;
    let frames: HeldFrames<LinkCall> | undefined;
    const tooLate = setTimeout(() => socket.destroy(), GREETING_MS);
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(tooLate);
      this.#sockets.delete(socket);
      frames?.end();
      if (peer !== undefined) this.#peers.left(peer);
    });
    const cutOff = (error: unknown): void => {
      this.#log.warn({ err: error, peer: peer?.name }, 'a node is cut off: what it sent cannot be read');
      socket.destroy();
    };
    const take = (body: Buffer): void => {
      if (frames !== undefined) return frames.add(frameValue(body) as LinkCall);
      const caller = readGreeting(this.#key, nonce, body);
      if (caller === undefined) return void socket.destroy();
      clearTimeout(tooLate);
      reader.limit = FRAME_BYTES_MAX;
      const known = { name: caller.name, say: (reply: LinkReply) => writeFrame(socket, reply) };
      peer = known;
      frames = new HeldFrames(this.#items, (call) => this.#peers.call(known, call), cutOff);
      writeBody(socket, answerTo(this.#key, caller.nonce));
    };
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.read(chunk, take);
      } catch (error) {
        cutOff(error);
      }
    });
    writeBody(socket, nonce);
  }
}
