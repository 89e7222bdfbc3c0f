// A built gateway in a process of its own, for test/bench/durability.mjs.
import { spawn } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Linux counts a process's time in hundredths of a second. */
const MS_PER_TICK = 10;

export class BuiltGateway {
  /** Where it listens, `http://…`. */
  url = '';
  /** From the start of its process to its ready line. */
  readyMs = 0;
  #process;
  #ended;

  /** Starts the build in `dist` with one shard, and resolves when it is ready. `profile`: a folder for a CPU profile of every thread; `env`: more variables. */
  static async start(dist, dataDir, { profile, env } = {}) {
    const gateway = new BuiltGateway();
    const startMs = performance.now();
    const flags = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
    gateway.#process = spawn(process.execPath, [...flags, join(dist, 'gateway/main.js')], {
      env: {
        ...process.env,
        AFTERCLICK_PORT: '0',
        AFTERCLICK_DATA_DIR: dataDir,
        AFTERCLICK_LOG_LEVEL: 'error',
        // Reading the demo's titles at a start would be in every figure.
        AFTERCLICK_ENCODER: 'none',
        AFTERCLICK_DRAIN_GRACE_MS: '0',
        AFTERCLICK_SNAPSHOT_EVERY_MS: '0',
        AFTERCLICK_SNAPSHOT_AT_END: 'off',
        AFTERCLICK_SNAPSHOTS_KEPT: '1',
        AFTERCLICK_SHARDS: '1',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    gateway.#ended = new Promise((ended) => gateway.#process.once('exit', ended));
    const line = await Promise.race([gateway.#readyLine(), gateway.#ended]);
    if (typeof line !== 'string') throw new Error(`the gateway ended with ${line} before it was ready`);
    gateway.readyMs = performance.now() - startMs;
    gateway.url = JSON.parse(line).url;
    return gateway;
  }

  #readyLine() {
    return new Promise((found) =>
      createInterface(this.#process.stdout).on(
        'line',
        (line) => line.includes('"event":"ready"') && found(line),
      ),
    );
  }

  /** `size` items, in the order of the catalogue. */
  async items(size = 5_000) {
    const ids = [];
    for (let page = [undefined]; page.length > 0 && ids.length < size;) {
      const response = await fetch(`${this.url}/v1/items?limit=200&offset=${ids.length}`);
      page = (await response.json()).items.map(({ id }) => id);
      ids.push(...page);
    }
    return ids;
  }

  /** Makes a snapshot; bytes of the stores of all shards in it. */
  async snapshot() {
    const response = await fetch(`${this.url}/v1/snapshots`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    if (!response.ok) throw new Error(`no snapshot: ${await response.text()}`);
    const { shards } = await response.json();
    return shards.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** CPU time of all its threads since its start, in the system and outside of it, ms. Linux. */
  cpuMs() {
    const stat = readFileSync(`/proc/${this.#process.pid}/stat`, 'latin1');
    const [userTicks, systemTicks] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number);
    return (userTicks + systemTicks) * MS_PER_TICK;
  }

  async stop(signal = 'SIGTERM') {
    this.#process.kill(signal);
    await this.#ended;
  }
}

/** The files of the journal of a shard's store in `folder`. */
export function segmentsOf(folder) {
  const journal = join(folder, 'journal');
  return readdirSync(journal)
    .filter((name) => name.endsWith('.segment'))
    .map((name) => join(journal, name));
}

/** What syncs: of the tables, and of the files of a journal. */
const SYNCS = [
  {
    file: 'shards/store/lmdb/commits/lmdb-environment.js',
    from: 'overlappingSync: false,',
    to: 'overlappingSync: false, noSync: true,',
  },
  {
    file: 'shards/store/journal-file/segments/segment-file.js',
    from: 'constants.O_EXCL | constants.O_DSYNC',
    to: 'constants.O_EXCL',
  },
];

/** A copy of the build in `dist` whose stores never sync, in `target`: what clicks would cost if nothing were durable. */
export function unsyncedBuild(dist, target) {
  cpSync(dist, target, { recursive: true });
  for (const { file, from, to } of SYNCS) {
    const path = join(target, file);
    const code = readFileSync(path, 'utf8');
    if (code.split(from).length !== 2)
      throw new Error(`${path} has no single "${from}"; mend ${import.meta.filename}`);
    writeFileSync(path, code.replace(from, to));
  }
}
