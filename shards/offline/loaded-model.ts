import type { Bundle } from '../../model/bundle.js';
import { Catalogue } from '../../model/catalogue-writer.js';
import type { Item } from '../../model/catalogue.js';
import { OnnxScorer } from '../../model/onnx-scorer.js';
import { PlacedBundle } from '../../model/placed-bundle.js';
import type { Scorer, ScorerShape } from '../../model/scorer.js';
import { createSharedVectors, type SharedVectors } from '../../model/shared-vectors.js';
import { openMemoryCatalogueStore } from '../store/catalogue-store.js';

/** A model as the serving path takes it, outside of a gateway: a catalogue, vectors in their places, and a scorer. */
export interface LoadedModel {
  readonly catalogue: Catalogue;
  readonly vectors: SharedVectors;
  readonly scorer: Scorer;
  /** Item index of each row of the model; rows are those of its catalogue. */
  readonly indexOfRow: Int32Array;
  /** Recent interactions, `history.u32` of a bundle. */
  readonly history: Uint32Array;
}

/** What a model in the making has: everything of a bundle but its manifest. */
export interface ModelParts {
  readonly name: string;
  readonly shape: ScorerShape & { readonly similar: number };
  readonly step: Uint8Array;
  readonly vectors: Float32Array;
  readonly similar: Int32Array;
  readonly items: readonly Item[];
  readonly history: Uint32Array;
}

/** Attribute columns a catalogue has room for offline. */
const COLUMNS = 32;

export async function loadModel(parts: ModelParts): Promise<LoadedModel> {
  const catalogue = await Catalogue.create({
    itemMax: parts.items.length + 1,
    columnMax: COLUMNS,
    store: openMemoryCatalogueStore(),
  });
  await catalogue.seed(parts.items);
  const { width, similar } = parts.shape;
  const placed = new PlacedBundle(parts, catalogue, createSharedVectors(parts.items.length + 1, width, similar));
  const scorer = await OnnxScorer.load({ name: parts.name, version: 'offline', shape: parts.shape, step: parts.step });
  return { catalogue, vectors: placed.shared, scorer, indexOfRow: placed.indexOfRow, history: parts.history };
}

/** The parts of a bundle that was read from its folder. */
export function partsOf({ manifest, network, vectors, similar, items, history }: Bundle): ModelParts {
  return { name: manifest.name, shape: manifest.shape, step: network, vectors, similar, items, history };
}
