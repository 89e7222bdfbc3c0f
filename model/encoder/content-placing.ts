import { blendFor, type ContentBlend } from '../content/content-blend.js';
import { ContentNeighbours, keptWords, type Reference } from '../content/content-neighbours.js';
import { createSparseVector, TextEncoder } from '../content/text-encoder.js';
import type { Item } from '../catalogue/shared-catalogue.js';
import { itemVectors, VECTOR_ORIGIN } from '../kernel/shared-vectors.js';
import type { EncodedItem, PlacingModel } from './encoder-messages.js';

/** A reference of so many clicks is trusted half as much as one of very many: as in the training. */
const HALF_TRUSTED_CLICKS = 10;

/** How much the learned place of an item with so many clicks is trusted, above 0 to 1. */
export function trustOf(clicks: number): number {
  return Math.max(1, clicks) / (Math.max(1, clicks) + HALF_TRUSTED_CLICKS);
}

/** Finds places in the space of one model for items that nobody clicked, by the items that say the like. One thread's. */
export class ContentPlacing {
  readonly blend: ContentBlend;
  readonly #origin: Uint8Array;
  readonly #encoder: TextEncoder;
  readonly #words = createSparseVector();
  readonly #neighbours: ContentNeighbours;
  readonly #width: number;

  /** `meanings` are of the references, by `encoder`; undefined for those of which nothing is said. */
  constructor(model: PlacingModel, meanings: readonly (Float32Array | undefined)[], encoder: string) {
    this.blend = blendFor(model.blend, encoder);
    this.#encoder = new TextEncoder(model.idf);
    this.#origin = new Uint8Array(model.shared.origin);
    this.#width = model.shared.width;
    const references = model.references.map(({ index, item, clicks }, i): Reference => {
      this.#encode(item);
      return { row: index, trust: trustOf(clicks), words: keptWords(this.#words), meaning: meanings[i] };
    });
    const space = { vectors: itemVectors(model.shared), width: this.#width };
    const dimension = meanings.find((meaning) => meaning !== undefined)?.length ?? 0;
    const meaning = { dimension, share: this.blend.meaning };
    this.#neighbours = new ContentNeighbours(references, space, model.idf.length, meaning);
  }

  /** The caller's; undefined for an item that has a learned place, or none by its content. */
  place({ index, item }: Required<EncodedItem>, meaning: Float32Array | undefined): Float32Array | undefined {
    if (this.#origin[index] === VECTOR_ORIGIN.learned) return undefined;
    this.#encode(item);
    const place = new Float32Array(this.#width);
    return this.#neighbours.place({ words: this.#words, meaning }, place) ? place : undefined;
  }

  #encode(item: Item): void {
    if (this.#encoder.idf.length === 0) this.#words.count = 0;
    else this.#encoder.encode(item, this.#words);
  }
}
