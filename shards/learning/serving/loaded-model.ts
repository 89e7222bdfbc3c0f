import type { Bundle } from '../../../model/bundle/bundle.js';
import { Catalogue } from '../../../model/catalogue/catalogue.js';
import type { BundleParts } from '../../../model/bundle/bundle-writer.js';
import { FEATURE_COUNT } from '../../../model/features/features.js';
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

/** What of a bundle, read or still in the making, the serving path needs. */
export type ModelParts = Pick<
  BundleParts,
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

/** Attribute columns a catalogue has room for offline. */
const COLUMNS = 32;

export async function loadModel(parts: ModelParts): Promise<LoadedModel> {
  const catalogue = await Catalogue.create({
    itemMax: parts.items.length + 1,
    columnMax: COLUMNS,
    store: openMemoryCatalogueStore(),
  });
  await catalogue.seed(parts.items);
  const { name, version, width, neighbours, recents, networks } = parts;
  const similarCount = parts.similar.length / Math.max(1, parts.items.length);
  const placed = new PlacedBundle(
    parts,
    catalogue,
    createSharedVectors(parts.items.length + 1, width, similarCount),
  );
  const shape = { width, neighbours, recents, features: FEATURE_COUNT };
  const scorer = await OnnxScorer.load({ name, version, shape, networks });
  return { catalogue, vectors: placed.shared, scorer, indexOfRow: placed.indexOfRow, history: parts.history };
}

/** The parts of a bundle that was read from its folder. */
export function partsOf(bundle: Bundle): ModelParts {
  const { name, version, shape } = bundle.manifest;
  const { width, neighbours, recents } = shape;
  return { ...bundle, name, version, width, neighbours, recents };
}
