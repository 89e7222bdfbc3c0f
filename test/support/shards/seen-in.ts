import { createSharedVectors, itemVectors } from '../../../model/kernel/shared-vectors.js';
import { SEEN } from '../../../shards/graph/interest/event-effects.js';
import { InterestCodec } from '../../../shards/graph/interest/state/interest-codec.js';
import { InterestGraph } from '../../../shards/graph/interest/interest-graph.js';
import { InterestSlabs } from '../../../shards/graph/interest/interest-slabs.js';

/** Bytes of a state's head (`InterestCodec`). */
const WIDTH_AT = 6;
const TAG_AT = 16;

/** Items that a stored state says its user has viewed or put into the cart. */
export function seenIn(bytes: Uint8Array): Set<number> {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = head.readUInt16LE(WIDTH_AT);
  const slabs = new InterestSlabs({ users: 1, nodes: 32, edges: 64, clicks: 24, seen: 128, width });
  const times = { nodeHalfLifeMs: 1, edgeHalfLifeMs: 1, sessionGapMs: 1, slowHalfLifeMs: 1 };
  const graph = new InterestGraph(
    slabs,
    times,
    itemVectors(createSharedVectors(1, width, 0)),
    new Int32Array(0),
  );
  new InterestCodec(graph, head.readUInt32LE(TAG_AT)).decode(0, bytes);
  const seen = new Set<number>();
  const first = slabs.seenStart[0];
  for (let i = first; i < first + slabs.seenCount[0]; i++)
    if ((slabs.seenMarks[i] & (SEEN.viewed | SEEN.carted)) !== 0) seen.add(slabs.seenItem[i]);
  return seen;
}
