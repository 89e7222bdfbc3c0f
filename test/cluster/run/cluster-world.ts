import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHOP_ITEMS } from '../../nemesis/clients/item-plans.js';
import { writeTinyBundle } from '../../support/model/tiny-bundles.js';
import { freePort, startGateway, type BuiltGateway } from '../../support/gateway/built-gateway.js';
import { NatsServers } from '../../support/cluster/nats-servers.js';

export const NODES = [0, 1, 2] as const;
const STREAM_BYTES = 64 * 1024 * 1024;
export const CLUSTER_NAME = 'ROUNDS';
export const PARTITIONS = 12;

/** Three NATS servers and three gateways on loopback. */
export class ClusterWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'cluster-'));
  readonly servers: NatsServers;
  readonly #envs: Record<string, string>[] = [];
  readonly #gateways: (BuiltGateway | undefined)[] = [];
  readonly urls: string[] = [];
  #log = '';

  private constructor(servers: NatsServers) {
    this.servers = servers;
    mkdirSync(join(this.folder, 'ledgers'));
  }

  static async open(): Promise<ClusterWorld> {
    const world = new ClusterWorld(await NatsServers.start({ count: 3, sync: 'always' }));
    const bundle = join(world.folder, 'bundle');
    await writeTinyBundle({ folder: bundle, name: 'tiny', width: 4, items: SHOP_ITEMS });
    for (const node of NODES) {
      const port = await freePort();
      world.urls.push(`http://127.0.0.1:${port}`);
      world.#envs.push({
        ...(await world.#environment(node)),
        AFTERCLICK_PORT: String(port),
        AFTERCLICK_BUNDLE: bundle,
      });
    }
    await Promise.all(NODES.map((node) => world.start(node)));
    return world;
  }

  get ledgers(): string {
    return join(this.folder, 'ledgers');
  }

  /** The end of what the gateways wrote to their logs. */
  get log(): string {
    return this.#log;
  }

  get running(): number[] {
    return NODES.filter((node) => this.#gateways[node] !== undefined);
  }

  async start(node: number): Promise<void> {
    this.#gateways[node] = await startGateway({
      env: this.#envs[node],
      onLog: (text) => (this.#log = (this.#log + text).slice(-20_000)),
    });
  }

  async kill(node: number): Promise<void> {
    const gateway = this.#gateways[node];
    this.#gateways[node] = undefined;
    await gateway?.kill();
  }

  async stop(node: number): Promise<void> {
    const gateway = this.#gateways[node];
    this.#gateways[node] = undefined;
    await gateway?.stop();
  }

  /** The gateway stands still, and its connections stay, until `wake`. */
  freeze(node: number): void {
    this.#gateways[node]?.process.kill('SIGSTOP');
  }

  wake(node: number): void {
    this.#gateways[node]?.process.kill('SIGCONT');
  }

  async end(): Promise<void> {
    await Promise.all(NODES.map((node) => this.kill(node)));
    await this.servers.stop();
  }

  async #environment(node: number): Promise<Record<string, string>> {
    return {
      AFTERCLICK_CLUSTER: this.servers.addresses.join(','),
      AFTERCLICK_CLUSTER_MONITORS: this.servers.monitors.join(','),
      AFTERCLICK_CLUSTER_NODE: `node-${node}`,
      AFTERCLICK_CLUSTER_ADDRESS: `127.0.0.1:${await freePort()}`,
      AFTERCLICK_CLUSTER_BESIDE: `s${node}`,
      AFTERCLICK_CLUSTER_NAME: CLUSTER_NAME,
      AFTERCLICK_CLUSTER_PARTITIONS: String(PARTITIONS),
      AFTERCLICK_CLUSTER_STREAM_BYTES: String(STREAM_BYTES),
      AFTERCLICK_ENCODER: 'none',
      AFTERCLICK_DATA_DIR: join(this.folder, `node-${node}`),
    };
  }
}
