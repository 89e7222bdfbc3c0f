import type { Dataset } from '../../../model/train/data/dataset.js';
import { codes, DatasetBuilder } from '../../../model/train/data/dataset-builder.js';
import { Random } from '../../../model/train/random-numbers.js';
import type { ReferenceClick } from '../../../model/train/network/reference-network.js';
import type { SessionWindow } from '../../../model/train/network/session-window.js';
import { RELATION } from '../../../model/scorer/step-shape.js';

export const TINY_ITEMS = 12;
const KINDS = [3, 3, 5, 8];

/** A few users' sessions with repeats, times, kinds, categories and brands (some items have neither). */
export function tinyDataset(sessions = 10, seed = 5): Dataset {
  const random = new Random(seed);
  const builder = new DatasetBuilder(Array.from({ length: TINY_ITEMS }, (_, i) => `item${i}`));
  let nowMs = 1_300_000_000_000;
  for (let s = 0; s < sessions; s++) {
    const length = 2 + random.below(5);
    nowMs += 86_400_000;
    for (let i = 0; i < length; i++) {
      nowMs += random.below(900_000);
      builder.click(`s${s}`, `u${s % 3}`, `item${random.below(TINY_ITEMS)}`, {
        kind: KINDS[random.below(4)],
        timeMs: nowMs,
      });
    }
  }
  const ids = builder.items.texts;
  const category = codes(ids, (id) => (id === 'item0' ? undefined : `c${Number(id.slice(4)) % 3}`));
  const brand = codes(ids, (id) => (Number(id.slice(4)) > 8 ? undefined : `b${Number(id.slice(4)) % 2}`));
  return builder.build('tiny', '0'.repeat(64), { category, brand });
}

/** Float64 unit row of an item. */
export type RowOf = (item: number) => Float64Array;

/**
 * The window's view of a click as the rows of one step: items first, the category's and the brand's node last, padding
 * between. `stateOf` gives the state computed at an earlier click.
 */
export function stepRows(
  window: SessionWindow,
  dataset: Dataset,
  rowOf: RowOf,
  stateOf: (click: number) => Float64Array,
  slow: ArrayLike<number>,
): ReferenceClick {
  const n = window.click.length;
  const zeros = new Float64Array(rowOf(0).length);
  const nodes: Float64Array[] = Array.from({ length: n }, () => zeros);
  const states: Float64Array[] = Array.from({ length: n }, () => zeros);
  const [relation, gap, kind, age] = [0, 1, 2, 3].map(() => new Int32Array(n));
  for (let i = 0; i < window.count; i++) {
    nodes[i] = rowOf(dataset.item[window.click[i]]);
    states[i] = i === 0 ? nodes[i] : stateOf(window.click[i]);
    relation[i] = window.relation[i];
    gap[i] = window.gap[i];
    kind[i] = window.kind[i];
    age[i] = window.age[i];
  }
  window.context.forEach((row, c) => {
    if (row.members.length === 0) return;
    const at = n - 3 + c;
    const sum = new Float64Array(zeros.length);
    for (const click of row.members) rowOf(dataset.item[click]).forEach((value, d) => (sum[d] += value));
    const length = Math.sqrt(sum.reduce((total, value) => total + value * value, 1e-12));
    nodes[at] = sum.map((value) => value / length);
    states[at] = nodes[at];
    relation[at] = c === 0 ? RELATION.category : RELATION.brand;
  });
  return { nodes, states, relation, gap, kind, age, slow };
}
