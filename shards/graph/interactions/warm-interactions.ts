import type { InteractionGraph } from './interaction-graph.js';
import { HistoryLearner } from './history-learner.js';

/**
 * Teaches an empty interaction graph the sessions that a bundle was trained on, so that a new gateway knows from its first
 * click what goes together. `history` is laid out as `history.u32` of a bundle; `indexOfRow` maps its rows to items (−1:
 * left out). Times are moved so that the newest session ends at `nowMs`: what was recent then is recent now. With the one shard
 * of one: nobody else may read or write meanwhile.
 */
export function warmInteractions(
  graph: InteractionGraph,
  history: Uint32Array,
  indexOfRow: Int32Array,
  nowMs: number,
): void {
  const { newestMs, longest } = lookAt(history);
  const learner = new HistoryLearner(graph, nowMs);
  const items = new Int32Array(longest);
  let at = 1;
  for (let left = history[0] ?? 0; left > 0; left--) {
    const length = history[at + 1];
    let count = 0;
    for (let i = at + 2; i < at + 2 + length; i++) {
      const item = indexOfRow[history[i]];
      if (item >= 0 && (count === 0 || items[count - 1] !== item)) items[count++] = item;
    }
    learner.learn(items, count, newestMs - history[at] * 1_000);
    at += 2 + 2 * length;
  }
  learner.end();
}

function lookAt(history: Uint32Array): { newestMs: number; longest: number } {
  let newestMs = 0;
  let longest = 0;
  let at = 1;
  for (let left = history[0] ?? 0; left > 0; left--) {
    newestMs = Math.max(newestMs, history[at] * 1_000);
    longest = Math.max(longest, history[at + 1]);
    at += 2 + 2 * history[at + 1];
  }
  return { newestMs, longest };
}
