import { type Dataset, type SessionRange, lastClickMs } from '../../../model/train/data/dataset.js';
import { LIST_LENGTH } from '../../../model/eval/method-board.js';
import { processorMs } from '../../../model/eval/processor-time.js';
import type { Evaluation } from './evaluation.js';
import type { LoadedModel } from '../serving/loaded-model.js';
import { ServingPath } from '../serving/serving-path.js';
/** Sessions driven together where a batch is timed. */
const BATCH = 16;
/** Clicks timed one at a time, and in batches. */
const SINGLE_CLICKS = 10_000;
const BATCH_CLICKS = 20_000;
/** Slices that are timed separately; their median counts, which a moment of other work on the machine does not move. */
const SLICES = 15;

/**
 * What the serving path alone costs, nobody listening: microseconds of processor time from a click to its list, for clicks
 * one at a time and for 16 users side by side. A path of its own drives the first sessions of the test, each once.
 */
export async function servingTimes(
  model: LoadedModel,
  { dataset, history, test, learns }: Evaluation,
): Promise<Record<string, number>> {
  const path = new ServingPath(model, dataset, lastClickMs(dataset, history), BATCH);
  const border = sessionAfter(dataset, test, SINGLE_CLICKS, 1 / 3);
  const end = sessionAfter(dataset, { from: border, to: test.to }, BATCH_CLICKS, 1);
  const time = (range: SessionRange, sideBySide: number) =>
    timed(path, dataset, range, { learns, sideBySide });
  const single = await time({ from: test.from, to: border }, 1);
  const batch = await time({ from: border, to: end }, BATCH);
  return { 'µs/query': batch, 'µs/query single': single };
}

async function timed(
  path: ServingPath,
  dataset: Dataset,
  { from, to }: SessionRange,
  { learns, sideBySide }: { readonly learns: boolean; readonly sideBySide: number },
): Promise<number> {
  const times: number[] = [];
  const size = Math.max(sideBySide, Math.ceil((to - from) / SLICES / sideBySide) * sideBySide);
  for (let at = from; at < to; at += size) {
    const range = { from: at, to: Math.min(at + size, to) };
    const clicks = dataset.start[range.to] - dataset.start[range.from];
    const startedMs = processorMs();
    await path.drive(range, { learns, k: LIST_LENGTH, sideBySide }, {});
    if (clicks > 0) times.push((1_000 * (processorMs() - startedMs)) / clicks);
  }
  const ascending = times.sort((a, b) => a - b);
  return Number((ascending[ascending.length >> 1] ?? 0).toPrecision(3));
}

/** The session where a range has given `clicks` clicks, or `share` of those it has. */
function sessionAfter({ start }: Dataset, { from, to }: SessionRange, clicks: number, share: number): number {
  const wanted = start[from] + Math.min(clicks, share * (start[to] - start[from]));
  let session = from;
  while (session < to && start[session] < wanted) session++;
  return session;
}
