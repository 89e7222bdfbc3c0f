import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileDurably } from '../../metrics/process/durable-files.js';
import { NO_CLUSTERS, type FoundClusters } from '../../shards/api.js';

const VERSION = 1;
const fileSchema = z.object({
  version: z.literal(VERSION),
  nextId: z.number().int().min(1),
  clusters: z.array(z.object({ id: z.number().int().min(1), centre: z.array(z.number()) })),
});

/**
 * Ids and centres of the clusters that were kept, without their shoppers and traits; none where the file is missing or cannot be read: a
 * search finds them again, with other ids.
 */
export async function readClusters(path: string): Promise<FoundClusters> {
  try {
    const { nextId, clusters } = fileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return {
      ...NO_CLUSTERS,
      nextId,
      clusters: clusters.map((cluster) => ({ ...cluster, shoppers: 0, traits: [] })),
    };
  } catch {
    return NO_CLUSTERS;
  }
}

/** Keeps where clusters are and their ids, whole or not at all. */
export function writeClusters(path: string, { nextId, clusters }: FoundClusters): Promise<void> {
  const kept = clusters.map(({ id, centre }) => ({ id, centre }));
  return writeFileDurably(path, JSON.stringify({ version: VERSION, nextId, clusters: kept }));
}
