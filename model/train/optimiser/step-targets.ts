import { floatTensor, intTensor, type Tensors } from '../../onnx/onnx-session.js';
import type { Dataset } from '../data/dataset.js';
import type { PackedStep } from '../network/packed-step.js';
import type { Piece } from '../network/packing.js';
import type { Random } from '../random-numbers.js';
import { SoftmaxColumns } from './softmax-columns.js';

export interface TargetShape {
  readonly width: number;
  /** Clicks per step. */
  readonly tokens: number;
  readonly negatives: number;
  readonly fullSoftmaxMax: number;
  readonly recencyHalfLife: number;
}

/** The loss's side of a training step: what each click should predict, and the items to tell it from. */
export class StepTargets {
  readonly columns: SoftmaxColumns;
  readonly feeds: Tensors;
  readonly #dataset: Dataset;
  readonly #recency: Recency;
  readonly #width: number;
  /** Int32 [T]: item of the next click, −1 for none. */
  readonly #nextItem: Int32Array;
  readonly #column: Int32Array;
  readonly #offset: Float32Array;
  readonly #weight: Float32Array;
  readonly #rows: Float32Array;

  /** `items`: the items that training has seen. */
  constructor(dataset: Dataset, pieces: readonly Piece[], items: Int32Array, shape: TargetShape) {
    const { width, tokens, negatives, fullSoftmaxMax, recencyHalfLife } = shape;
    this.#dataset = dataset;
    this.#recency = new Recency(pieces, recencyHalfLife);
    this.#width = width;
    this.#nextItem = new Int32Array(tokens);
    this.#column = new Int32Array(tokens);
    this.#offset = new Float32Array(tokens);
    this.#weight = new Float32Array(tokens);
    const targetCounts = countTargets(dataset, pieces);
    this.columns = new SoftmaxColumns({
      targetCounts,
      items,
      negatives,
      targets: tokens,
      fullMax: fullSoftmaxMax,
    });
    const { size, bias } = this.columns;
    this.#rows = new Float32Array(size * width);
    this.feeds = {
      columns: floatTensor(this.#rows, [size, width]),
      columnBias: floatTensor(bias, [1, size]),
      target: intTensor(this.#column, [tokens, 1]),
      targetOffset: floatTensor(this.#offset, [tokens, 1]),
      weight: floatTensor(this.#weight, [tokens, 1]),
    };
  }

  /** Sets the targets of a filled step; `vectors` [items, D] raw item rows. Returns how many clicks have a target. */
  aim(step: PackedStep, vectors: Float32Array, random: Random): number {
    let count = 0;
    let total = 0;
    step.next.forEach((next, place) => {
      this.#nextItem[place] = next < 0 ? -1 : this.#dataset.item[next];
      this.#weight[place] = next < 0 ? 0 : this.#recency.weight(next);
      total += this.#weight[place];
      if (next >= 0) count++;
    });
    this.columns.draw(this.#nextItem, count, random);
    this.#nextItem.forEach((item, place) => {
      const column = item < 0 ? 0 : this.columns.column[item];
      this.#column[place] = column;
      this.#offset[place] = -this.columns.bias[column];
      if (item >= 0) this.#weight[place] /= total;
    });
    this.#gather(vectors);
    return count;
  }

  #gather(vectors: Float32Array): void {
    const width = this.#width;
    const rows = this.#rows;
    this.columns.items.forEach((item, column) => {
      if (item < 0) rows.fill(0, column * width, (column + 1) * width);
      else rows.set(vectors.subarray(item * width, (item + 1) * width), column * width);
    });
  }
}

/** How often each item is the next click of a click that is learned from. */
function countTargets(dataset: Dataset, pieces: readonly Piece[]): Int32Array {
  const counts = new Int32Array(dataset.itemIds.length);
  for (const { scoredFrom, to } of pieces) {
    for (let click = scoredFrom + 1; click < to; click++) counts[dataset.item[click]]++;
  }
  return counts;
}

/** How much each click counts in the loss: `2^(−age / halfLife)`, its age as a share of the clicks trained on, 0 for the newest. */
export class Recency {
  readonly #last: number;
  readonly #halfLifeClicks: number;

  /** `pieces`: what is trained on; `halfLife`: a share of its clicks. */
  constructor(pieces: readonly Piece[], halfLife: number) {
    let first = Number.MAX_SAFE_INTEGER;
    let end = 0;
    for (const { from, to } of pieces) {
      first = Math.min(first, from);
      end = Math.max(end, to);
    }
    this.#last = end - 1;
    this.#halfLifeClicks = Math.max(1, (end - first) * halfLife);
  }

  /** Weight of a click, 0..1, by its number in the dataset. */
  weight(click: number): number {
    return 2 ** ((click - this.#last) / this.#halfLifeClicks);
  }
}
