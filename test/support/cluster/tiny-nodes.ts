import { join } from 'node:path';
import { temporaryFolder } from '../gateway/built-gateway.js';
import { writeTinyBundle } from '../model/tiny-bundles.js';
import { GatewayNodes } from './gateway-nodes.js';
import type { NatsServers } from './nats-servers.js';

/** A cluster of nodes that serve the bundle `tiny@1`. */
export interface TinyCluster {
  readonly servers: NatsServers;
  readonly name: string;
  readonly count: number;
  /** The data folder of a node is `node-N` in it. */
  readonly folder?: string;
}

/** Nodes with three partitions, not started yet. They are the caller's to end. */
export async function tinyNodes({
  servers,
  name,
  count,
  folder = temporaryFolder(),
}: TinyCluster): Promise<GatewayNodes> {
  const bundle = join(folder, 'bundle');
  await writeTinyBundle({ folder: bundle, name: 'tiny', width: 4 });
  return GatewayNodes.of({
    servers,
    folderOf: (node) => join(folder, `node-${node}`),
    count,
    name,
    partitions: 3,
    env: { AFTERCLICK_BUNDLE: bundle, AFTERCLICK_CLUSTER_REPLICAS: '1', AFTERCLICK_LOG_LEVEL: 'warn' },
  });
}
