import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { Log } from '../../metrics/process/log.js';
import { COUNTER } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
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
import { answerTo, GREETING_BYTES_MAX, KEEP_ALIVE_MS, NONCE_BYTES, readGreeting } from './handshake.js';
import { Strangers } from './strangers.js';

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
  readonly stats: Pick<ThreadStats, 'count'>;
  readonly items: LinkedItems;
}

/**
 * Takes the calls of other nodes that have the cluster's key, each over a connection of its own. Whoever does not show the key is counted
 * and not logged, since anybody who reaches the port may try without an end.
 */
export class LinkServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #strangers = new Strangers();
  readonly #link: LinkKey;
  readonly #peers: PeerServer;

  private constructor(link: LinkKey, peers: PeerServer) {
    this.#link = link;
    this.#peers = peers;
    const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
    this.#server = createServer(options, (socket) => this.#greet(socket));
  }

  /** Listens. Rejects with a `StartupError` when it cannot. */
  static async listen(
    { host, port }: { readonly host: string; readonly port: number },
    link: LinkKey,
    peers: PeerServer,
  ): Promise<LinkServer> {
    const server = new LinkServer(link, peers);
    server.#server.listen(port, host);
    await once(server.#server, 'listening').catch((cause: Error) => {
      throw new StartupError(
        'cluster_address_taken',
        `cannot listen at ${host}:${port} for the other nodes (${cause.message}): give another AFTERCLICK_CLUSTER_ADDRESS`,
        { cause },
      );
    });
    // A connection that could not be accepted, for want of files: whoever connects tries again.
    server.#server.on('error', (error) => link.log.error({ err: error }, 'a node could not connect'));
    return server;
  }

  /** The port that it listens on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
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
    this.#sockets.add(socket);
    this.#strangers.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#strangers.leave(socket);
      frames?.end();
      if (peer === undefined) this.#link.stats.count(COUNTER.linkStrangers);
      else this.#peers.left(peer);
    });
    const cutOff = (error: unknown): void => {
      if (peer !== undefined)
        this.#link.log.warn(
          { err: error, peer: peer.name },
          'a node is cut off: what it sent cannot be read',
        );
      socket.destroy();
    };
    const take = (body: Buffer): void => {
      if (frames !== undefined) return frames.add(frameValue(body) as LinkCall, body.length);
      const caller = readGreeting(this.#link.key, nonce, body);
      if (caller === undefined) throw new Error('whoever calls does not have the key of the cluster');
      this.#strangers.leave(socket);
      reader.limit = FRAME_BYTES_MAX;
      const known = { name: caller.name, say: (reply: LinkReply) => writeFrame(socket, reply) };
      peer = known;
      frames = new HeldFrames(this.#link.items, (call) => this.#peers.call(known, call), cutOff);
      writeBody(socket, answerTo(this.#link.key, caller.nonce));
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
