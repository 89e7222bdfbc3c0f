import { Agent, request } from 'node:http';
import { mutated } from '../mutate.js';
import { SEED_REQUESTS, type SeedRequest } from '../seeds/seed-requests.js';
import type { Fuzzer, FuzzHost } from './fuzzer.js';

const BATCH_REQUESTS = 8;

const BODIES: readonly SeedRequest[] = SEED_REQUESTS.filter(({ body }) => body !== undefined);

/** Good requests with mutated bodies, over kept connections. Each has to be answered, by nothing that says that the gateway went wrong. */
export class BodyFuzzer implements Fuzzer {
  readonly #host: FuzzHost;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: BATCH_REQUESTS });
  connections = 0;

  constructor(host: FuzzHost) {
    this.#host = host;
  }

  async batch(): Promise<number> {
    const bodies = Array.from({ length: BATCH_REQUESTS }, () => this.#seed());
    await Promise.all(bodies.map(([seed, body]) => this.#call(seed, body)));
    return BATCH_REQUESTS;
  }

  end(): void {
    this.#agent.destroy();
  }

  #seed(): [SeedRequest, Buffer] {
    const { random } = this.#host;
    const seed = BODIES[random(BODIES.length)];
    const other = BODIES[random(BODIES.length)];
    return [seed, mutated(Buffer.from(seed.body!), Buffer.from(other.body!), random)];
  }

  #call({ method, path, type }: SeedRequest, body: Buffer): Promise<void> {
    const { localAddress, port, problem } = this.#host;
    const what = (): string => `${method} ${path} with ${JSON.stringify(body.toString('latin1'))}`;
    const headers = { 'content-type': type, 'content-length': body.length };
    return new Promise((resolve) => {
      const target = { host: '127.0.0.1', port, localAddress, agent: this.#agent, method, path, headers };
      const sent = request(target, (response) => {
        if (response.statusCode === 500) problem(`500: ${what()}`);
        response
          .resume()
          .on('error', () => undefined)
          .on('close', resolve);
      });
      sent.on('socket', (socket) => {
        if (socket.connecting) this.connections++;
      });
      sent.on('error', (error) => {
        problem(`no answer (${error.message}): ${what()}`);
        resolve();
      });
      sent.end(body);
    });
  }
}
