import { type Dataset, type SessionRange, sessionTimeMs } from './dataset.js';
/**
 * Clicks that a bundle's history holds at most: 32 MB. The interaction graph keeps 64 neighbours an item and 65,536
 * sessions, and halves what it knows every 60 days: what is older than this many clicks would hardly be seen in it, and a
 * gateway takes all of it in when it starts on an empty data folder.
 */
export const HISTORY_CLICKS_MAX = 4_000_000;

/**
 * The latest sessions of a range, with at most `clicksMax` clicks, as a bundle's `history.u32`: the number of sessions, then
 * for each its end in seconds (made up where the data has no time), its length, its item rows and its event
 * kinds. Item rows are the dataset's, which must be the catalogue's.
 */
export function packHistory(
  dataset: Dataset,
  range: SessionRange,
  clicksMax = HISTORY_CLICKS_MAX,
): Uint32Array {
  const { start, item, kind } = dataset;
  const { to } = range;
  let from = to;
  while (from > range.from && start[to] - start[from - 1] <= clicksMax) from--;
  const words = new Uint32Array(1 + 2 * (to - from) + 2 * (start[to] - start[from]));
  words[0] = to - from;
  let at = 1;
  for (let session = from; session < to; session++) {
    const first = start[session];
    const end = start[session + 1];
    words[at++] = Math.floor(sessionTimeMs(dataset, session) / 1000);
    words[at++] = end - first;
    words.set(item.subarray(first, end), at);
    words.set(kind.subarray(first, end), at + end - first);
    at += 2 * (end - first);
  }
  return words;
}
