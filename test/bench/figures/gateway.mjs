// A built gateway on a core, for the rows of test/bench/bench.mjs.
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startScript } from '../start-script.mjs';
import { cpuSeconds, residentBytes, SERVER_CORE, start } from './pinned.mjs';

/** Nothing happens by itself that is not measured. */
const QUIET = {
  AFTERCLICK_PORT: '0',
  AFTERCLICK_LOG_LEVEL: 'error',
  // Reading the demo's titles at a start would be in every figure.
  AFTERCLICK_ENCODER: 'none',
  AFTERCLICK_DRAIN_GRACE_MS: '0',
  AFTERCLICK_SNAPSHOT_EVERY_MS: '0',
  AFTERCLICK_SNAPSHOT_AT_END: 'off',
  AFTERCLICK_SOCKETS_MAX: '0',
};

export class PinnedGateway {
  url = '';
  /** From the start of the process to its ready line. */
  readyMs = 0;
  #process;
  #exited;
  #folder;
  /** What the process wrote to stdout, besides its ready line. */
  lines = [];

  /**
   * Starts the build in `dist`. `from`: a data folder of which a copy is served; a new one when absent. `core`: `ANY_CORE`
   * leaves it all cores. `prefix`: words before its command. `flags` are the engine's.
   */
  static async start({ dist, work, from, dataDir, core = SERVER_CORE, prefix = [], env = {}, flags = [] }) {
    const gateway = new PinnedGateway();
    gateway.#folder = dataDir === undefined ? mkdtempSync(join(work, 'data-')) : undefined;
    const folder = dataDir ?? gateway.#folder;
    if (from !== undefined) cpSync(from, folder, { recursive: true });
    const startMs = performance.now();
    const script = startScript(dist);
    gateway.#process = start(
      core,
      [...prefix, process.execPath, ...script.flags, ...flags, join(dist, 'gateway/main.js')],
      {
        env: { ...process.env, ...QUIET, ...script.env, AFTERCLICK_DATA_DIR: folder, ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    gateway.#exited = once(gateway.#process, 'exit');
    const lines = createInterface(gateway.#process.stdout);
    const ready = new Promise((found) => {
      lines.on('line', (line) => {
        if (line.includes('"event":"ready"')) found(JSON.parse(line));
        else gateway.lines.push(line);
      });
    });
    const first = await Promise.race([ready, gateway.#exited]);
    if (Array.isArray(first)) throw new Error(`the gateway of ${dist} ended before it was ready`);
    gateway.readyMs = performance.now() - startMs;
    gateway.url = first.url;
    return gateway;
  }

  get cpuSeconds() {
    return cpuSeconds(this.#process.pid);
  }

  /** The sum of one of its metrics, over all labels. */
  async metric(name) {
    const text = await (await fetch(new URL('/metrics', this.url))).text();
    const lines = text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  get residentBytes() {
    return residentBytes(this.#process.pid);
  }

  async stop(signal = 'SIGTERM') {
    this.#process.kill(signal);
    await this.#exited;
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}
