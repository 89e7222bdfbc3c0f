import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { type BuiltGateway, freePort, startGateway } from '../../support/gateway/built-gateway.js';
import type { FaultOrder } from '../armed/armed-fault-point.js';

/** What is kept of the log of a life. */
const LOG_CHARS = 4_000;

/** How the gateway is started; the rest is what every life has. */
export interface Life {
  readonly dataDir: string;
  readonly shards: number;
  /** Folder of the bundle that a new data folder begins with, among those that a swap may name. */
  readonly bundle: string;
  readonly bundlesDir: string;
  /** See `journalKeptBytes` of the gateway; 0: no bound. */
  readonly journalKeptBytes: number;
  /** Which promise a build with mutants breaks; '' for none. */
  readonly mutant: string;
}

/** The gateway of a run, from one life to the next, on one port. Faults are ordered by a file that its fault points read. */
export class GatewayLives {
  readonly #port: number;
  readonly #orderPath: string;
  #gateway: BuiltGateway | undefined;
  #log = '';
  starts = 0;

  private constructor(port: number, orderPath: string) {
    this.#port = port;
    this.#orderPath = orderPath;
  }

  /** @param orderPath of the file of orders */
  static async make(orderPath: string): Promise<GatewayLives> {
    return new GatewayLives(await freePort(), orderPath);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get isAlive(): boolean {
    const process = this.#gateway?.process;
    return process !== undefined && process.exitCode === null && process.signalCode === null;
  }

  /** End of the latest life's log. */
  get log(): string {
    return this.#log;
  }

  /** Resolves when it takes connections; rejects when it ends before. */
  async start({ dataDir, shards, bundle, bundlesDir, journalKeptBytes, mutant }: Life): Promise<void> {
    this.starts++;
    this.#log = '';
    const gateway = await startGateway({
      env: {
        AFTERCLICK_PORT: String(this.#port),
        AFTERCLICK_DATA_DIR: dataDir,
        AFTERCLICK_SHARDS: String(shards),
        AFTERCLICK_BUNDLE: bundle,
        AFTERCLICK_BUNDLES_DIR: bundlesDir,
        AFTERCLICK_WATCH_BUNDLE: 'off',
        AFTERCLICK_ITEMS_MAX: '1024',
        AFTERCLICK_CHECKPOINT_MS: '100',
        AFTERCLICK_INTERACTION_CHECKPOINT_MS: '1000',
        AFTERCLICK_SNAPSHOTS_KEPT: '1',
        // Small, so that a round has many.
        AFTERCLICK_JOURNAL_SEGMENT_BYTES: '16384',
        AFTERCLICK_JOURNAL_KEPT_BYTES: String(journalKeptBytes),
        // Those who pass (`clients/passing-client.ts`) are older than that from the start, and nobody else gets so old.
        AFTERCLICK_VISITORS_KEPT_MS: String(10 * 86_400_000),
        AFTERCLICK_LOG_LEVEL: 'warn',
        // Each of its starts would read the demo's titles.
        AFTERCLICK_ENCODER: 'none',
        FAULT_ORDER: this.#orderPath,
        FAULT_MUTANT: mutant,
      },
      onLog: (text) => (this.#log = (this.#log + text).slice(-LOG_CHARS)),
    });
    this.#gateway = gateway;
  }

  /** Orders a fault; an earlier order that nobody carried out is forgotten. */
  order(order: FaultOrder): void {
    this.forgetOrder();
    // Whole at once: a thread may read it at any moment.
    writeFileSync(`${this.#orderPath}.new`, JSON.stringify(order));
    renameSync(`${this.#orderPath}.new`, this.#orderPath);
  }

  forgetOrder(): void {
    for (const path of [this.#orderPath, `${this.#orderPath}.done`]) rmSync(path, { force: true });
  }

  /** True once the point of the order was reached. */
  get isCarriedOut(): boolean {
    return existsSync(`${this.#orderPath}.done`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#gateway?.process.kill(signal);
  }

  /** Resolves when the process has ended; with its exit code, or null after a signal. */
  async ended(): Promise<number | null> {
    const process = this.#gateway?.process;
    if (process === undefined) return null;
    if (this.isAlive) await once(process, 'exit');
    return process.exitCode;
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended();
  }
}
