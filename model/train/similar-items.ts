/**
 * The `k` nearest items of each item by cosine, Int32 [items, k], best first, −1 where there are fewer. Only items for
 * which `isKnown` is true take part: vectors learned from a handful of clicks are noise. `vectors` [items, width] are of
 * unit length.
 */
export function nearestItems(
  vectors: Float32Array,
  width: number,
  k: number,
  isKnown: (item: number) => boolean,
): Int32Array {
  const items = vectors.length / width;
  const known = Int32Array.from({ length: items }, (_, item) => item).filter((item) => isKnown(item));
  const nearest = new Int32Array(items * k).fill(-1);
  const cosines = new Float32Array(known.length);
  for (const item of known) {
    const own = vectors.subarray(item * width, (item + 1) * width);
    known.forEach((other, i) => (cosines[i] = other === item ? -2 : dot(vectors, other * width, own)));
    selectBest(known, cosines, nearest.subarray(item * k, (item + 1) * k));
  }
  return nearest;
}

function dot(vectors: Float32Array, at: number, own: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < own.length; d++) sum += vectors[at + d] * own[d];
  return sum;
}

/** Keeps the best of `items` by score in `out`, by insertion; a score of −2 is never taken. */
function selectBest(items: Int32Array, scores: Float32Array, out: Int32Array): void {
  const best = new Float32Array(out.length).fill(-2);
  const last = out.length - 1;
  for (let i = 0; i < items.length; i++) {
    if (scores[i] <= best[last]) continue;
    let to = last;
    for (; to > 0 && best[to - 1] < scores[i]; to--) {
      best[to] = best[to - 1];
      out[to] = out[to - 1];
    }
    best[to] = scores[i];
    out[to] = items[i];
  }
}
