import { connect } from 'node:net';
import { requestText } from '../../hostile/wire/raw-http.js';
import { mutated } from '../mutate.js';
import { SEED_REQUESTS } from '../seeds/seed-requests.js';
import type { Fuzzer, FuzzHost } from './fuzzer.js';

const BATCH_REQUESTS = 16;

/** Requests of which any byte may be another one, heads included, each on a connection of its own that the client ends. */
export class HeadFuzzer implements Fuzzer {
  readonly #host: FuzzHost;
  readonly #seeds: readonly Buffer[];
  connections = 0;

  constructor(host: FuzzHost) {
    this.#host = host;
    this.#seeds = SEED_REQUESTS.map(({ method, path, type, body = '' }) =>
      Buffer.from(
        requestText(
          `127.0.0.1:${host.port}`,
          `${method} ${path}`,
          type === undefined ? {} : { 'Content-Type': type },
          body,
        ),
      ),
    );
  }

  async batch(): Promise<number> {
    const { random } = this.#host;
    const pick = (): Buffer => this.#seeds[random(this.#seeds.length)];
    const sent = Array.from({ length: BATCH_REQUESTS }, () => mutated(pick(), pick(), random));
    await Promise.all(sent.map((bytes) => this.#send(bytes)));
    return BATCH_REQUESTS;
  }

  end(): void {}

  /** Resolves when the connection has ended; the gateway ends it when the client has. */
  #send(bytes: Buffer): Promise<void> {
    const { localAddress, port, problem } = this.#host;
    this.connections++;
    return new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress });
      let head = '';
      socket.on('data', (data) => (head ||= data.toString('latin1', 0, 12)));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (head.startsWith('HTTP/1.1 500')) problem(`500: ${JSON.stringify(bytes.toString('latin1'))}`);
        resolve();
      });
      socket.end(bytes);
    });
  }
}
