import { turn } from '../../metrics/process/turn.js';
import { ContentNeighbours, keptWords, type Reference } from '../content/content-neighbours.js';
import { createSparseVector, TextEncoder, type SparseVector } from '../content/text-encoder.js';
import type { Item } from '../catalogue/shared-catalogue.js';
import { itemVectors, VECTOR_ORIGIN } from '../kernel/shared-vectors.js';
import type { EncodedItem, EncoderCall, EncoderReply, PlacingModel } from './encoder-messages.js';
import { itemText } from './item-text.js';
import { MeaningIndex } from './meaning-index.js';
import type { TextEncoderModel, TextKind } from './text-encoder-model.js';
import type { VectorCache } from './vector-cache.js';

/** Texts encoded between two looks at what is asked: some ten milliseconds of work. */
const TEXTS_AT_ONCE = 8;
/** A reference of so many clicks is trusted half as much as one of very many: as in the training. */
const HALF_TRUSTED_CLICKS = 10;

/**
 * What the thread of an encoder does: vectors of items for searches by meaning and for the places of new items, one call after the
 * other, but questions first. Vectors of items are looked for in the cache before they are made.
 */
export class EncoderDesk {
  readonly #encoder: Pick<TextEncoderModel, 'encode' | 'manifest'>;
  readonly #cache: VectorCache;
  readonly #index: MeaningIndex;
  readonly #post: (reply: EncoderReply) => void;
  readonly #asks: Extract<EncoderCall, { op: 'ask' }>[] = [];
  readonly #calls: Exclude<EncoderCall, { op: 'ask' | 'stop' }>[] = [];
  readonly #words = createSparseVector();
  #placing: Placing | undefined;
  #isRunning = false;
  #isStopped = false;

  constructor(
    encoder: Pick<TextEncoderModel, 'encode' | 'manifest'>,
    cache: VectorCache,
    post: (reply: EncoderReply) => void,
  ) {
    this.#encoder = encoder;
    this.#cache = cache;
    this.#index = new MeaningIndex(encoder.manifest.dimension);
    this.#post = post;
  }

  /** Takes a call; the caller sees to it that few wait. */
  take(call: Exclude<EncoderCall, { op: 'stop' }>): void {
    if (call.op === 'ask') this.#asks.push(call);
    else this.#calls.push(call);
    if (!this.#isRunning) void this.#run();
  }

  /** Gives up what is under way, at the next text; nothing is posted any more. */
  stop(): void {
    this.#isStopped = true;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (;;) {
      await this.#answer();
      const call = this.#calls.shift();
      if (call === undefined) break;
      if (call.op === 'items') await this.#takeItems(call.items);
      else await this.#takeModel(call.number, call.model);
    }
    this.#isRunning = false;
  }

  /** Lets messages come in, and answers all questions among them. */
  async #answer(): Promise<void> {
    await turn();
    for (let ask = this.#asks.shift(); ask !== undefined && !this.#isStopped; ask = this.#asks.shift()) {
      const [wanted] = await this.#vectors([ask.text], 'query');
      this.#post({ op: 'answer', id: ask.id, hits: this.#index.nearest(wanted, ask.count) });
    }
  }

  async #takeItems(items: readonly EncodedItem[]): Promise<void> {
    const before = this.#cache.made;
    const told = items.filter(({ item }) => item !== undefined && itemText(item) !== '');
    const vectors = await this.#vectors(
      told.map(({ item }) => itemText(item as Item)),
      'item',
    );
    const places: { index: number; place: Float32Array }[] = [];
    for (const { index, item } of items) {
      const at = told.findIndex((one) => one.index === index);
      const meaning = at < 0 ? undefined : vectors[at];
      this.#index.set(index, meaning);
      const place = item && this.#placing?.place({ index, item }, meaning);
      if (place !== undefined) places.push({ index, place });
    }
    this.#post({
      op: 'taken',
      encoded: this.#cache.made - before,
      model: this.#placing?.number ?? -1,
      places,
    });
  }

  async #takeModel(number: number, model: PlacingModel | null): Promise<void> {
    this.#placing = undefined;
    if (model !== null && model.references.length > 0) {
      const vectors = await this.#vectors(
        model.references.map(({ item }) => itemText(item)),
        'item',
      );
      this.#placing = new Placing(number, model, vectors, this.#words);
    }
    this.#post({ op: 'placing', model: number });
  }

  /** Vectors of texts, a few at a time: between them others get their turns, and questions their answers where items are encoded. */
  async #vectors(texts: readonly string[], kind: TextKind): Promise<Float32Array[]> {
    const { dimension } = this.#encoder.manifest;
    const vectors = texts.map((text) => (kind === 'item' ? this.#cache.get(text) : undefined));
    const missing = [...texts.keys()]
      .filter((i) => vectors[i] === undefined)
      .sort((a, b) => texts[a].length - texts[b].length);
    for (let from = 0; from < missing.length; from += TEXTS_AT_ONCE) {
      const rows = missing.slice(from, from + TEXTS_AT_ONCE);
      const made = this.#encoder.encode(
        rows.map((row) => texts[row]),
        kind,
      );
      rows.forEach((row, i) => {
        vectors[row] = made.slice(i * dimension, (i + 1) * dimension);
        // What shoppers look for is kept nowhere.
        if (kind === 'item') this.#cache.set(texts[row], vectors[row]);
      });
      if (kind === 'item') await this.#answer();
      if (this.#isStopped) return await new Promise(() => {});
    }
    return vectors as Float32Array[];
  }
}

/** Finds places in the space of one model. */
class Placing {
  readonly number: number;
  readonly #origin: Uint8Array;
  readonly #encoder: TextEncoder;
  readonly #words: SparseVector;
  readonly #neighbours: ContentNeighbours;
  readonly #width: number;

  constructor(number: number, model: PlacingModel, meanings: readonly Float32Array[], words: SparseVector) {
    this.number = number;
    this.#words = words;
    this.#encoder = new TextEncoder(model.idf);
    this.#origin = new Uint8Array(model.shared.origin);
    this.#width = model.shared.width;
    const references = model.references.map(({ index, item, clicks }, i): Reference => {
      this.#encode(item);
      const trust = Math.max(1, clicks) / (Math.max(1, clicks) + HALF_TRUSTED_CLICKS);
      return { row: index, trust, words: keptWords(words), meaning: meanings[i] };
    });
    const space = { vectors: itemVectors(model.shared), width: this.#width };
    const dimension = meanings[0]?.length ?? 0;
    this.#neighbours = new ContentNeighbours(references, space, model.idf.length, dimension);
  }

  /** The caller's; undefined for an item that has a learned place, or none by its content. */
  place({ index, item }: Required<EncodedItem>, meaning: Float32Array | undefined): Float32Array | undefined {
    if (this.#origin[index] === VECTOR_ORIGIN.learned || item.vector !== undefined) return undefined;
    this.#encode(item);
    const place = new Float32Array(this.#width);
    return this.#neighbours.place({ words: this.#words, meaning }, place) ? place : undefined;
  }

  #encode(item: Item): void {
    if (this.#encoder.idf.length === 0) this.#words.count = 0;
    else this.#encoder.encode(item, this.#words);
  }
}
