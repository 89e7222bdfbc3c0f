// Three NATS servers on loopback, for rows that measure a cluster.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuSeconds, start } from './pinned.mjs';

const BINARY = resolve(import.meta.dirname, '../../support/cluster/build-nats-server.sh');
const SERVERS = 3;
const READY_TRIES = 600;
const READY_PAUSE_MS = 100;

/** A port that is free now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await once(server.close(), 'close');
  return port;
}

/** They sync every append, as a cluster needs it. */
export class NatsGroup {
  #folder;
  #ports;
  #processes = [];

  /** Starts them on a core, and waits until they are a cluster. The caller stops them. */
  static async start(work, core) {
    const group = new NatsGroup();
    group.#folder = mkdtempSync(join(work, 'nats-'));
    group.#ports = [];
    for (let i = 0; i < SERVERS; i++)
      group.#ports.push({ client: await freePort(), route: await freePort(), monitor: await freePort() });
    const binary = execFileSync(BINARY, { encoding: 'utf8' }).trim();
    try {
      for (let i = 0; i < SERVERS; i++) {
        const config = group.#configure(i);
        group.#processes.push(start(core, [binary, '-c', config], { stdio: 'ignore' }));
      }
      await group.#ready();
      return group;
    } catch (error) {
      await group.stop();
      throw error;
    }
  }

  get addresses() {
    return this.#ports.map(({ client }) => `nats://127.0.0.1:${client}`);
  }

  get monitors() {
    return this.#ports.map(({ monitor }) => `http://127.0.0.1:${monitor}`);
  }

  /** Of all of them. */
  get cpuSeconds() {
    return this.#processes.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
  }

  async stop() {
    const running = this.#processes.filter(({ exitCode }) => exitCode === null);
    const ended = running.map((process) => once(process, 'exit'));
    for (const process of running) process.kill('SIGKILL');
    await Promise.all(ended);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #configure(i) {
    const { client, route, monitor } = this.#ports[i];
    const store = join(this.#folder, `store-${i}`);
    mkdirSync(store);
    const routes = this.#ports.map((ports) => `"nats-route://127.0.0.1:${ports.route}"`);
    const path = join(this.#folder, `${i}.conf`);
    writeFileSync(
      path,
      `server_name: s${i}
listen: "127.0.0.1:${client}"
http: "127.0.0.1:${monitor}"
ping_interval: "1s"
ping_max: 2
jetstream { store_dir: "${store}", sync_interval: always }
cluster { name: bench, listen: "127.0.0.1:${route}", routes: [${routes.join(', ')}] }
`,
    );
    return path;
  }

  async #ready() {
    for (let tries = 0; tries < READY_TRIES; tries++) {
      const answers = await Promise.all(
        this.monitors.map((url) =>
          fetch(`${url}/healthz`).then(
            ({ ok }) => ok,
            () => false,
          ),
        ),
      );
      if (answers.every(Boolean)) return;
      await pause(READY_PAUSE_MS);
    }
    throw new Error('the NATS servers did not become a cluster');
  }
}
