import { join } from 'node:path';
import { RETURN_FEATURES } from '../../../model/intent/return-features.js';
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

const CLICKS = RETURN_FEATURES.indexOf('clicks');

/** Whoever has clicked once does not come back, with 0.88; who has clicked more does, with the same. */
const RETURNS = {
  features: [...RETURN_FEATURES],
  horizons: [
    {
      days: 30,
      bias: 0,
      trees: [
        {
          features: [CLICKS, CLICKS, CLICKS],
          thresholds: [Math.log1p(1.5), 0, 0],
          leaves: [2, 2, -2, -2],
        },
      ],
    },
  ],
};

/** Nodes with three partitions, not started yet. They are the caller's to end. */
export async function tinyNodes({
  servers,
  name,
  count,
  folder = temporaryFolder(),
}: TinyCluster): Promise<GatewayNodes> {
  const bundle = join(folder, 'bundle');
  await writeTinyBundle({ folder: bundle, name: 'tiny', width: 4, returns: RETURNS });
  return GatewayNodes.of({
    servers,
    folderOf: (node) => join(folder, `node-${node}`),
    count,
    name,
    partitions: 3,
    env: { AFTERCLICK_BUNDLE: bundle, AFTERCLICK_CLUSTER_REPLICAS: '1', AFTERCLICK_LOG_LEVEL: 'warn' },
  });
}
