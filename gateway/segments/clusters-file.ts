import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileDurably } from '../../metrics/process/durable-files.js';
import { NO_CLUSTERS, type FoundClusters } from '../../shards/api.js';

const VERSION = 1;
/** Where clusters are, and their ids. */
export const keptClusters = z.object({
  version: z.literal(VERSION),
  nextId: z.number().int().min(1),
  clusters: z.array(z.object({ id: z.number().int().min(1), centre: z.array(z.number()) })),
});
export type KeptClusters = z.infer<typeof keptClusters>;

export const NONE_KEPT: KeptClusters = { version: VERSION, nextId: 1, clusters: [] };

/** What of clusters is kept: nothing of their shoppers and traits. */
export function keptOf({ nextId, clusters }: FoundClusters): KeptClusters {
  const kept = clusters.map(({ id, centre }) => ({ id, centre: [...centre] }));
  return { version: VERSION, nextId, clusters: kept };
}

/** Clusters that were kept, as a search goes on from them. */
export function clustersOf({ nextId, clusters }: KeptClusters): FoundClusters {
  const found = clusters.map((cluster) => ({ ...cluster, shoppers: 0, traits: [] }));
  return { ...NO_CLUSTERS, nextId, clusters: found };
}

/**
 * Ids and centres of the clusters that were kept, without their shoppers and traits; none where the file is missing or cannot be read: a
 * search finds them again, with other ids.
 */
export async function readClusters(path: string): Promise<FoundClusters> {
  try {
    return clustersOf(keptClusters.parse(JSON.parse(await readFile(path, 'utf8'))));
  } catch {
    return NO_CLUSTERS;
  }
}

/** Keeps where clusters are and their ids, whole or not at all. */
export function writeClusters(path: string, clusters: FoundClusters): Promise<void> {
  return writeFileDurably(path, JSON.stringify(keptOf(clusters)));
}
