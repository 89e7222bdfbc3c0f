import { turn } from '../../metrics/process/turn.js';
import type { Item } from '../catalogue/shared-catalogue.js';
import { ContentPlacing } from './content-placing.js';
import type { EncodedItem, EncoderCall, EncoderReply, PlacingModel } from './encoder-messages.js';
import { ItemMeanings } from './item-meanings.js';
import { KindIndex, kindOf, type KindLinks } from './kind-index.js';
import { MeaningIndex } from './meaning-index.js';
import type { TextEncoderModel, TextKind } from './text-encoder-model.js';
import type { VectorCache } from './vector-cache.js';

/** Texts encoded between two looks at what is asked: some ten milliseconds of work. */
const TEXTS_AT_ONCE = 8;

/**
 * What the thread of an encoder does: vectors of items for searches by meaning and for the places of new items, one call after the
 * other, but questions first. Vectors of items are looked for in the cache before they are made.
 */
export class EncoderDesk {
  readonly #encoder: Pick<TextEncoderModel, 'runs' | 'manifest' | 'id'>;
  readonly #cache: VectorCache;
  readonly #index: MeaningIndex;
  readonly #kinds: KindIndex;
  readonly #post: (reply: EncoderReply) => void;
  readonly #asks: Extract<EncoderCall, { op: 'ask' }>[] = [];
  readonly #calls: Exclude<EncoderCall, { op: 'ask' | 'stop' }>[] = [];
  #placing: { readonly number: number; readonly places: ContentPlacing } | undefined;
  #isRunning = false;
  #isStopped = false;

  constructor(
    encoder: Pick<TextEncoderModel, 'runs' | 'manifest' | 'id'>,
    cache: VectorCache,
    post: (reply: EncoderReply) => void,
  ) {
    this.#encoder = encoder;
    this.#cache = cache;
    this.#index = new MeaningIndex(encoder.manifest.dimension);
    this.#kinds = new KindIndex(this.#index, encoder.manifest.dimension);
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
      else if (call.op === 'link') await this.#link(call.items);
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
    const meanings = await this.#meanings(items.map(({ item }) => item));
    const places: { index: number; place: Float32Array }[] = [];
    for (const [i, { index, item }] of items.entries()) {
      const meaning = meanings[i];
      this.#index.set(index, meaning);
      this.#kinds.set(index, item && meaning && kindOf(item));
      const place = item && this.#placing?.places.place({ index, item }, meaning);
      if (place !== undefined) places.push({ index, place });
    }
    this.#post({
      op: 'taken',
      encoded: this.#cache.made - before,
      model: this.#placing?.number ?? -1,
      places,
      share: this.#placing?.places.blend.neighbours ?? 0,
    });
  }

  /** Questions come between two items: one is compared with some ten thousand others. */
  async #link(items: readonly number[]): Promise<void> {
    const links: KindLinks[] = [];
    for (const item of this.#kinds.isMixed ? items : []) {
      links.push(this.#kinds.linksOf(item));
      await this.#answer();
    }
    this.#post({ op: 'linked', isMixed: this.#kinds.isMixed, links });
  }

  async #takeModel(number: number, model: PlacingModel | null): Promise<void> {
    this.#placing = undefined;
    if (model !== null && model.references.length > 0) {
      const meanings = await this.#meanings(model.references.map(({ item }) => item));
      this.#placing = { number, places: new ContentPlacing(model, meanings, this.#encoder.id) };
    }
    this.#post({ op: 'placing', model: number });
  }

  async #meanings(items: readonly (Item | undefined)[]): Promise<readonly (Float32Array | undefined)[]> {
    const meanings = new ItemMeanings(items);
    return meanings.of(await this.#vectors(meanings.texts, 'item'));
  }

  /** Vectors of texts, a few at a time: between them others get their turns, and questions their answers where items are encoded. */
  async #vectors(texts: readonly string[], kind: TextKind): Promise<Float32Array[]> {
    const vectors = texts.map((text) => (kind === 'item' ? this.#cache.get(text) : undefined));
    const missing = [...texts.keys()].filter((i) => vectors[i] === undefined);
    const left = missing.map((i) => texts[i]);
    for (const run of this.#encoder.runs(left, kind, TEXTS_AT_ONCE)) {
      run.rows.forEach((row, i) => {
        vectors[missing[row]] = run.vectors[i];
        // What shoppers look for is kept nowhere.
        if (kind === 'item') this.#cache.set(left[row], run.vectors[i]);
      });
      if (kind === 'item') await this.#answer();
      if (this.#isStopped) return await new Promise(() => {});
    }
    return vectors as Float32Array[];
  }
}
