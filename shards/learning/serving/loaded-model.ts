import type { Bundle } from '../../../model/bundle/bundle.js';
import { ContentPlacing } from '../../../model/encoder/content-placing.js';
import type { ContentReader } from '../../../model/encoder/item-reader.js';
import { Catalogue } from '../../../model/catalogue/catalogue.js';
import type { UnwrittenBundle } from '../../../model/bundle/bundle-writer.js';
import { FEATURE_COUNT } from '../../../model/features/feature-list.js';
import { OnnxScorer } from '../../../model/scorer/onnx-scorer.js';
import { PlacedBundle } from '../../../model/bundle/placed-bundle.js';
import type { Scorer } from '../../../model/scorer/scorer.js';
import { createSharedVectors, type SharedVectors } from '../../../model/kernel/shared-vectors.js';
import { openMemoryCatalogueStore } from '../../store/lmdb/lmdb-catalogue-store.js';

/** A model as the serving path takes it, outside of a gateway: a catalogue, vectors in their places, and a scorer. */
export interface LoadedModel {
  readonly catalogue: Pick<Catalogue, 'shared'>;
  readonly vectors: SharedVectors;
  readonly scorer: Scorer;
  /** Item index of each row of the model; rows are those of its catalogue. */
  readonly indexOfRow: Int32Array;
  /** Recent interactions, `history.u32` of a bundle. */
  readonly history: Uint32Array;
}

/** What the serving path needs of a bundle, one that was read or one that is still being made. */
export type LoadableBundle = Pick<
  UnwrittenBundle,
  | 'name'
  | 'version'
  | 'width'
  | 'neighbours'
  | 'recents'
  | 'networks'
  | 'vectors'
  | 'similar'
  | 'items'
  | 'history'
  | 'content'
>;

/** Attribute columns that a catalogue outside of a gateway has room for. */
const COLUMN_MAX = 32;
/** Items whose places an encoder makes better: each costs two milliseconds. The others go by their words alone. */
const REFINED_MAX = 16_384;

/** `reader`: what items say by an encoder, for the places of those that the model has not seen; absent: they go by their words alone. */
export async function loadModel(
  bundle: LoadableBundle,
  reader?: ContentReader,
): Promise<LoadedModel & { readonly catalogue: Catalogue }> {
  const catalogue = await Catalogue.create({
    itemMax: bundle.items.length + 1,
    columnMax: COLUMN_MAX,
    store: openMemoryCatalogueStore(),
  });
  await catalogue.seed(bundle.items);
  const { name, version, width, neighbours, recents, networks } = bundle;
  const similarCount = bundle.similar.length / Math.max(1, bundle.items.length);
  const shared = createSharedVectors(bundle.items.length + 1, width, similarCount);
  const links: (() => void)[] = [];
  const placed = PlacedBundle.atOnce(bundle, catalogue, shared, (work) => links.push(work));
  if (reader !== undefined) await refineItems(placed, catalogue, bundle, reader);
  for (let link = links.shift(); link !== undefined; link = links.shift()) link();
  const shape = { width, neighbours, recents, features: FEATURE_COUNT };
  const scorer = await OnnxScorer.load({ name, version, shape, networks });
  return {
    catalogue,
    vectors: placed.shared,
    scorer,
    indexOfRow: placed.indexOfRow,
    history: bundle.history,
  };
}

/** Does once what the encoder's thread does beside a gateway. */
async function refineItems(
  placed: PlacedBundle,
  catalogue: Catalogue,
  { content }: LoadableBundle,
  reader: ContentReader,
): Promise<void> {
  const itemsOf = (indices: Iterable<number>) =>
    [...indices].flatMap((index) => {
      const item = catalogue.item(index);
      return item === undefined ? [] : [{ index, item }];
    });
  const others = itemsOf(placed.placedByContent()).slice(0, REFINED_MAX);
  if (others.length === 0 || placed.references.length === 0) return;
  const clicks = new Map(placed.references.map((one) => [one.item, one.clicks]));
  const references = itemsOf(clicks.keys()).map((one) => ({ ...one, clicks: clicks.get(one.index) ?? 0 }));
  const meanings = await reader.vectorsOf([...references, ...others].map(({ item }) => item));
  if (meanings.every((meaning) => meaning === undefined)) return;
  const { text, blend } = content;
  const model = {
    shared: placed.shared,
    idf: text?.idf ?? new Float32Array(0),
    references,
    ...(blend && { blend }),
  };
  const placing = new ContentPlacing(model, meanings.slice(0, references.length), await reader.id());
  others.forEach((one, i) => {
    const place = placing.place(one, meanings[references.length + i]);
    if (place !== undefined) placed.refineItem(one.index, place, placing.blend.neighbours);
  });
}

/** A bundle that was read from its folder. */
export function loadable(bundle: Bundle): LoadableBundle {
  const { name, version, shape } = bundle.manifest;
  const { width, neighbours, recents } = shape;
  return { ...bundle, name, version, width, neighbours, recents };
}
