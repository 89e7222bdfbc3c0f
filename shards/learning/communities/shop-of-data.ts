import type { Bundle } from '../../../model/bundle/bundle.js';
import { createSharedVectors, type SharedVectors } from '../../../model/kernel/shared-vectors.js';
import { lastClickMs, type Dataset, type SessionRange } from '../../../model/train/data/dataset.js';
import { packHistory } from '../../../model/train/data/history.js';
import type { CutTask } from '../../communities/community-tree.js';
import { NO_MEMBERSHIP } from '../../communities/community-tree.js';
import {
  createSharedInteractions,
  INTERACTION_DEFAULTS,
} from '../../graph/interactions/interaction-buffers.js';
import { InteractionGraph } from '../../graph/interactions/interaction-graph.js';
import { warmInteractions } from '../../graph/interactions/warm-interactions.js';
import { shardOptions } from '../../pool/shard-options.js';
import { interactionTimes } from '../../shard/build-shard.js';

/** The task of cutting a shop that has just seen `range` of recorded sessions; its items are the dataset's rows. */
export function shopOf(dataset: Dataset, range: SessionRange, vectors: SharedVectors): CutTask {
  const transitionHalfLifeMs = shardOptions.transitionHalfLifeMs.fallback;
  const count = dataset.itemIds.length;
  const nowMs = lastClickMs(dataset, range);
  const interactions = createSharedInteractions({ ...INTERACTION_DEFAULTS, items: count });
  const times = interactionTimes({
    transitionHalfLifeMs,
    trendHalfLifeMs: shardOptions.trendHalfLifeMs.fallback,
  });
  warmInteractions(
    new InteractionGraph(interactions, times, 0, 1),
    packHistory(dataset, range),
    Int32Array.from({ length: count }, (_, row) => row),
    nowMs,
  );
  return { interactions, vectors, transitionHalfLifeMs, count, nowMs, before: NO_MEMBERSHIP };
}

/** Vectors and nearest items of a bundle in the places of a dataset's rows; none at all without a bundle. */
export function vectorsFor({ itemIds }: Dataset, bundle: Bundle | undefined): SharedVectors {
  if (bundle === undefined) return createSharedVectors(itemIds.length, 1, 0);
  const { width, similar: near } = bundle.manifest.shape;
  const shared = createSharedVectors(itemIds.length, width, near);
  const rows = new Map(itemIds.map((id, row) => [id, row]));
  const rowOf = bundle.items.map(({ id }) => rows.get(id) ?? -1);
  const vectors = new Float32Array(shared.memory.buffer, 0, itemIds.length * width);
  const similar = new Int32Array(shared.similar);
  const origin = new Uint8Array(shared.origin);
  for (let item = 0; item < rowOf.length; item++) {
    const row = rowOf[item];
    if (row < 0) continue;
    vectors.set(bundle.vectors.subarray(item * width, (item + 1) * width), row * width);
    origin[row] = 1;
    let end = row * near;
    for (let i = item * near; i < (item + 1) * near; i++)
      if (bundle.similar[i] >= 0 && rowOf[bundle.similar[i]] >= 0)
        similar[end++] = rowOf[bundle.similar[i]] + 1;
  }
  return shared;
}
