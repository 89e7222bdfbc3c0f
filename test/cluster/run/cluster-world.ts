import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHOP_ITEMS } from '../../nemesis/clients/item-plans.js';
import { GatewayNodes } from '../../support/cluster/gateway-nodes.js';
import { NatsServers } from '../../support/cluster/nats-servers.js';
import { writeTinyBundle } from '../../support/model/tiny-bundles.js';
import { MachineDisk } from './machine-disk.js';
import { MachineNetwork } from './machine-network.js';

/** Machines, each with a gateway and a NATS server. */
export const NODES = [0, 1, 2] as const;
/** A gateway that comes and goes, on the first machine. */
export const GUEST = 3;
/** Models that the gateways may serve with; they begin with the first. */
export const BUNDLES = ['tiny', 'other'] as const;
export const CLUSTER_NAME = 'ROUNDS';
export const PARTITIONS = 12;

/** Most streams are purged within a few rounds. */
const SNAPSHOT_BYTES = String(1024);

/** How a world is made wrong, so that a run in it has to go red. */
export interface WorldPlan {
  /** False: the NATS servers sync when they like to, and gateways are told that they always do. */
  readonly isSynced: boolean;
  /** Variables of the gateways besides. */
  readonly env: Readonly<Record<string, string>>;
}

/** Three machines with a disk each, in a network. */
export class ClusterWorld {
  readonly folder: string;
  /** Of the gateways. */
  readonly dataDirs: readonly string[];
  readonly network: MachineNetwork;
  readonly disks: readonly MachineDisk[];
  readonly servers: NatsServers;
  readonly nodes: GatewayNodes;

  private constructor(
    folder: string,
    ground: Pick<ClusterWorld, 'network' | 'disks' | 'servers'>,
    nodes: GatewayNodes,
  ) {
    this.folder = folder;
    this.network = ground.network;
    this.disks = ground.disks;
    this.dataDirs = [...NODES, GUEST].map((node) => dataDirOf(ground.disks, node));
    this.servers = ground.servers;
    this.nodes = nodes;
    mkdirSync(this.ledgers);
  }

  static async open({ isSynced, env }: WorldPlan): Promise<ClusterWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'cluster-'));
    const network = MachineNetwork.make(NODES.length);
    const disks = NODES.map((node) => MachineDisk.make(folder, `machine-${node}`));
    const bundles = join(folder, 'bundles');
    for (const [i, name] of BUNDLES.entries())
      await writeTinyBundle({ folder: join(bundles, name), name, width: 4 + 4 * i, items: SHOP_ITEMS });
    const servers = await NatsServers.start({
      count: NODES.length,
      ...(isSynced && { sync: 'always' }),
      machines: network.machines,
      stores: disks.map((disk) => join(disk.folder, 'nats')),
    });
    const nodes = await GatewayNodes.of({
      servers,
      count: NODES.length + 1,
      folderOf: (node) => dataDirOf(disks, node),
      machines: [...network.machines, network.machines[0]],
      besides: [...NODES, 0].map((at) => `s${at}`),
      name: CLUSTER_NAME,
      partitions: PARTITIONS,
      env: {
        AFTERCLICK_BUNDLE: join(bundles, BUNDLES[0]),
        AFTERCLICK_BUNDLES_DIR: bundles,
        AFTERCLICK_CLUSTER_SNAPSHOT_BYTES: SNAPSHOT_BYTES,
        ...(!isSynced && { AFTERCLICK_CLUSTER_SYNC_STATED: 'yes' }),
        ...env,
      },
    });
    const world = new ClusterWorld(folder, { network, disks, servers }, nodes);
    await nodes.start(...NODES);
    return world;
  }

  get ledgers(): string {
    return join(this.folder, 'ledgers');
  }

  /** Everything on it ends at once. */
  async killMachine(at: number): Promise<void> {
    await Promise.all([this.nodes.kill(at), this.servers.kill(at)]);
  }

  async startMachine(at: number): Promise<void> {
    this.servers.spawn(at);
    await this.servers.ready();
    await this.nodes.start(at);
  }

  /** The power of all machines goes, and comes back. */
  async cutPower(): Promise<void> {
    await Promise.all(NODES.map((at) => this.killMachine(at)));
    for (const disk of this.disks) disk.cutPower();
    for (const at of NODES) this.servers.spawn(at);
    await this.servers.ready();
    await this.nodes.start(...NODES);
  }

  async end(): Promise<void> {
    await this.nodes.end();
    await this.servers.stop();
    for (const disk of this.disks) disk.end();
    this.network.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function dataDirOf(disks: readonly MachineDisk[], node: number): string {
  return join(disks[node % NODES.length].folder, `node-${node}`);
}
