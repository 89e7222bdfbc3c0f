import type { Bundle } from '../../model/bundle/bundle.js';
import { ReturnHead, type ReturnHeadWeights } from '../../model/intent/return-head.js';
import { bundleFingerprint, modelTag, NEIGHBOURS_TAG } from '../../model/bundle/model-tag.js';
import { NeighbourScorer } from '../../model/scorer/neighbour-scorer.js';
import { OnnxScorer, type OnnxBundle } from '../../model/scorer/onnx-scorer.js';
import type { Scorer } from '../../model/scorer/scorer.js';
import { createSharedVectors, type SharedVectors } from '../../model/kernel/shared-vectors.js';

/** A model as it is posted to the shards' threads: plain data and shared memory. Each thread loads it for itself. */
export interface PostedModel {
  /** As clients see it in `model`. */
  readonly name: string;
  /** See `model/bundle/model-tag.ts`. */
  readonly tag: number;
  /** Absent: neighbours serve. */
  readonly bundle?: OnnxBundle;
  readonly vectors: SharedVectors;
  /** Says who does not come back; absent: it does not know. */
  readonly returns?: ReturnHeadWeights | undefined;
  /** Counts the models that a cluster has decided for: what has a higher one came later, be it one that served before. Absent: 0, the first. */
  readonly number?: number;
}

/** Where a posted model comes from, for other machines to make it again. */
export interface ModelSource {
  /** See `bundleFingerprint`; `null`: no bundle. */
  readonly fingerprint: string | null;
  /** Folder of its bundle; `null` without one. */
  readonly folder: string | null;
  /** Folder of the bundle in whose place it is to be; `null` without one. */
  readonly replaced: string | null;
}

/** The model of a bundle whose vectors have been put into the places of the catalogue's items. */
export function postedModelOf(
  { manifest, networks, returns }: Pick<Bundle, 'manifest' | 'networks' | 'returns'>,
  vectors: SharedVectors,
): PostedModel {
  const { name, version } = manifest;
  const { width, neighbours, features, recents } = manifest.shape;
  return {
    name: `${name}@${version}`,
    tag: modelTag(bundleFingerprint(manifest)),
    bundle: { name, version, shape: { width, neighbours, features, recents }, networks },
    vectors,
    returns,
  };
}

/** Says in this thread who does not come back; undefined where the model does not know. */
export function returnHeadOf({ returns }: PostedModel): ReturnHead | undefined {
  return returns && new ReturnHead(returns);
}

/** The mode without a bundle, for a catalogue of at most `itemMax` items. */
export function neighboursModel(itemMax: number): PostedModel {
  return {
    name: new NeighbourScorer().name,
    tag: NEIGHBOURS_TAG,
    vectors: createSharedVectors(itemMax, 1, 0),
  };
}

/** Loads the network in this thread. Rejects with `StartupError` when it does not fit its bundle. */
export function loadScorer({ bundle }: PostedModel): Promise<Scorer> {
  return bundle === undefined ? Promise.resolve(new NeighbourScorer()) : OnnxScorer.load(bundle);
}
