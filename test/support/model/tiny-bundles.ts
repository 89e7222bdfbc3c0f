import { writeBundle } from '../../../model/bundle/bundle-writer.js';
import type { ContentWeights } from '../../../model/content/content-projection.js';
import { FEATURE_COUNT } from '../../../model/features/feature-list.js';
import type { ReturnHeadWeights } from '../../../model/intent/return-head.js';
import { itemVectors } from '../../../model/kernel/shared-vectors.js';
import { initialParameters } from '../../../model/train/network/parameters.js';
import { Random } from '../../../model/train/random-numbers.js';
import { randomVectors } from './tiny-models.js';
import { exportNetworks } from '../../../model/train/export/assemble-bundle.js';

/** Items of a tiny bundle: `item-0` …, in three categories. */
export const BUNDLE_ITEMS = 60;
const NEIGHBOURS = 12;
const RECENTS = 2;

export interface TinyBundle {
  readonly folder: string;
  readonly name: string;
  readonly width: number;
  readonly seed?: number;
  /** How many items; default `BUNDLE_ITEMS`. */
  readonly items?: number;
  /** Vectors of its own, Float32 [items, width]; drawn from the seed otherwise. */
  readonly vectors?: Float32Array;
  /** Rows of nearest items, Int32 [items, similar]; none when absent. */
  readonly similar?: Int32Array;
  /** What it has learned of content; nothing when absent. */
  readonly content?: ContentWeights;
  /** Who does not come back; it does not know when absent. */
  readonly returns?: ReturnHeadWeights;
}

/** Writes a whole bundle of an untrained network. */
export async function writeTinyBundle({
  folder,
  name,
  width,
  seed = 1,
  items = BUNDLE_ITEMS,
  vectors,
  similar = new Int32Array(0),
  content = {},
  returns,
}: TinyBundle): Promise<void> {
  const shape = { width, neighbours: NEIGHBOURS, features: FEATURE_COUNT, recents: RECENTS };
  await writeBundle(folder, {
    name,
    version: String(seed),
    createdMs: 1_700_000_000_000,
    ...shape,
    networks: exportNetworks(shape, initialParameters(shape, new Random(seed))),
    vectors: vectors ?? itemVectors(randomVectors(items, width, seed)).slice(),
    similar,
    items: Array.from({ length: items }, (_, i) => ({
      id: `item-${i}`,
      category: `category-${i % 3}`,
    })),
    history: Uint32Array.of(0),
    content,
    ...(returns !== undefined && { returns }),
    training: {
      data: 'none',
      dataHash: '0'.repeat(64),
      seed,
      until: null,
      events: 0,
      sessions: 0,
      seconds: 0,
      options: {},
    },
    metrics: {},
  });
}
