import { FEATURE_COUNT } from '../../../model/features/feature-list.js';
import {
  createSharedVectors,
  itemVectors,
  type SharedVectors,
} from '../../../model/kernel/shared-vectors.js';
import { initialParameters } from '../../../model/train/network/parameters.js';
import { Random } from '../../../model/train/random-numbers.js';
import type { PostedModel } from '../../../shards/wire/posted-model.js';
import { exportNetworks } from '../../../model/train/export/assemble-bundle.js';

const NEIGHBOURS = 12;
const RECENTS = 2;
const SIMILAR = 4;

export interface TinyModelOptions {
  readonly name: string;
  readonly tag: number;
  readonly width: number;
  /** Changes the bytes of the step. */
  readonly step?: (bytes: Uint8Array) => Uint8Array;
}

/** An untrained network with vectors drawn from its tag, for a catalogue of at most `itemMax` items. */
export function tinyModel({ name, tag, width, step }: TinyModelOptions): (itemMax: number) => PostedModel {
  const shape = { width, neighbours: NEIGHBOURS, features: FEATURE_COUNT, recents: RECENTS };
  const networks = exportNetworks(shape, initialParameters(shape, new Random(tag)));
  return (itemMax) => ({
    name: `${name}@1`,
    tag,
    bundle: {
      name,
      version: '1',
      shape,
      networks: { ...networks, step: step?.(networks.step) ?? networks.step },
    },
    vectors: randomVectors(itemMax, width, tag),
  });
}

export function randomVectors(itemMax: number, width: number, seed: number): SharedVectors {
  const shared = createSharedVectors(itemMax, width, SIMILAR);
  const vectors = itemVectors(shared);
  const random = new Random(seed);
  for (let item = 0; item < itemMax; item++) {
    const row = Array.from({ length: width }, () => random.below(2_001) / 1_000 - 1);
    const length = Math.hypot(...row);
    row.forEach((value, d) => (vectors[item * width + d] = value / length));
  }
  return shared;
}
