import { sessionCount, type Dataset } from './dataset.js';

/** Data without time is spread over a hundred days, so that half-lives mean something. */
const SPREAD_MS = 100 * 86_400_000;
const SPREAD_EPOCH_MS = 1_577_836_800_000;

/** Epoch ms of the last click of a session; made up from its place in the order where the data has no time. */
export function sessionTimeMs(dataset: Dataset, session: number): number {
  const { timeMs, start } = dataset;
  if (timeMs !== null) return timeMs[start[session + 1] - 1];
  return SPREAD_EPOCH_MS + Math.floor((session / sessionCount(dataset)) * SPREAD_MS);
}
