import { freePort, startGateway, type BuiltGateway } from '../gateway/built-gateway.js';
import { LOOPBACK, type Machine } from './machine.js';
import type { NatsServers } from './nats-servers.js';

export interface NodesPlan {
  readonly servers: NatsServers;
  readonly count: number;
  readonly folderOf: (node: number) => string;
  readonly name: string;
  readonly partitions: number;
  /** A machine for each; else all are on loopback. */
  readonly machines?: readonly Machine[];
  /** Names of the NATS servers on their machines, where there are machines. */
  readonly besides?: readonly string[];
  /** Options of all of them besides. */
  readonly env: Readonly<Record<string, string>>;
}

/** Built gateways that are nodes of one cluster; `node-0`, `node-1` and so on. */
export class GatewayNodes {
  readonly urls: string[] = [];
  readonly #machines: Machine[] = [];
  readonly #envs: Record<string, string>[] = [];
  readonly #gateways: (BuiltGateway | undefined)[] = [];
  #log = '';

  private constructor() {}

  /** Each has its ports and none runs. */
  static async of(plan: NodesPlan): Promise<GatewayNodes> {
    const nodes = new GatewayNodes();
    for (let node = 0; node < plan.count; node++) {
      const [port, link] = [await freePort(), await freePort()];
      const machine = plan.machines?.[node] ?? LOOPBACK;
      const url = `http://${machine.host}:${port}`;
      nodes.urls.push(url);
      nodes.#machines.push(machine);
      nodes.#envs.push({
        ...environmentOf(plan, node),
        AFTERCLICK_PORT: String(port),
        AFTERCLICK_HOST: machine.host,
        AFTERCLICK_CLUSTER_ADDRESS: `${machine.host}:${link}`,
        AFTERCLICK_CLUSTER_URL: url,
      });
    }
    return nodes;
  }

  /** The end of what the gateways wrote to their logs. */
  get log(): string {
    return this.#log;
  }

  get running(): number[] {
    return [...this.#envs.keys()].filter((node) => this.#gateways[node] !== undefined);
  }

  /** Starts one, and waits until it serves; all of them when none is named. */
  async start(...nodes: number[]): Promise<void> {
    const chosen = nodes.length > 0 ? nodes : [...this.#envs.keys()];
    await Promise.all(chosen.map((node) => this.#start(node)));
  }

  async kill(node: number): Promise<void> {
    await this.#take(node)?.kill();
  }

  async stop(node: number): Promise<void> {
    await this.#take(node)?.stop();
  }

  /** Its environment from the next start on, besides. */
  change(node: number, env: Readonly<Record<string, string>>): void {
    Object.assign(this.#envs[node], env);
  }

  /** It stands still, and its connections stay, until `wake`. */
  freeze(node: number): void {
    this.#gateways[node]?.process.kill('SIGSTOP');
  }

  wake(node: number): void {
    this.#gateways[node]?.process.kill('SIGCONT');
  }

  async end(): Promise<void> {
    await Promise.all([...this.#envs.keys()].map((node) => this.kill(node)));
  }

  async #start(node: number): Promise<void> {
    this.#gateways[node] = await startGateway({
      env: this.#envs[node],
      shell: `set -- ${this.#machines[node].prefix.join(' ')} "$@"`,
      onLog: (text) => (this.#log = (this.#log + text).slice(-200_000)),
    });
  }

  #take(node: number): BuiltGateway | undefined {
    const gateway = this.#gateways[node];
    this.#gateways[node] = undefined;
    return gateway;
  }
}

function environmentOf(
  { servers, folderOf, name, partitions, besides, env }: NodesPlan,
  node: number,
): Record<string, string> {
  return {
    AFTERCLICK_CLUSTER: servers.addresses.join(','),
    AFTERCLICK_CLUSTER_MONITORS: servers.monitors.join(','),
    AFTERCLICK_CLUSTER_NODE: `node-${node}`,
    AFTERCLICK_CLUSTER_NAME: name,
    ...(besides !== undefined && { AFTERCLICK_CLUSTER_BESIDE: besides[node] }),
    AFTERCLICK_CLUSTER_PARTITIONS: String(partitions),
    AFTERCLICK_CLUSTER_STREAM_BYTES: String(64 * 1024 * 1024),
    AFTERCLICK_ENCODER: 'none',
    AFTERCLICK_INSECURE_OPEN: 'yes',
    AFTERCLICK_DATA_DIR: folderOf(node),
    ...env,
  };
}
