import { kmeans } from 'ml-kmeans';
import { dealtIds } from '../communities/dealt-ids.js';
import { mixed } from '../graph/interactions/daily-influence.js';
import { changeP, discoveryLimit } from '../market/significance.js';
import { NO_CLUSTERS, type ClusterTask, type ClusterTrait, type FoundClusters } from './found-clusters.js';

/** Clusters that are tried, and shoppers that there have to be. */
const CLUSTERS_MIN = 2;
const CLUSTERS_MAX = 10;
const SHOPPERS_MIN = 40;
/** Shoppers of a cluster, at least, in parts of the sample. */
const SHARE_MIN = 0.02;
const ITERATIONS_MAX = 40;
/** How much greater the silhouette has to be than by chance, and than with the number of clusters of before. */
const ABOVE_CHANCE = 0.05;
const BETTER_MIN = 0.02;
/** Cosine from which a cluster is one of before, moved. */
const SAME_MIN = 0.8;
/** Of the traits that are told, the part that may be chance; how many are told of a cluster. */
const FALSE_MAX = 0.01;
const TRAITS_MAX = 6;
const SEED = 17;

interface Attempt {
  /** By shopper. */
  readonly of: readonly number[];
  readonly centres: readonly (readonly number[])[];
  readonly silhouette: number;
}

/**
 * Puts shoppers into clusters by k-means on their long-term vectors (Lloyd 1982, begun as Arthur and Vassilvitskii 2007, or where the
 * clusters of before were), with the number of clusters that has the greatest simplified silhouette (Vendramin and others 2010). There are
 * none where the same numbers, dealt among the shoppers anew, have clusters that are nearly as good (after Tibshirani and others 2001).
 */
export function shopperClusters(task: ClusterTask): FoundClusters {
  const { vectors, width, before } = task;
  const sampled = width === 0 ? 0 : vectors.length / width;
  const none = { ...NO_CLUSTERS, nextId: before.nextId, sampled };
  if (sampled < SHOPPERS_MIN) return none;
  const rows = Array.from({ length: sampled }, (_, i) =>
    Array.from(vectors.subarray(i * width, (i + 1) * width)),
  );
  const best = bestAttempt(rows, before);
  if (best === undefined || best.silhouette < chanceOf(rows, best.centres.length) + ABOVE_CHANCE) return none;
  return { ...described(best, task), sampled, silhouette: best.silhouette };
}

function bestAttempt(rows: number[][], { clusters }: FoundClusters): Attempt | undefined {
  const centres = clusters.map(({ centre }) => [...centre]);
  const isSame = centres.length >= CLUSTERS_MIN && centres[0].length === rows[0].length;
  let best = isSame ? attempt(rows, centres.length, centres) : undefined;
  for (let count = CLUSTERS_MIN; count <= CLUSTERS_MAX; count++) {
    const other = attempt(rows, count);
    const needed = best === undefined ? -1 : best.silhouette + (isSame ? BETTER_MIN : 0);
    if (other !== undefined && other.silhouette > needed) best = other;
  }
  return best;
}

/** Undefined where a cluster would be too small. */
function attempt(rows: number[][], count: number, centres?: number[][]): Attempt | undefined {
  const { clusters, centroids } = kmeans(rows, count, {
    seed: SEED,
    maxIterations: ITERATIONS_MAX,
    initialization: centres ?? 'kmeans++',
  });
  const sizes = centroids.map((_, cluster) => clusters.filter((of) => of === cluster).length);
  if (Math.min(...sizes) < SHARE_MIN * rows.length) return undefined;
  return { of: clusters, centres: centroids, silhouette: silhouetteOf(rows, centroids) };
}

