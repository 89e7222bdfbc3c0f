import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileDurably } from '../../metrics/process/durable-files.js';
import { NO_CLUSTERS, type FoundClusters } from '../../shards/api.js';

const VERSION = 1;
const DAY_MS = 86_400_000;
/** Part of the shoppers of before that a search has to have looked at, to be one of all. */
const MOST = 0.8;
/** Of those that are kept while shoppers come back. */
const CLUSTERS_MAX = 50;
/** Where clusters are, and their ids. */
export const keptClusters = z.object({
  version: z.literal(VERSION),
  nextId: z.number().int().min(1),
  clusters: z.array(z.object({ id: z.number().int().min(1), centre: z.array(z.number()) })),
  /** Shoppers that were looked at, and when that was. */
  sampled: z.number().int().min(0).default(0),
  atMs: z.number().default(0),
});
export type KeptClusters = z.infer<typeof keptClusters>;

export const NONE_KEPT: KeptClusters = { version: VERSION, nextId: 1, clusters: [], sampled: 0, atMs: 0 };

/**
 * What is kept after a search: nothing of shoppers and traits. After a start shoppers come back one by one. Until most of those are there
 * that were looked at before, clusters are of some of them: those of before stay where they were, with their ids, for when the others come
 * back, and ones that were new are added. After a day whoever is there are all. `before` itself where nothing changes.
 */
export function keptAfter(before: KeptClusters, found: FoundClusters, nowMs: number): KeptClusters {
  const clusters = found.clusters.map(({ id, centre }) => ({ id, centre: [...centre] }));
  const isOfAll = found.sampled >= MOST * before.sampled || Math.abs(nowMs - before.atMs) >= DAY_MS;
  if (isOfAll && clusters.length > 0)
    return { version: VERSION, nextId: found.nextId, clusters, sampled: found.sampled, atMs: nowMs };
  const known = new Set(before.clusters.map(({ id }) => id));
  const added = clusters.filter(({ id }) => !known.has(id));
  if (added.length === 0) return before;
  return {
    ...before,
    nextId: Math.max(before.nextId, found.nextId),
    clusters: [...before.clusters, ...added].slice(0, CLUSTERS_MAX),
  };
}

/** Clusters that were kept, as a search goes on from them. */
export function clustersOf({ nextId, clusters }: KeptClusters): FoundClusters {
  const found = clusters.map((cluster) => ({ ...cluster, shoppers: 0, traits: [] }));
  return { ...NO_CLUSTERS, nextId, clusters: found };
}

/** Those that were kept; none where the file is missing or cannot be read: a search finds them again, with other ids. */
export async function readClusters(path: string): Promise<KeptClusters> {
  try {
    return keptClusters.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return NONE_KEPT;
  }
}

/** Keeps where clusters are and their ids, whole or not at all. */
export function writeClusters(path: string, kept: KeptClusters): Promise<void> {
  return writeFileDurably(path, JSON.stringify(kept));
}
