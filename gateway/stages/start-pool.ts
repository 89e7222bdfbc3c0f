import { realClock } from '../../metrics/process/clock.js';
import type { Bundle } from '../../model/bundle/bundle.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import type { startNode } from '../../cluster/cluster-api.js';
import { createShardPool, type StartedPool } from '../../shards/api.js';
import { startOf, type ServedBundle } from '../models/served-bundle.js';
import type { Config } from '../start/config.js';
import type { Ground } from './ground.js';

/** What the shards are started with. */
export interface PoolStart {
  readonly folderId: string;
  readonly catalogue: Catalogue;
  readonly bundle: Bundle | undefined;
  readonly served: ServedBundle;
}

/** The shards of this machine, or this node's part of a cluster. */
export function startPool(
  { config, dataDir, stats, log, owner }: Ground,
  { folderId, catalogue, bundle, served }: PoolStart,
): Promise<StartedPool> {
  const start = {
    config,
    dataDir,
    folderId,
    ...startOf(bundle, served),
    stats,
    clock: realClock,
    log,
    signal: owner.signal,
  };
  if (isInCluster(config)) return startInCluster({ ...start, catalogue });
  return createShardPool({ ...start, catalogue: catalogue.shared });
}

export function isInCluster({ cluster }: Pick<Config, 'cluster'>): boolean {
  return cluster !== '';
}

/** A node has one thread for its partitions, makes no snapshots and does not change its model by itself yet. */
export function settledConfig(config: Config): Config {
  if (!isInCluster(config)) return config;
  return { ...config, shards: 1, snapshotEveryMs: 0, snapshotAtEnd: 'off', watchBundle: 'off' };
}

/** What only a cluster needs is loaded now. */
async function startInCluster(start: Parameters<typeof startNode>[0]): Promise<StartedPool> {
  const { startNode } = await import('../../cluster/cluster-api.js');
  return startNode(start);
}
