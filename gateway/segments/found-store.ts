import { z } from 'zod';
import type { ClusterSeat, FoundClusters } from '../../shards/api.js';
import { clustersOf, keptClusters, keptOf, NONE_KEPT, readClusters, writeClusters } from './clusters-file.js';

const trait = z.object({
  kind: z.enum(['category', 'brand', 'attribute']),
  name: z.string().optional(),
  value: z.string(),
  /** Of the shoppers of the segment who have it, and as a multiple of that of all. */
  share: z.number(),
  lift: z.number(),
});

/** A segment that nobody named. */
const foundSegment = z.object({
  /** The same as long as its shoppers want the like. */
  id: z.number(),
  name: z.string(),
  /** Of the shoppers looked at. */
  shoppers: z.number(),
  share: z.number(),
  traits: z.array(trait),
});
export type FoundSegment = z.infer<typeof foundSegment>;

/** What is known of the last search. */
export interface LastFound {
  readonly clusters: FoundClusters;
  readonly told: readonly FoundSegment[];
}

/** Where the last search is kept. */
export interface FoundStore {
  /** False while somebody else searches. */
  readonly searches: boolean;
  read(): Promise<LastFound>;
  write(found: LastFound): Promise<void>;
}

/** In a file, from which a start takes the ids alone: what is told is of this process. */
export async function foundInFile(path: string): Promise<FoundStore> {
  let last: LastFound = { clusters: await readClusters(path), told: [] };
  return {
    searches: true,
    read: () => Promise.resolve(last),
    write: async (found) => {
      // After a start few shoppers are in memory, and no clusters: those of before keep their ids for when they come back.
      const isKept = found.clusters.clusters.length > 0;
      last = isKept ? found : { ...found, clusters: last.clusters };
      if (isKept) await writeClusters(path, found.clusters);
    },
  };
}

const NOTE = 'found-segments';
const noteSchema = z.object({ clusters: keptClusters, told: z.array(foundSegment) });

/** Of all nodes of a cluster: one of them searches, all tell the same. */
export function foundInCluster(cluster: Pick<ClusterSeat, 'note' | 'leads'>): FoundStore {
  const read = async (): Promise<LastFound & { readonly revision: number }> => {
    const { text, revision } = await cluster.note(NOTE).read();
    const { clusters, told } = text === '' ? EMPTY : noteSchema.parse(JSON.parse(text));
    return { clusters: clustersOf(clusters), told, revision };
  };
  return {
    get searches() {
      return cluster.leads();
    },
    read,
    write: async ({ clusters, told }) => {
      const before = await read();
      const kept = clusters.clusters.length > 0 ? clusters : before.clusters;
      const text = JSON.stringify({ clusters: keptOf(kept), told });
      // Whoever has written meanwhile leads now.
      await cluster.note(NOTE).write(text, before.revision);
    },
  };
}

const EMPTY: z.infer<typeof noteSchema> = { clusters: NONE_KEPT, told: [] };
