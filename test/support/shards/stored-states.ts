import { itemVectors } from '../../../model/kernel/shared-vectors.js';
import { InterestCodec } from '../../../shards/graph/interest/state/interest-codec.js';
import { InterestGraph } from '../../../shards/graph/interest/interest-graph.js';
import { InterestSlabs } from '../../../shards/graph/interest/interest-slabs.js';
import type { PostedModel } from '../../../shards/wire/posted-model.js';
import { openLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import { shardFolder } from '../../../shards/store/data-folder.js';

/** One user's state as a test compares it: keys, and numbers that two ways of computing them may round differently. */
export interface ReadState {
  readonly keys: readonly number[];
  readonly numbers: readonly number[];
}

/** The states that serve in the stores of a data folder that nothing has open, by user, as `model` reads them. */
export async function readStates(
  dataDir: string,
  shards: number,
  model: PostedModel,
): Promise<Map<string, ReadState>> {
  const states = new Map<string, ReadState>();
  for (let shard = 0; shard < shards; shard++) {
    const store = await openLmdbStore({ folder: shardFolder(dataDir, shard) });
    for (const { userId, bytes } of store.users()) states.set(userId, readState(bytes, model));
    await store.close();
  }
  return states;
}

function readState(bytes: Uint8Array, { tag, vectors }: PostedModel): ReadState {
  const { width } = vectors;
  const slabs = new InterestSlabs({ users: 1, nodes: 32, edges: 64, clicks: 24, seen: 128, width });
  const times = { nodeHalfLifeMs: 1, edgeHalfLifeMs: 1, sessionGapMs: 1, slowHalfLifeMs: 1 };
  const graph = new InterestGraph(slabs, times, itemVectors(vectors), new Int32Array(0));
  new InterestCodec(graph, tag).decode(0, bytes);
  const nodes = slabs.nodeCount[0];
  const first = slabs.nodeStart[0];
  const edge = slabs.edgeStart[0];
  const seen = slabs.seenStart[0];
  const slow = slabs.slowStart[0] * width;
  return {
    keys: [
      nodes,
      slabs.order[0],
      slabs.isPartial[0],
      ...slabs.nodeKind.subarray(first, first + nodes),
      ...slabs.nodeKey.subarray(first, first + nodes),
      ...slabs.clickItem.subarray(0, slabs.clickCount[0]),
      ...slabs.seenItem.subarray(seen, seen + slabs.seenCount[0]),
    ],
    numbers: [
      ...slabs.nodeWeight.subarray(first, first + nodes),
      ...Array.from({ length: nodes }, (_, node) => [...slabs.nodeState.of(first + node)]).flat(),
      ...slabs.edgeTogether.subarray(edge, edge + slabs.edgeCount[0]),
      ...slabs.interest,
      ...slabs.slow.subarray(slow, slow + width),
      ...slabs.sessionSum,
      ...slabs.lastMove,
    ],
  };
}
