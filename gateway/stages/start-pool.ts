import { realClock } from '../../metrics/process/clock.js';
import type { Bundle } from '../../model/bundle/bundle.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import type { startNode } from '../../cluster/cluster-api.js';
import { createShardPool, type StartedPool } from '../../shards/api.js';
import { warmMcp } from '../mcp/http-mcp.js';
import type { NodeBundle } from '../models/node-bundle.js';
import { startOf } from '../models/served-bundle.js';
import type { Config } from '../start/config.js';
import type { Ground } from './ground.js';

/** What the shards are started with. */
export interface PoolStart {
  readonly folderId: string;
  readonly catalogue: Catalogue;
  readonly bundle: Bundle | undefined;
  readonly node: NodeBundle;
}

/** The shards of this machine, or this node's part of a cluster. */
export function startPool(
  { config, dataDir, stats, log, owner }: Ground,
  { folderId, catalogue, bundle, node }: PoolStart,
): Promise<StartedPool> {
  const start = {
    config,
    dataDir,
    folderId,
    ...startOf(bundle, node.served),
    stats,
    clock: realClock,
    log,
    signal: owner.signal,
  };
  const { fingerprint } = node.served;
  if (isInCluster(config)) return startInCluster({ ...start, catalogue, fingerprint, makeModel: node.make });
  return createShardPool({ ...start, catalogue: catalogue.shared, beside: warmMcp });
}

export function isInCluster({ cluster }: Pick<Config, 'cluster'>): boolean {
  return cluster !== '';
}

/** A node has one thread for its partitions, makes no snapshots and watches no folder: its model is that of its cluster. */
export function settledConfig(config: Config): Config {
  if (!isInCluster(config)) return config;
  return { ...config, shards: 1, snapshotEveryMs: 0, snapshotAtEnd: 'off', watchBundle: 'off' };
}

/** What only a cluster needs is loaded now. */
async function startInCluster(start: Parameters<typeof startNode>[0]): Promise<StartedPool> {
  const { startNode } = await import('../../cluster/cluster-api.js');
  const [node] = await Promise.all([startNode(start), warmMcp()]);
  return node;
}
