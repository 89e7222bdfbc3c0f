import { readFileSync } from 'node:fs';
import { METRIC_PREFIX } from '../../../metrics/table.js';
import { scrapeMetrics } from '../../../loadtest/target/server-stages.js';
import {
  type BuiltGateway,
  freePort,
  startGateway,
  temporaryFolder,
} from '../../support/gateway/built-gateway.js';

const SAMPLE_EVERY_MS = 250;
/** What is kept of the log, to say why it ended. */
const LOG_CHARS = 2_500;
const CLOCK_TICKS_PER_SEC = 100;
const MIB = 2 ** 20;

/** Counters of the gateway that have to stay 0. */
const CRASH_COUNTERS = ['shard_restarts_total', 'invariants_broken_total'];

/**
 * The gateway under attack: the build, in a process of its own, with a data folder of its own and all defaults, on one port
 * through all its lives. Knows whether it lives, how often something of it crashed, and what memory it holds.
 */
export class WatchedGateway {
  readonly #dataDir = temporaryFolder();
  readonly #port: number;
  #gateway!: BuiltGateway;
  #sampler: NodeJS.Timeout | undefined;
  #log = '';
  #peakMib = 0;
  #innerCrashes = 0;
  /** ms from spawn to the ready line of the latest life. */
  startMs = 0;

  private constructor(port: number) {
    this.#port = port;
  }

  static async start(): Promise<WatchedGateway> {
    const watched = new WatchedGateway(await freePort());
    await watched.restart();
    return watched;
  }

  get url(): string {
    return this.#gateway.url;
  }

  get isAlive(): boolean {
    return this.#gateway.process.exitCode === null && this.#gateway.process.signalCode === null;
  }

  /** End of the latest life's log. */
  get log(): string {
    return this.#log;
  }

  /** Highest resident memory seen since the last call, MiB. */
  takePeakMib(): number {
    const peak = Math.max(this.#peakMib, this.residentMib());
    this.#peakMib = 0;
    return peak;
  }

  async restart(): Promise<void> {
    const fromMs = performance.now();
    this.#gateway = await startGateway({
      env: { AFTERCLICK_PORT: String(this.#port), AFTERCLICK_DATA_DIR: this.#dataDir },
    });
    this.startMs = Math.round(performance.now() - fromMs);
    this.#log = '';
    this.#innerCrashes = 0;
    this.#gateway.process.stderr!.on('data', (text: Buffer) => {
      this.#log = (this.#log + text.toString()).slice(-LOG_CHARS);
    });
    clearInterval(this.#sampler);
    this.#sampler = setInterval(() => {
      this.#peakMib = Math.max(this.#peakMib, this.residentMib());
    }, SAMPLE_EVERY_MS);
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.#gateway.kill();
  }

  /** SIGTERM; resolves with the exit code, which has to be 0. */
  async stop(): Promise<number | null> {
    clearInterval(this.#sampler);
    return this.#gateway.stop();
  }

  /** Resident memory now, MiB; 0 when it does not run. */
  residentMib(): number {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(this.#procFile('status'))?.[1];
    return (Number(kib ?? 0) * 1_024) / MIB;
  }

  /** CPU time so far, user and system, s. */
  cpuSeconds(): number {
    // Fields 14 and 15, counted behind the name in brackets, which is the second.
    const fields = this.#procFile('stat').split(') ').at(-1)!.split(' ');
    return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / CLOCK_TICKS_PER_SEC;
  }

  /** Crashes of its shards and broken invariants since the last call, by `/metrics`. One that does not answer has had none. */
  async takeInnerCrashes(): Promise<number> {
    const names = new Set(CRASH_COUNTERS.map((name) => METRIC_PREFIX + name));
    const lines = await scrapeMetrics(this.url);
    const count = lines.filter(({ name }) => names.has(name)).reduce((sum, { value }) => sum + value, 0);
    const fresh = count - this.#innerCrashes;
    this.#innerCrashes = count;
    return fresh;
  }

  #procFile(name: string): string {
    try {
      return readFileSync(`/proc/${this.#gateway.process.pid}/${name}`, 'utf8');
    } catch {
      return '';
    }
  }
}
