import type { SimulatedCluster } from './simulation-report.js';

/** The clusters whose figures are in docs/CLUSTER.md. */
export const DOCUMENTED_CLUSTERS: readonly SimulatedCluster[] = [
  { nodes: 3, partitions: 12, clicksPerSec: 6_000, users: 100_000 },
  { nodes: 10, partitions: 256, clicksPerSec: 20_000, users: 100_000 },
  { nodes: 100, partitions: 1_024, clicksPerSec: 50_000, users: 100_000 },
];
