import { WITHHELD } from '../graph/user-consent.js';
import type { InterestGraph } from '../graph/interest/interest-graph.js';
import { NODE } from '../graph/interest/interest-slabs.js';
import { lengthOf } from '../graph/interest/vector-table.js';
import { SAMPLE_ITEMS, type LongTermPage } from './long-term-sample.js';

/** Shoppers of a shard that are sampled, at most, and those of one page: a quarter of a millisecond. */
export const SAMPLE_MAX = 4_096;
export const PAGE_SHOPPERS = 128;

/**
 * Long-term interests of the shoppers in a shard's memory, page by page, without names: of those who have one, and who allow that what they
 * do is learned from and that lists are made of it. A row that somebody else has got since the sample began is told as theirs.
 */
export class LongTermPages {
  #rows: readonly number[] = [];
  #at = 0;

  /** Begins a sample: evenly of all `rows` that are in use. */
  begin(rows: readonly number[]): void {
    const step = Math.max(1, rows.length / SAMPLE_MAX);
    this.#rows = Array.from(
      { length: Math.min(rows.length, SAMPLE_MAX) },
      (_, i) => rows[Math.floor(i * step)],
    );
    this.#at = 0;
  }

  next(graph: InterestGraph, nowMs: number): LongTermPage {
    const page = this.#rows.slice(this.#at, this.#at + PAGE_SHOPPERS).filter((row) => isTold(graph, row));
    this.#at += PAGE_SHOPPERS;
    const { width } = graph.slabs.bounds;
    const vectors = new Float32Array(page.length * width);
    const items = new Int32Array(page.length * SAMPLE_ITEMS).fill(-1);
    page.forEach((row, i) => {
      writeVector(graph, row, vectors.subarray(i * width, (i + 1) * width));
      items.set(strongestItems(graph, row, nowMs), i * SAMPLE_ITEMS);
    });
    return { width, vectors, items, isLast: this.#at >= this.#rows.length };
  }
}

function isTold({ slabs }: InterestGraph, row: number): boolean {
  const { width } = slabs.bounds;
  return (
    (slabs.withheld[row] & (WITHHELD.learn | WITHHELD.personalise)) === 0 &&
    lengthOf(slabs.slow, slabs.slowStart[row] * width, width) > 0
  );
}

function writeVector({ slabs }: InterestGraph, row: number, out: Float32Array): void {
  const { width } = slabs.bounds;
  const start = slabs.slowStart[row] * width;
  const length = lengthOf(slabs.slow, start, width);
  for (let d = 0; d < width; d++) out[d] = slabs.slow[start + d] / length;
}

function strongestItems(graph: InterestGraph, row: number, nowMs: number): number[] {
  const { slabs } = graph;
  const found: { readonly item: number; readonly weight: number }[] = [];
  for (let node = 0; node < slabs.nodeCount[row]; node++) {
    const at = slabs.nodeStart[row] + node;
    const weight = graph.weight(row, node, nowMs);
    if (slabs.nodeKind[at] === NODE.item && weight > 0) found.push({ item: slabs.nodeKey[at], weight });
  }
  return found
    .sort((a, b) => b.weight - a.weight || a.item - b.item)
    .slice(0, SAMPLE_ITEMS)
    .map(({ item }) => item);
}
