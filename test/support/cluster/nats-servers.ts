import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../markdown.js';
import { patientlyUntil } from '../patience.js';
import { LOOPBACK, type Machine } from './machine.js';

const READY_MS = 60_000;

interface Ports {
  readonly client: number;
  readonly route: number;
  readonly monitor: number;
}

export interface NatsOptions {
  readonly count?: number;
  /** What `sync_interval` is; without, the server's default of two minutes. */
  readonly sync?: 'always';
  /** Further lines of each server's configuration. */
  readonly extra?: string;
  readonly hasJetStream?: boolean;
  /** A machine for each; else all are on loopback. */
  readonly machines?: readonly Machine[];
  /** Where each keeps its streams; else in a temporary folder. */
  readonly stores?: readonly string[];
}

/** Real NATS servers: a cluster when there is more than one. */
export class NatsServers {
  readonly #folder: string;
  readonly #ports: readonly Ports[];
  readonly #options: NatsOptions;
  readonly #processes: (ChildProcess | undefined)[] = [];

  private constructor(folder: string, ports: readonly Ports[], options: NatsOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#ports = ports;
  }

  /** Starts them and waits until all are part of the cluster. The caller stops them. */
  static async start(options: NatsOptions = {}): Promise<NatsServers> {
    const folder = mkdtempSync(join(tmpdir(), 'nats-'));
    const servers = new NatsServers(folder, await freePorts(options.count ?? 1), options);
    for (const index of servers.#ports.keys()) {
      mkdirSync(servers.#store(index), { recursive: true });
      writeFileSync(servers.#config(index), servers.#configuration(index));
      servers.spawn(index);
    }
    await servers.ready();
    return servers;
  }

  get addresses(): string[] {
    return this.#ports.map(({ client }, index) => `nats://${this.#machine(index).host}:${client}`);
  }

  get monitors(): string[] {
    return this.#ports.map(({ monitor }, index) => `http://${this.#machine(index).host}:${monitor}`);
  }

  /** Which server has this name; servers are called s0, s1, … */
  static indexOf(name: string): number {
    return Number(name.slice(1));
  }

  /** Starts one that is not running, on the store and ports that it had. */
  spawn(index: number): void {
    const log = openSync(this.#log(index), 'a');
    // It ends with this process, whatever happens to that.
    const server = [
      '--pdeathsig',
      'KILL',
      ...this.#machine(index).prefix,
      natsServer(),
      '-c',
      this.#config(index),
    ];
    const child = spawn('setpriv', server, { stdio: ['ignore', log, log] });
    this.#processes[index] = child;
  }

  /** Waits until all that run say that they are healthy: connected to each other, with a leader. */
  async ready(): Promise<void> {
    const running = this.monitors.filter((_, index) => this.#processes[index] !== undefined);
    const isReady = await patientlyUntil(
      async () => (await Promise.all(running.map(isHealthy))).every(Boolean),
      {
        everyMs: 50,
        ms: READY_MS,
      },
    );
    if (!isReady)
      throw new Error(`NATS servers are not ready:\n${readFileSync(this.#log(0), 'utf8').slice(-2_000)}`);
  }

  async kill(index: number): Promise<void> {
    const child = this.#processes[index];
    if (child === undefined) return;
    this.#processes[index] = undefined;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** It answers nothing any more, and its connections stay, until `thaw`. */
  freeze(index: number): void {
    this.#processes[index]?.kill('SIGSTOP');
  }

  thaw(index: number): void {
    this.#processes[index]?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#ports.map((_, index) => this.kill(index)));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #config(index: number): string {
    return join(this.#folder, `${index}.conf`);
  }

  #machine(index: number): Machine {
    return this.#options.machines?.[index] ?? LOOPBACK;
  }

  #store(index: number): string {
    return this.#options.stores?.[index] ?? join(this.#folder, `store-${index}`);
  }

  #log(index: number): string {
    return join(this.#folder, `${index}.log`);
  }

  #configuration(index: number): string {
    const { sync, extra = '', hasJetStream = true } = this.#options;
    const { client, route, monitor } = this.#ports[index];
    const { host } = this.#machine(index);
    const routes = this.#ports
      .map((ports, other) => `"nats-route://${this.#machine(other).host}:${ports.route}"`)
      .join(', ');
    const lines = [
      `server_name: s${index}`,
      `listen: "${host}:${client}"`,
      `http: "${host}:${monitor}"`,
      'ping_interval: "1s"',
      'ping_max: 2',
    ];
    if (hasJetStream)
      lines.push(
        `jetstream { store_dir: "${this.#store(index)}"${sync === undefined ? '' : `, sync_interval: ${sync}`} }`,
      );
    if (this.#ports.length > 1)
      lines.push(`cluster { name: test, listen: "${host}:${route}", routes: [${routes}] }`);
    return `${[...lines, extra].join('\n')}\n`;
  }
}

let path: string | undefined;

/** Path of the server's binary. Throws, saying what to do, where there is none and none can be built. */
function natsServer(): string {
  path ??= execFileSync(join(ROOT, 'test/support/cluster/build-nats-server.sh'), { encoding: 'utf8' }).trim();
  return path;
}

async function isHealthy(monitor: string): Promise<boolean> {
  const answer = await fetch(`${monitor}/healthz`).catch(() => undefined);
  return answer?.ok === true;
}

/** Ports that nobody has, taken all at once so that none is given out twice. */
async function freePorts(count: number): Promise<Ports[]> {
  const taken = await Promise.all(Array.from({ length: 3 * count }, takePort));
  const ports = taken.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(taken.map((server) => once(server.close(), 'close')));
  return Array.from({ length: count }, (_, i) => ({
    client: ports[3 * i],
    route: ports[3 * i + 1],
    monitor: ports[3 * i + 2],
  }));
}

async function takePort(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
