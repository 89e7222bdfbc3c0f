import type { Bundle } from '../../../model/bundle/bundle.js';
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

export async function loadModel(bundle: LoadableBundle): Promise<LoadedModel> {
  const catalogue = await Catalogue.create({
    itemMax: bundle.items.length + 1,
    columnMax: COLUMN_MAX,
    store: openMemoryCatalogueStore(),
  });
  await catalogue.seed(bundle.items);
  const { name, version, width, neighbours, recents, networks } = bundle;
  const similarCount = bundle.similar.length / Math.max(1, bundle.items.length);
  const placed = PlacedBundle.atOnce(
    bundle,
    catalogue,
    createSharedVectors(bundle.items.length + 1, width, similarCount),
  );
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

/** A bundle that was read from its folder. */
export function loadable(bundle: Bundle): LoadableBundle {
  const { name, version, shape } = bundle.manifest;
  const { width, neighbours, recents } = shape;
  return { ...bundle, name, version, width, neighbours, recents };
}