/** Silhouette of as many clusters where each number of the vectors is dealt among the shoppers anew: all is as it was, but what goes together. */
function chanceOf(rows: readonly (readonly number[])[], count: number): number {
  const columns = rows[0].map((_, d) =>
    dealtAnew(
      rows.map((row) => row[d]),
      d,
    ),
  );
  const dealt = rows.map((_, i) => {
    const row = columns.map((column) => column[i]);
    const length = Math.hypot(...row) || 1;
    return row.map((value) => value / length);
  });
  const { centroids } = kmeans(dealt, count, { seed: SEED, maxIterations: ITERATIONS_MAX });
  return silhouetteOf(dealt, centroids);
}

/** Fisher and Yates' shuffle, the same for the same seed. */
function dealtAnew(values: number[], seed: number): number[] {
  for (let i = values.length - 1; i > 0; i--) {
    const j = (mixed(i, seed) >>> 0) % (i + 1);
    [values[i], values[j]] = [values[j], values[i]];
  }
  return values;
}

/** Mean of (b − a) ÷ max(a, b): distances to the nearest centre, and to the next one. */
function silhouetteOf(rows: readonly (readonly number[])[], centres: readonly (readonly number[])[]): number {
  let sum = 0;
  for (const row of rows) {
    let [nearest, next] = [Infinity, Infinity];
    for (const centre of centres) {
      const distance = distanceOf(row, centre);
      if (distance < nearest) [nearest, next] = [distance, nearest];
      else if (distance < next) next = distance;
    }
    if (next > 0) sum += (next - nearest) / next;
  }
  return sum / rows.length;
}

function distanceOf(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

function described(
  { of, centres }: Attempt,
  { traits, before }: ClusterTask,
): Omit<FoundClusters, 'sampled' | 'silhouette'> {
  const sizes = centres.map((_, cluster) => of.filter((other) => other === cluster).length);
  const order = [...centres.keys()].sort((a, b) => sizes[b] - sizes[a] || a - b);
  let { nextId } = before;
  const pairs = order.flatMap((now) =>
    before.clusters.map(({ id, centre }) => ({ now, id, likeness: cosine(centres[now], centre) })),
  );
  const same = pairs.filter(({ likeness }) => likeness >= SAME_MIN);
  const ids = dealtIds(order, same, () => nextId++);
  const told = tellingTraits(of, sizes, traits);
  const clusters = order.map((cluster) => ({
    id: ids.get(cluster)!,
    shoppers: sizes[cluster],
    centre: centres[cluster],
    traits: told[cluster],
  }));
  return { clusters, nextId };
}

function cosine(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return 0;
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return dot / Math.sqrt(Math.max(1e-12, aa * bb));
}

/**
 * What sets clusters apart: traits that more of theirs have than of all others, and not by chance (the test of trends, Benjamini and
 * Hochberg's bound over all that are tested); the most telling first, by share · ln lift.
 */
function tellingTraits(
  of: readonly number[],
  sizes: readonly number[],
  traits: readonly (readonly number[])[],
): ClusterTrait[][] {
  const counts = sizes.map(() => new Map<number, number>());
  const all = new Map<number, number>();
  traits.forEach((own, shopper) => {
    for (const trait of own) {
      counts[of[shopper]].set(trait, (counts[of[shopper]].get(trait) ?? 0) + 1);
      all.set(trait, (all.get(trait) ?? 0) + 1);
    }
  });
  const tested = counts.flatMap((count, cluster) =>
    [...count].map(([trait, own]) => {
      const total = all.get(trait) ?? own;
      const part = sizes[cluster] / of.length;
      return {
        cluster,
        trait,
        share: own / sizes[cluster],
        lift: own / (total * part),
        p: changeP(own, total - own, part),
      };
    }),
  );
  const limit = discoveryLimit(
    tested.map(({ p }) => p),
    tested.length,
    FALSE_MAX,
  );
  const found = tested.filter(({ p, lift }) => p <= limit && lift > 1);
  return sizes.map((_, cluster) =>
    found
      .filter((trait) => trait.cluster === cluster)
      .sort((a, b) => b.share * Math.log(b.lift) - a.share * Math.log(a.lift) || a.trait - b.trait)
      .slice(0, TRAITS_MAX)
      .map(({ trait, share, lift }) => ({ trait, share, lift })),
  );
}
