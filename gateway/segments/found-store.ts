import { z } from 'zod';
import type { Clock } from '../../metrics/process/clock.js';
import type { ClusterSeat, FoundClusters } from '../../shards/api.js';
import {
  clustersOf,
  keptAfter,
  keptClusters,
  NONE_KEPT,
  readClusters,
  writeClusters,
} from './clusters-file.js';

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
export async function foundInFile(path: string, clock: Pick<Clock, 'nowMs'>): Promise<FoundStore> {
  let kept = await readClusters(path);
  let told: readonly FoundSegment[] = [];
  return {
    searches: true,
    read: () => Promise.resolve({ clusters: clustersOf(kept), told }),
    write: async (found) => {
      told = found.told;
      const before = kept;
      kept = keptAfter(before, found.clusters, clock.nowMs());
      if (kept !== before) await writeClusters(path, kept);
    },
  };
}

const NOTE = 'found-segments';
const noteSchema = z.object({ clusters: keptClusters, told: z.array(foundSegment) });
type Note = z.infer<typeof noteSchema>;

/** Of all nodes of a cluster: one of them searches, all tell the same. */
export function foundInCluster(
  cluster: Pick<ClusterSeat, 'note' | 'leads'>,
  clock: Pick<Clock, 'nowMs'>,
): FoundStore {
  const read = async (): Promise<Note & { readonly revision: number }> => {
    const { text, revision } = await cluster.note(NOTE).read();
    return { ...(text === '' ? EMPTY : noteSchema.parse(JSON.parse(text))), revision };
  };
  return {
    get searches() {
      return cluster.leads();
    },
    read: async () => {
      const { clusters, told } = await read();
      return { clusters: clustersOf(clusters), told };
    },
    write: async ({ clusters, told }) => {
      const { clusters: before, revision } = await read();
      const text = JSON.stringify({ clusters: keptAfter(before, clusters, clock.nowMs()), told });
      // Whoever has written meanwhile leads now.
      await cluster.note(NOTE).write(text, revision);
    },
  };
}

const EMPTY: Note = { clusters: NONE_KEPT, told: [] };
