import { groupInOrder } from '../counting-sort.js';

/** Columns by click, as they were recorded. */
export interface RecordedClicks {
  /** Int32: number of each click's session; numbers are 0, 1, … in order of appearance. */
  readonly session: Int32Array;
  /** Float64 epoch ms; null where the data has no time. */
  readonly timeMs: Float64Array | null;
  /** Float64: place of a click within its session, where clicks of the same time, or without, have one. */
  readonly order: Float64Array;
}

/** Clicks laid out by sessions; arrays are the caller's. */
export interface SessionOrder {
  /** Int32 [clicks]: numbers of the recorded clicks. */
  readonly click: Int32Array;
  /** Int32 [sessions + 1]: first click of each session in `click`. */
  readonly start: Int32Array;
}

/**
 * Puts clicks of a session next to each other, in order of time, place and recording, cuts sessions at pauses longer than
 * `gapMs`, and puts sessions in order of their last click (of appearance where times are unknown or equal).
 */
export function orderSessions(clicks: RecordedClicks, sessions: number, gapMs: number): SessionOrder {
  const { order: click, start } = groupInOrder(clicks.session, sessions);
  for (let s = 0; s < sessions; s++) sortClicks(click.subarray(start[s], start[s + 1]), clicks);
  const { timeMs } = clicks;
  if (timeMs === null) return { click, start };
  return byLastClick(click, cut(click, start, timeMs, gapMs), timeMs);
}

function sortClicks(click: Int32Array, { timeMs, order }: RecordedClicks): void {
  const compare = (a: number, b: number) =>
    (timeMs === null ? 0 : timeMs[a] - timeMs[b]) || order[a] - order[b] || a - b;
  for (let i = 1; i < click.length; i++) {
    if (compare(click[i - 1], click[i]) > 0) return void click.sort(compare);
  }
}

/** Starts of the sessions with those cut that pause for longer than `gapMs`. */
function cut(click: Int32Array, start: Int32Array, timeMs: Float64Array, gapMs: number): Int32Array {
  if (gapMs === Infinity) return start;
  const starts = [0];
  for (let s = 0; s + 1 < start.length; s++) {
    for (let i = start[s] + 1; i < start[s + 1]; i++) {
      if (timeMs[click[i]] - timeMs[click[i - 1]] > gapMs) starts.push(i);
    }
    if (start[s + 1] > starts[starts.length - 1]) starts.push(start[s + 1]);
  }
  return Int32Array.from(starts);
}

function byLastClick(click: Int32Array, start: Int32Array, timeMs: Float64Array): SessionOrder {
  const sessions = start.length - 1;
  const lastMs = Float64Array.from({ length: sessions }, (_, s) => timeMs[click[start[s + 1] - 1]]);
  const order = Int32Array.from({ length: sessions }, (_, s) => s).sort(
    (a, b) => lastMs[a] - lastMs[b] || a - b,
  );
  const moved = { click: new Int32Array(click.length), start: new Int32Array(sessions + 1) };
  order.forEach((s, i) => {
    moved.click.set(click.subarray(start[s], start[s + 1]), moved.start[i]);
    moved.start[i + 1] = moved.start[i] + start[s + 1] - start[s];
  });
  return moved;
}
