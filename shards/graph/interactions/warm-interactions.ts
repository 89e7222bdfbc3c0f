import { createInteraction, LINK_DISTANCE, type InteractionGraph } from './interaction-graph.js';

/**
 * Teaches an empty interaction graph the sessions that a bundle was trained on, so that a new gateway knows from its first
 * click what goes together. `history` is laid out as `history.u32` of a bundle; `indexOfRow` maps its rows to items (−1:
 * left out). Times are moved so that the newest session ends at `nowMs`: what was recent then is recent now. To be called
 * before any shard starts, with the one shard of one: nobody else may write meanwhile.
 */
export function warmInteractions(
  graph: InteractionGraph,
  history: Uint32Array,
  indexOfRow: Int32Array,
  nowMs: number,
): void {
  const shiftMs = nowMs - newestMs(history);
  let at = 1;
  for (let left = history[0] ?? 0; left > 0; left--) {
    const atMs = history[at] * 1_000 + shiftMs;
    const length = history[at + 1];
    learnSession(graph, history.subarray(at + 2, at + 2 + length), indexOfRow, atMs);
    at += 2 + 2 * length;
  }
}

function newestMs(history: Uint32Array): number {
  let newest = 0;
  let at = 1;
  for (let left = history[0] ?? 0; left > 0; left--) {
    newest = Math.max(newest, history[at] * 1_000);
    at += 2 + 2 * history[at + 1];
  }
  return newest;
}

function learnSession(
  graph: InteractionGraph,
  rows: Uint32Array,
  indexOfRow: Int32Array,
  atMs: number,
): void {
  const interaction = createInteraction();
  const items: number[] = [];
  for (const row of rows) {
    const item = indexOfRow[row];
    if (item >= 0 && items.at(-1) !== item) items.push(item);
  }
  if (items.length === 0) return;
  const session = graph.openSession();
  const seen = new Set<number>();
  for (let i = 0; i < items.length; i++) {
    interaction.item = items[i];
    interaction.atMs = atMs;
    interaction.session = seen.has(items[i]) ? 0 : session;
    interaction.beforeCount = Math.min(LINK_DISTANCE, i);
    for (let d = 0; d < interaction.beforeCount; d++) interaction.before[d] = items[i - 1 - d];
    graph.appendToSession(session, items[i]);
    graph.learn(interaction);
    seen.add(items[i]);
  }
}
