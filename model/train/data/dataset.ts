/**
 * Interactions as training, evaluation and replay see them: sessions in order of time, each a run of clicks.
 * Struct of arrays; everything is read-only once a reader has built it.
 */
export interface Dataset {
  readonly name: string;
  /** Item ids by row. */
  readonly itemIds: readonly string[];
  /** Int32 [items]: code of the item's category and brand, −1 when it has none; null where the data has no such column. */
  readonly category: Int32Array | null;
  readonly brand: Int32Array | null;
  /** Int32 [clicks]: item row. */
  readonly item: Int32Array;
  /** Uint8 [clicks]: `EVENT_KIND`. */
  readonly kind: Uint8Array;
  /** Float64 [clicks]: epoch ms; null where the data has no time. */
  readonly timeMs: Float64Array | null;
  /** Int32 [sessions + 1]: first click of each session; the last entry is the number of clicks. */
  readonly start: Int32Array;
  /** Int32 [sessions]: user of the session, −1 when unknown. */
  readonly user: Int32Array;
  /** SHA-256 of the events as read. */
  readonly hash: string;
  /** Float32 [clicks]: money of a purchase, 0 for any other click and where the data does not say. */
  readonly money: Float32Array;
  /** What users who clicked got back, as far as the data says, in its order. */
  readonly refunds: readonly Refund[];
  /** Uint8 [clicks]: 1 where what comes next may be asked; absent: after every click that has a next one. */
  readonly asked?: Uint8Array;
}

/** Money that a user got back; no click. */
export interface Refund {
  /** As in `Dataset.user`. */
  readonly user: number;
  /** Epoch ms. */
  readonly timeMs: number;
  /** In the shop's currency, above 0. */
  readonly money: number;
}

/** A contiguous range of sessions, `from` inclusive, `to` exclusive. */
export interface SessionRange {
  readonly from: number;
  readonly to: number;
}

export function sessionCount(dataset: Dataset): number {
  return dataset.start.length - 1;
}

/** True when an evaluation may ask what comes after `click`, a click of `session`. */
export function isQuestion({ start, asked }: Dataset, session: number, click: number): boolean {
  return click + 1 < start[session + 1] && asked?.[click] !== 0;
}

/** Clicks of a range. */
export function clickCount(dataset: Dataset, range: SessionRange): number {
  return dataset.start[range.to] - dataset.start[range.from];
}

/** Sessions that ended at or before `untilMs`; all of them where the data has no time. Sessions are in order of their last click. */
export function sessionsUntil(dataset: Dataset, untilMs: number): SessionRange {
  const { timeMs, start } = dataset;
  let to = sessionCount(dataset);
  if (timeMs) while (to > 0 && timeMs[start[to] - 1] > untilMs) to--;
  return { from: 0, to };
}

/** Cuts the last `share` (0..1) of a range's sessions off as its validation part. */
export function cutLast(
  range: SessionRange,
  share: number,
): { train: SessionRange; validation: SessionRange } {
  const border = range.to - Math.round((range.to - range.from) * share);
  return { train: { from: range.from, to: border }, validation: { from: border, to: range.to } };
}

/** How often each item was clicked in a range, Int32 [items]. */
export function itemCounts(dataset: Dataset, range: SessionRange): Int32Array {
  const counts = new Int32Array(dataset.itemIds.length);
  for (let click = dataset.start[range.from]; click < dataset.start[range.to]; click++)
    counts[dataset.item[click]]++;
  return counts;
}

/** Context nodes a click of this data can have: the category's and the brand's where either is known, else none. */
export function contextCount(dataset: Dataset): number {
  return dataset.category || dataset.brand ? 2 : 0;
}

/** Data without time is spread over a hundred days, so that half-lives mean something. */
const SPREAD_MS = 100 * 86_400_000;

const SPREAD_EPOCH_MS = 1_577_836_800_000;

/** Epoch ms of the last click of a session; made up from its place in the order where the data has no time. */
export function sessionTimeMs(dataset: Dataset, session: number): number {
  const { timeMs, start } = dataset;
  if (timeMs !== null) return timeMs[start[session + 1] - 1];
  return SPREAD_EPOCH_MS + Math.floor((session / sessionCount(dataset)) * SPREAD_MS);
}

/** Epoch ms of the last click of a range; made up where the data has no time. */
export function lastClickMs(dataset: Dataset, range: SessionRange): number {
  return sessionTimeMs(dataset, range.to - 1);
}
