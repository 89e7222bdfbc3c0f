import { floatTensor, type Tensors } from '../../onnx/onnx-session.js';
import type { Dataset } from '../data/dataset.js';
import { MASKED, TABLE_COLUMNS, type Parameters } from './parameters.js';
import type { Piece } from './packing.js';
import type { PackedShape } from './network.js';
import type { Random } from '../random-numbers.js';
import { SessionWindow } from './session-window.js';
import { SlowInterests } from './slow-interests.js';

/** Pair logits and where in the tables each came from: five numbers per entry. */
const ENTRY = 5;
const CONTEXT_ENTRY = 2;
/** Place of the graph layer's logit for gap or kind 0 in their tables. */
const UNKNOWN = 0;

export interface StepShape extends PackedShape {
  readonly neighbours: number;
}

/**
 * Fills the packed network's inputs for windows of sessions, and spreads the gradients of the pair logits back over the
 * tables they were looked up in. All buffers are made once and refilled by `fill`.
 */
export class PackedStep {
  /** Int32 [T]: click of each place, −1 for padding. */
  readonly click: Int32Array;
  /** Int32 [T]: item of each place, −1 for padding. */
  readonly item: Int32Array;
  /** Int32 [T]: the session's next click, where this place is to be learned from or evaluated; else −1. */
  readonly next: Int32Array;
  readonly feeds: Tensors;
  readonly #shape: StepShape;
  readonly #dataset: Dataset;
  readonly #slow: SlowInterests;
  readonly #window: SessionWindow;
  readonly #rows: Float32Array;
  readonly #dropout: Float32Array;
  readonly #slowRows: Float32Array;
  readonly #pair: readonly Float32Array[];
  readonly #members: readonly Float32Array[];
  readonly #contextLogit: readonly Float32Array[];
  /** [cell, relation, gap, kind, age] of each pair seen. */
  readonly #entries: Int32Array;
  #entryCount = 0;
  /** [context · T + place, relation] of each context node seen. */
  #contextEntries: number[] = [];

