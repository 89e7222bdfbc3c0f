import type { Item } from '../../catalogue/shared-catalogue.js';
import type { LearnedBlend } from '../../content/content-blend.js';
import { keptWords } from '../../content/content-neighbours.js';
import { REFERENCES_MAX } from '../../content/item-linker.js';
import { LinearProjection } from '../../content/linear-projection.js';
import {
  createSparseVector,
  inverseFrequencies,
  TextEncoder,
  type SparseVector,
} from '../../content/text-encoder.js';
import type { ContentReader } from '../../encoder/item-reader.js';
import { chooseRidge, inPercent, WORD_PENALTIES, type FittedRidge, type Learned } from './choose-ridge.js';
import { blendedPlaces, fitBlend, HELD_OUT_MAX, type BlendSpace, type HeldOutItem } from './fit-blend.js';

/** A bucket that fewer items fall into says nothing of the next item. */
const HOLDERS_MIN = 2;
const BUCKETS_MIN = 1_024;
const BUCKETS_MAX = 32_768;

/** What was learned of words. */
export interface FittedText extends FittedRidge {
  readonly idf: Float32Array;
  /** Of each item. */
  readonly words: readonly SparseVector[];
}

/** What was learned of words and of the items that say the like together. */
export interface FittedTextBlend {
  readonly learned: LearnedBlend;
  /** Mean cosine of the items held out, in percent. */
  readonly cosine: number;
  /** Places of the `HELD_OUT_MAX` first items held out of which words are told, by row. */
  readonly places: ReadonlyMap<number, Float32Array>;
}

/** Undefined when words are told of too few items. */
export function fitText(learned: Learned): FittedText | undefined {
  const idf = inverseFrequencies(learned.items, bucketsFor(learned.items), HOLDERS_MIN);
  const encoder = new TextEncoder(idf);
  const words = createSparseVector();
  const inputs = learned.items.map((item) => {
    encoder.encode(item, words);
    return keptWords(words);
  });
  const fitted = chooseRidge(learned, inputs, idf.length, WORD_PENALTIES);
  return fitted && { idf, words: inputs, ...fitted };
}

/** Places of the items held out of which words are told, by row: by the map that was learned without them. */
export function wordPlaces({ width }: Learned, text: FittedText): Map<number, Float32Array> {
  const projection = new LinearProjection(text.ofRest, width);
  return new Map(
    toldRows(text, true).map((row) => {
      const place = new Float32Array(width);
      projection.project(text.words[row], place, 0);
      return [row, place];
    }),
  );
}

/**
 * Chooses how words and the items that say the like go together, on the items that the map's penalty was chosen on. Undefined when the
 * reader says nothing of any of them.
 */
export async function fitTextBlend(
  learned: Learned,
  text: FittedText,
  reader: ContentReader,
): Promise<FittedTextBlend | undefined> {
  const { vectors, width } = learned;
  const references = toldRows(text, false).slice(0, REFERENCES_MAX);
  const held = toldRows(text, true);
  const meanings = await meaningsOf(learned, [...references, ...held], reader);
  if (meanings === undefined) return undefined;
  const space: BlendSpace = {
    references: references.map((row) => ({
      row,
      trust: learned.importance[row],
      words: text.words[row],
      meaning: meanings.get(row),
    })),
    vectors,
    width,
    buckets: text.idf.length,
  };
  const items = heldOutItems(learned, text, meanings);
  const { cosine, ...blend } = fitBlend(space, items);
  const places = blendedPlaces(space, items.slice(0, HELD_OUT_MAX), blend);
  return {
    learned: { encoder: await reader.id(), ...blend },
    cosine: inPercent(cosine),
    places: new Map(places.map((place, i) => [held[i], place])),
  };
}

/** Of each row what its item means; undefined when nothing is said of any. */
async function meaningsOf(
  { items }: Learned,
  rows: readonly number[],
  reader: ContentReader,
): Promise<Map<number, Float32Array | undefined> | undefined> {
  const made = await reader.vectorsOf(rows.map((row) => items[row]));
  if (made.every((meaning) => meaning === undefined)) return undefined;
  return new Map(rows.map((row, i) => [row, made[i]]));
}

function heldOutItems(
  learned: Learned,
  text: FittedText,
  meanings: ReadonlyMap<number, Float32Array | undefined>,
): HeldOutItem[] {
  const { vectors, importance, width } = learned;
  return [...wordPlaces(learned, text)].map(([row, byWords]) => ({
    words: text.words[row],
    meaning: meanings.get(row),
    byWords,
    learned: vectors.subarray(row * width, (row + 1) * width),
    importance: importance[row],
  }));
}

/** Rows of which words are told, those held out or the others. */
function toldRows({ words, isHeldOut }: FittedText, wantsHeldOut: boolean): number[] {
  return [...words.keys()].filter((row) => words[row].count > 0 && isHeldOut(row) === wantsHeldOut);
}

/** As many buckets as there are different tokens that several items share, in powers of two. */
function bucketsFor(items: readonly Item[]): number {
  const told = inverseFrequencies(items, 2 * BUCKETS_MAX, HOLDERS_MIN).reduce(
    (count, idf) => count + (idf > 0 ? 1 : 0),
    0,
  );
  return Math.min(BUCKETS_MAX, Math.max(BUCKETS_MIN, 2 ** Math.ceil(Math.log2(Math.max(1, told)))));
}
