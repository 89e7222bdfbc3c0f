import type { AddressInfo } from 'node:net';
import { Server } from 'node:net';
import type { ListenAddress, TransportListener } from '../transport/transport.js';

/**
 * The listen socket of a server of `node:http` or `node:https`. It is closed as one of `node:net`, for that leaves alone who is
 * connected; those of HTTP would close connections that wait for their next request.
 */
export class NodeListener implements TransportListener {
  readonly port: number;
  readonly #server: Server;
  readonly #host: string;
  #isStopped = false;
  #isTrying = false;

  private constructor(server: Server, host: string) {
    this.#server = server;
    this.#host = host;
    this.port = (server.address() as AddressInfo).port;
    server.on('listening', () => (this.#isTrying = false));
    server.on('error', () => (this.#isTrying = false));
  }

  /** Rejects with what the system says when the address cannot be listened on. */
  static async open(server: Server, { host, port }: ListenAddress): Promise<NodeListener> {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return new NodeListener(server, host);
  }

  pause(): void {
    Server.prototype.close.call(this.#server);
  }

  /** False until it listens: the system says so later, and when it refuses this tries again. */
  resume(): boolean {
    if (this.#isStopped || this.#server.listening) return true;
    if (!this.#isTrying) {
      this.#isTrying = true;
      this.#server.listen({ host: this.#host, port: this.port, exclusive: true });
    }
    return false;
  }

  stop(): void {
    this.#isStopped = true;
    this.pause();
  }
}
