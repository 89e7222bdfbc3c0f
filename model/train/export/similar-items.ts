import { clusterRows, type ItemClusters } from './item-clusters.js';
import { TopCosines } from './top-cosines.js';

/** Up to this many known items every pair is compared; beyond it those of neighbouring clusters are. */
export const EXACT_MAX = 65_536;
/** Clusters for n items: √n times this. */
const CLUSTERS_PER_ROOT = 1.5;
/** Clusters whose items are compared with those of a cluster, itself included (docs/decisions/0017-nearest-items.md). */
const PROBES = 48;

/** Which items take part, and up to how many of them every pair is compared. */
export interface Neighbourhoods {
  readonly isKnown: (item: number) => boolean;
  readonly exactMax?: number;
}

/**
 * The `k` nearest items of each item by cosine, Int32 [items, k], best first, −1 where there are fewer. Only items for
 * which `isKnown` is true take part: vectors learned from a handful of clicks are noise. `vectors` [items, width] are of
 * unit length. Exact up to `exactMax` known items; beyond, a neighbour in a far cluster may be missed.
 */
export async function nearestItems(
  vectors: Float32Array,
  width: number,
  k: number,
  { isKnown, exactMax = EXACT_MAX }: Neighbourhoods,
): Promise<Int32Array> {
  const items = vectors.length / width;
  const known = Int32Array.from({ length: items }, (_, item) => item).filter((item) => isKnown(item));
  const nearest = new Int32Array(items * k).fill(-1);
  if (known.length < 2) return nearest;
  const rows = gather(vectors, width, known);
  const write = new NeighbourWriter(nearest, k, known);
  if (known.length <= exactMax) await compareAll(rows, width, known.length, write);
  else await compareClusters(rows, width, known.length, write);
  return nearest;
}

async function compareAll(
  rows: Float32Array,
  width: number,
  count: number,
  write: NeighbourWriter,
): Promise<void> {
  const every = Int32Array.from({ length: count }, (_, row) => row);
  const search = await TopCosines.open(width, Math.min(count, write.k + 1));
  await search.search(rows, rows, (first, top) => write.take(every, every, first, top));
  search.close();
}

/** Items of a cluster against those of the clusters with the nearest centres. */
async function compareClusters(
  rows: Float32Array,
  width: number,
  count: number,
  write: NeighbourWriter,
): Promise<void> {
  const clusters = await clusterRows(rows, width, Math.round(CLUSTERS_PER_ROOT * Math.sqrt(count)));
  const probes = await nearestClusters(clusters, width);
  const searches = new Map<number, TopCosines>();
  for (let cluster = 0; cluster + 1 < clusters.start.length; cluster++) {
    const own = membersOf(clusters, [cluster]);
    if (own.length === 0) continue;
    const candidates = membersOf(clusters, probes[cluster]);
    const top = Math.min(candidates.length, write.k + 1);
    const search = searches.get(top) ?? (await TopCosines.open(width, top));
    searches.set(top, search);
    await search.search(gather(rows, width, own), gather(rows, width, candidates), (first, best) =>
      write.take(own, candidates, first, best),
    );
  }
  for (const search of searches.values()) search.close();
}

/** The clusters to look into from each cluster: itself first. */
async function nearestClusters({ centres }: ItemClusters, width: number): Promise<number[][]> {
  const count = centres.length / width;
  const probes: number[][] = [];
  const top = Math.min(PROBES, count);
  const search = await TopCosines.open(width, top);
  await search.search(centres, centres, (_, best) => {
    for (let at = 0; at < best.length; at += top) {
      const own = probes.length;
      probes.push([own, ...[...best.subarray(at, at + top)].filter((cluster) => cluster !== own)]);
    }
  });
  search.close();
  return probes;
}

function membersOf({ rows, start }: ItemClusters, clusters: readonly number[]): Int32Array {
  const members = new Int32Array(clusters.reduce((sum, c) => sum + start[c + 1] - start[c], 0));
  let at = 0;
  for (const c of clusters) {
    members.set(rows.subarray(start[c], start[c + 1]), at);
    at += start[c + 1] - start[c];
  }
  return members;
}

function gather(vectors: Float32Array, width: number, rows: Int32Array): Float32Array {
  const gathered = new Float32Array(rows.length * width);
  rows.forEach((row, i) => gathered.set(vectors.subarray(row * width, (row + 1) * width), i * width));
  return gathered;
}

/** Writes best lists as item numbers, without the item itself. */
class NeighbourWriter {
  readonly k: number;
  readonly #nearest: Int32Array;
  readonly #known: Int32Array;

  constructor(nearest: Int32Array, k: number, known: Int32Array) {
    this.#nearest = nearest;
    this.k = k;
    this.#known = known;
  }

  /** `top` [rows, t] are places in `candidates`, for the queries from number `first` on; both hold rows of `known`. */
  take(queries: Int32Array, candidates: Int32Array, first: number, top: Int32Array): void {
    const perRow = Math.min(this.k + 1, candidates.length);
    for (let row = 0; row * perRow < top.length; row++) {
      const own = queries[first + row];
      let to = this.#known[own] * this.k;
      const end = to + this.k;
      for (let i = row * perRow; i < (row + 1) * perRow && to < end; i++) {
        const other = candidates[top[i]];
        if (other !== own) this.#nearest[to++] = this.#known[other];
      }
    }
  }
}
