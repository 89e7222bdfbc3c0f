import { turn } from '../../metrics/process/turn.js';
import type { Item } from '../catalogue/shared-catalogue.js';
import { readEncoder } from './encoder-manifest.js';
import { ItemMeanings } from './item-meanings.js';
import { TextEncoderModel } from './text-encoder-model.js';
import { VectorCache } from './vector-cache.js';

/** Texts whose vectors are kept. */
const KEPT_MAX = 262_144;

/** What says what items mean: as `ItemReader` does. */
export type ContentReader = Pick<ItemReader, 'id' | 'vectorsOf'>;

/** What an encoder says of items, for commands that wait for it: on the calling thread. Nothing is loaded before there is a text to read. */
export class ItemReader {
  readonly #folder: string;
  readonly #cachePath: string | undefined;
  #loaded: { readonly encoder: TextEncoderModel; readonly cache: VectorCache } | undefined;

  /** @param cachePath file of the vectors, so that they are not made again; absent: in memory alone */
  constructor(folder: string, cachePath?: string) {
    this.#folder = folder;
    this.#cachePath = cachePath;
  }

  /** Id of the encoder; rejects with a `StartupError` when it cannot be read. */
  async id(): Promise<string> {
    return (await this.#load()).encoder.id;
  }

  /**
   * A vector of each item, undefined for those of which nothing is said; borrowed, not to be changed. `told` hears how many texts of
   * how many have been encoded. Rejects with a `StartupError` when the encoder cannot be read.
   */
  async vectorsOf(
    items: readonly Omit<Item, 'id'>[],
    told: (done: number, of: number) => void = () => {},
  ): Promise<readonly (Float32Array | undefined)[]> {
    const meanings = new ItemMeanings(items);
    const { texts } = meanings;
    if (texts.length === 0) return items.map(() => undefined);
    const { encoder, cache } = await this.#load();
    const vectors = texts.map((text) => cache.get(text));
    const missing = [...texts.keys()].filter((i) => vectors[i] === undefined);
    const left = missing.map((i) => texts[i]);
    let done = 0;
    for (const run of encoder.runs(left, 'item')) {
      run.rows.forEach((row, i) => {
        vectors[missing[row]] = run.vectors[i];
        cache.set(left[row], run.vectors[i]);
      });
      done += run.rows.length;
      told(done, missing.length);
      await turn();
    }
    return meanings.of(vectors as Float32Array[]);
  }

  close(): void {
    this.#loaded?.cache.close();
    this.#loaded?.encoder.close();
    this.#loaded = undefined;
  }

  async #load(): Promise<{ readonly encoder: TextEncoderModel; readonly cache: VectorCache }> {
    if (this.#loaded !== undefined) return this.#loaded;
    const encoder = await TextEncoderModel.load(await readEncoder(this.#folder));
    const cache = new VectorCache({
      ...(this.#cachePath !== undefined && { path: this.#cachePath }),
      encoder: encoder.id,
      dimension: encoder.manifest.dimension,
      countMax: KEPT_MAX,
    });
    this.#loaded = { encoder, cache };
    return this.#loaded;
  }
}
