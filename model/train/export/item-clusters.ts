import { groupInOrder } from '../counting-sort.js';
import { TopCosines } from './top-cosines.js';

/** Rows that the centres are learned from, for each centre. */
const SAMPLE_PER_CENTRE = 32;
const ROUNDS = 6;

/** Rows grouped by direction; arrays are the caller's. */
export interface ItemClusters {
  /** Float32 [clusters, width]: unit length. */
  readonly centres: Float32Array;
  /** Int32 [rows]: rows by cluster; cluster c has those from `start[c]` to `start[c + 1]`. */
  readonly rows: Int32Array;
  readonly start: Int32Array;
}

/**
 * Groups unit rows [n, width] round `count` centres by spherical k-means (Dhillon and Modha 2001) on an even sample of the
 * rows; each row then joins its nearest centre. Deterministic: the first centres are rows at even distances.
 */
export async function clusterRows(
  vectors: Float32Array,
  width: number,
  count: number,
): Promise<ItemClusters> {
  const n = vectors.length / width;
  const centres = evenRows(vectors, width, count);
  const sample = evenRows(vectors, width, Math.min(n, count * SAMPLE_PER_CENTRE));
  const nearest = await TopCosines.open(width, 1);
  for (let round = 0; round < ROUNDS; round++) await moveCentres(nearest, sample, centres, width);
  const cluster = new Int32Array(n);
  await nearest.search(vectors, centres, (first, top) => cluster.set(top, first));
  nearest.close();
  const { order, start } = groupInOrder(cluster, count);
  return { centres, rows: order, start };
}

/** Copies `count` rows at even distances. */
function evenRows(vectors: Float32Array, width: number, count: number): Float32Array {
  const n = vectors.length / width;
  const rows = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const row = Math.floor((i * n) / count);
    rows.set(vectors.subarray(row * width, (row + 1) * width), i * width);
  }
  return rows;
}

/** One round: every centre becomes the direction of the sum of its rows; one without rows stays. */
async function moveCentres(
  nearest: TopCosines,
  sample: Float32Array,
  centres: Float32Array,
  width: number,
): Promise<void> {
  const sums = new Float64Array(centres.length);
  await nearest.search(sample, centres, (first, top) => {
    top.forEach((centre, i) => {
      const from = (first + i) * width;
      for (let d = 0; d < width; d++) sums[centre * width + d] += sample[from + d];
    });
  });
  for (let at = 0; at < sums.length; at += width) {
    const length = Math.hypot(...sums.subarray(at, at + width));
    if (length > 0) for (let d = 0; d < width; d++) centres[at + d] = sums[at + d] / length;
  }
}
