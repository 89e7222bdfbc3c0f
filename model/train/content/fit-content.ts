import type { Item } from '../../catalogue/shared-catalogue.js';
import type { ContentWeights } from '../../content/content-projection.js';
import type { ContentReader } from '../../encoder/item-reader.js';
import { vectorField } from '../../vectors/given-vectors.js';
import { inPercent, type Learned } from './choose-ridge.js';
import { fitShares } from './fit-shares.js';
import { fitText, fitTextBlend, wordPlaces, type FittedText, type FittedTextBlend } from './fit-text.js';
import { fitVectors, vectorPlaces, type FittedVectors } from './fit-vectors.js';

/** What was learned of content, and how good it is: mean cosines with the learned vectors of items held out (weighted as in the fit), in percent. */
export interface FittedContent {
  readonly weights: ContentWeights;
  /**
   * As far as there are such maps: `text cosine`, `blend cosine` of words with the items that say the like; of each name `vectors.image cosine` and,
   * in percent as well, `vectors.image share`; `text share` beside vectors; `content cosine` of all together.
   */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Items whose content is learned from: those clicked most. */
const ITEMS_MAX = 20_000;
/** An item of so many clicks counts half of one of very many: vectors learned from a few are noisy. */
const HALF_TRUSTED_CLICKS = 10;

/**
 * Learns what an item's text, and the vectors that come with it, say about its place in the item space, from items whose place is
 * known: ridge regression of each by itself, weighted by clicks, the penalty chosen on items held out; and on those how much
 * each counts beside the others. `vectors` is Float32 [items, width], zeros where unknown; `counts` the clicks of each. With a `reader` how
 * much the items that say the like count is learned too. Nothing in it is random. Rejects when the encoder cannot be read.
 */
export async function fitContent(
  { items, counts }: { readonly items: readonly Item[]; readonly counts: Int32Array },
  vectors: Float32Array,
  width: number,
  reader?: ContentReader,
): Promise<FittedContent> {
  const learned = learnedItems(items, vectors, width, counts);
  const text = fitText(learned);
  const blend = text && reader && (await fitTextBlend(learned, text, reader));
  const { weights, metrics } = withShares(learned, text, blend);
  return {
    weights: { ...weights, ...(blend !== undefined && { blend: blend.learned }) },
    metrics: {
      ...(text !== undefined && { 'text cosine': text.cosine }),
      ...(blend !== undefined && { 'blend cosine': blend.cosine }),
      ...metrics,
    },
  };
}

/** The maps of the text and of all vectors that say something, and what each counts. */
function withShares(
  learned: Learned,
  text: FittedText | undefined,
  blend: FittedTextBlend | undefined,
): FittedContent {
  const fitted = fitVectors(learned);
  const told = fitted.filter(({ saysSomething }) => saysSomething);
  const textMap = text && { idf: text.idf, weights: text.weights };
  if (told.length === 0)
    return { weights: textMap ? { text: textMap } : {}, metrics: vectorMetrics(fitted, new Map()) };
  const ofText = text === undefined ? [] : [blend?.places ?? wordPlaces(learned, text)];
  const { shares, cosine } = fitShares(learned, [
    ...ofText,
    ...told.map((one) => vectorPlaces(learned, one)),
  ]);
  const textShare = textMap === undefined ? undefined : shares[0];
  const shareOf = new Map(told.map(({ name }, i) => [name, shares[i + ofText.length]]));
  return {
    weights: {
      ...(textMap !== undefined && { text: { ...textMap, share: shares[0] } }),
      vectors: told.map(({ name, weights }) => ({ name, weights, share: shareOf.get(name) ?? 0 })),
    },
    metrics: {
      ...(textShare !== undefined && { 'text share': inPercent(textShare) }),
      ...vectorMetrics(fitted, shareOf),
      'content cosine': inPercent(cosine),
    },
  };
}

function vectorMetrics(
  fitted: readonly FittedVectors[],
  shareOf: ReadonlyMap<string, number>,
): Record<string, number> {
  const entries = fitted.flatMap(({ name, cosine }) => [
    [`${vectorField(name)} cosine`, cosine] as const,
    [`${vectorField(name)} share`, inPercent(shareOf.get(name) ?? 0)] as const,
  ]);
  return Object.fromEntries(entries);
}

function learnedItems(
  items: readonly Item[],
  vectors: Float32Array,
  width: number,
  counts: Int32Array,
): Learned {
  const isKnown = (row: number): boolean =>
    counts[row] > 0 && vectors.subarray(row * width, (row + 1) * width).some((value) => value !== 0);
  const rows = [...items.keys()]
    .filter((row) => isKnown(row))
    .sort((a, b) => counts[b] - counts[a] || a - b)
    .slice(0, ITEMS_MAX);
  const own = new Float32Array(rows.length * width);
  rows.forEach((row, i) => own.set(vectors.subarray(row * width, (row + 1) * width), i * width));
  return {
    items: rows.map((row) => items[row]),
    vectors: own,
    importance: Float32Array.from(rows, (row) => counts[row] / (counts[row] + HALF_TRUSTED_CLICKS)),
    width,
  };
}