  constructor(dataset: Dataset, shape: StepShape) {
    const { width, blocks, blockTokens, contexts, neighbours } = shape;
    const tokens = blocks * blockTokens;
    const pairs = [blocks, blockTokens, blockTokens];
    this.#dataset = dataset;
    this.#shape = shape;
    this.#slow = new SlowInterests(dataset);
    this.#window = new SessionWindow(dataset, neighbours);
    this.click = new Int32Array(tokens);
    this.item = new Int32Array(tokens);
    this.next = new Int32Array(tokens);
    this.#rows = new Float32Array(tokens * width);
    this.#dropout = new Float32Array(tokens * width).fill(1);
    this.#slowRows = new Float32Array(tokens * width);
    this.#pair = Array.from({ length: TABLE_COLUMNS }, () => new Float32Array(tokens * blockTokens));
    this.#members = Array.from({ length: contexts }, () => new Float32Array(tokens * blockTokens));
    this.#contextLogit = Array.from({ length: contexts }, () => new Float32Array(tokens));
    this.#entries = new Int32Array(tokens * neighbours * ENTRY);
    const feeds: Tensors = {
      rows: floatTensor(this.#rows, [tokens, width]),
      dropout: floatTensor(this.#dropout, [tokens, width]),
      slowInterest: floatTensor(this.#slowRows, [tokens, width]),
    };
    this.#pair.forEach((values, i) => (feeds[`pair${i}`] = floatTensor(values, pairs)));
    this.#members.forEach((values, i) => (feeds[`members${i}`] = floatTensor(values, pairs)));
    this.#contextLogit.forEach((values, i) => (feeds[`context${i}`] = floatTensor(values, [tokens, 1])));
    this.feeds = feeds;
  }

  /** Lays out up to `blocks` windows. `vectors` [items, D] raw item rows. */
  fill(windows: readonly (readonly Piece[])[], vectors: Float32Array, parameters: Parameters): void {
    const { blockTokens } = this.#shape;
    this.#clear();
    windows.forEach((pieces, block) => {
      let place = block * blockTokens;
      for (const piece of pieces) {
        this.#place(piece, place, vectors, parameters);
        place += piece.to - piece.from;
      }
    });
    this.#close();
  }

  /** Draws new dropout factors: 0 with probability `rate`, else 1 / (1 − rate). */
  drop(random: Random, rate: number): void {
    const border = rate * 4294967296;
    const kept = 1 / (1 - rate);
    for (let i = 0; i < this.#dropout.length; i++) this.#dropout[i] = random.next() < border ? 0 : kept;
  }

  /** Adds the gradients of pair and context logits to those of the tables. */
  tableGradients(pair: readonly Float32Array[], contexts: readonly Float32Array[], into: Parameters): void {
    for (let e = 0; e < this.#entryCount * ENTRY; e += ENTRY) {
      const cell = this.#entries[e];
      for (let column = 0; column < TABLE_COLUMNS; column++) {
        const gradient = pair[column][cell];
        into.relation[this.#entries[e + 1] * TABLE_COLUMNS + column] += gradient;
        into.kind[this.#entries[e + 3] * TABLE_COLUMNS + column] += gradient;
        if (column === 0) into.gap[this.#entries[e + 2] * TABLE_COLUMNS] += gradient;
        else into.age[this.#entries[e + 4] * TABLE_COLUMNS + column] += gradient;
      }
    }
    for (let e = 0; e < this.#contextEntries.length; e += CONTEXT_ENTRY) {
      const cell = this.#contextEntries[e];
      const gradient = contexts[Math.floor(cell / this.click.length)][cell % this.click.length];
      into.relation[this.#contextEntries[e + 1] * TABLE_COLUMNS] += gradient;
      into.gap[UNKNOWN] += gradient;
      into.kind[UNKNOWN] += gradient;
    }
  }

  #clear(): void {
    this.click.fill(-1);
    this.item.fill(-1);
    this.next.fill(-1);
    this.#rows.fill(0);
    this.#slowRows.fill(0);
    for (const values of this.#pair) values.fill(MASKED);
    for (const values of this.#members) values.fill(0);
    for (const values of this.#contextLogit) values.fill(MASKED);
    this.#entryCount = 0;
    this.#contextEntries = [];
  }

  #place(piece: Piece, first: number, vectors: Float32Array, parameters: Parameters): void {
    const { width } = this.#shape;
    const slow = this.#slowRows.subarray(first * width, (first + 1) * width);
    this.#slow.write(piece.session, vectors, slow);
    this.#window.open(piece.from);
    for (let click = piece.from; click < piece.to; click++) {
      const place = first + click - piece.from;
      const item = this.#dataset.item[click];
      this.click[place] = click;
      this.item[place] = item;
      this.next[place] = click >= piece.scoredFrom && click + 1 < piece.to ? click + 1 : -1;
      this.#rows.set(vectors.subarray(item * width, (item + 1) * width), place * width);
      if (place > first) this.#slowRows.set(slow, place * width);
      this.#window.see(click);
      this.#pairs(place, click, parameters);
      this.#contexts(place, click, parameters);
    }
  }

  #pairs(place: number, click: number, { relation, gap, kind, age }: Parameters): void {
    const window = this.#window;
    const entries = this.#entries;
    for (let i = 0; i < window.count; i++) {
      const cell = this.#cell(place, click, window.click[i]);
      const e = this.#entryCount++ * ENTRY;
      entries[e] = cell;
      entries[e + 1] = window.relation[i];
      entries[e + 2] = window.gap[i];
      entries[e + 3] = window.kind[i];
      entries[e + 4] = window.age[i];
      for (let column = 0; column < TABLE_COLUMNS; column++) {
        this.#pair[column][cell] =
          relation[window.relation[i] * TABLE_COLUMNS + column] +
          gap[window.gap[i] * TABLE_COLUMNS + column] +
          kind[window.kind[i] * TABLE_COLUMNS + column] +
          age[window.age[i] * TABLE_COLUMNS + column];
      }
    }
  }

  #contexts(place: number, click: number, { relation, gap, kind }: Parameters): void {
    for (let c = 0; c < this.#shape.contexts; c++) {
      const row = this.#window.context[c];
      if (row.members.length === 0) continue;
      for (const member of row.members) this.#members[c][this.#cell(place, click, member)] = 1;
      this.#contextLogit[c][place] = relation[row.relation * TABLE_COLUMNS] + gap[UNKNOWN] + kind[UNKNOWN];
      this.#contextEntries.push(c * this.click.length + place, row.relation);
    }
  }

  /** Index of the pair (place, place of `other`) among the block's pairs; both clicks are of one piece. */
  #cell(place: number, click: number, other: number): number {
    const { blockTokens } = this.#shape;
    const column = (place % blockTokens) - (click - other);
    return place * blockTokens + column;
  }

  /** Lets padding see itself, so that its softmax is defined; nothing depends on it. */
  #close(): void {
    const { blockTokens } = this.#shape;
    for (let place = 0; place < this.click.length; place++) {
      if (this.click[place] >= 0) continue;
      for (const values of this.#pair) values[place * blockTokens + (place % blockTokens)] = 0;
    }
  }
}
