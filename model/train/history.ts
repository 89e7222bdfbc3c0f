import type { Dataset, SessionRange } from './dataset.js';

/**
 * A range of sessions as a bundle's `history.u32`: the number of sessions, then for each its end in seconds (its place in
 * the order where the data has no time), its length, its item rows and its event kinds. Item rows are the
 * dataset's, which must be the catalogue's.
 */
export function packHistory(dataset: Dataset, { from, to }: SessionRange): Uint32Array {
  const { start, item, kind, timeMs } = dataset;
  const words = new Uint32Array(1 + 2 * (to - from) + 2 * (start[to] - start[from]));
  words[0] = to - from;
  let at = 1;
  for (let session = from; session < to; session++) {
    const first = start[session];
    const end = start[session + 1];
    words[at++] = timeMs ? Math.floor(timeMs[end - 1] / 1000) : session;
    words[at++] = end - first;
    words.set(item.subarray(first, end), at);
    words.set(kind.subarray(first, end), at + end - first);
    at += 2 * (end - first);
  }
  return words;
}
