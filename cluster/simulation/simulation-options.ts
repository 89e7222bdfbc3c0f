import { z } from 'zod';
import { defineOptions } from '../../metrics/process/options.js';

/** Options of `npm run simulate:cluster`; without any of them the clusters of docs/CLUSTER.md are simulated. */
export const simulationOptions = defineOptions({
  nodes: {
    schema: z.coerce.number().int().min(2).max(1_000),
    fallback: undefined,
    unit: 'NODES',
    help: 'Simulates one cluster of so many nodes, in place of those of docs/CLUSTER.md.',
  },
  partitions: {
    schema: z.coerce.number().int().min(1).max(4_096),
    fallback: 1_024,
    unit: 'PARTITIONS',
    help: 'Partitions of that cluster.',
  },
  clicksPerSec: {
    schema: z.coerce.number().int().min(1).max(1_000_000),
    fallback: 50_000,
    unit: 'RATE',
    help: 'Clicks a second in that whole cluster.',
  },
});
