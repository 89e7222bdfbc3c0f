import { mix32 } from '../placement/mix32.js';
import { partitionOf } from '../placement/partition-of.js';
import type { Placement } from '../placement/place-partitions.js';

/** A click as the interaction graphs of the other nodes need it: user, items and time. */
const ROW_BYTES = 24;
/** What a frame has before its rows: sender, number and count, and the line of the NATS protocol. */
const FRAME_HEAD_BYTES = 56;
/** A node sends what came in this time as one frame, and nothing when nothing came. */
const FRAME_MS = 20;
const FRAMES_PER_SEC = 1_000 / FRAME_MS;

export interface Traffic {
  readonly nodes: readonly string[];
  readonly placement: Placement;
  /** Clicks a second in the whole cluster. */
  readonly clicksPerSec: number;
  /** Users that the clicks are drawn of, evenly. */
  readonly users: number;
}

export interface BroadcastFigures {
  /** Bytes a second that come into a node, on average. */
  readonly inBytesPerSec: number;
  /** Frames a second that come into a node, on average. */
  readonly inFramesPerSec: number;
  /** Clicks of the node that takes most, over an even share. */
  readonly busiest: number;
}

/** One second of clicks, each at the owner of its user, and the frames that the owners send to all others. */
export function simulateBroadcast({ nodes, placement, clicksPerSec, users }: Traffic): BroadcastFigures {
  const places = new Map(nodes.map((node, place) => [node, place]));
  const rows = new Uint32Array(nodes.length * FRAMES_PER_SEC);
  for (let click = 0; click < clicksPerSec; click++) {
    const user = `user-${mix32(click) % users}`;
    const owner = placement.owners[partitionOf(user, placement.owners.length)] ?? '';
    rows[frameAt(click, clicksPerSec) * nodes.length + (places.get(owner) ?? 0)]++;
  }
  const frames = rows.filter((count) => count > 0).length;
  const othersShare = (nodes.length - 1) / nodes.length;
  return {
    inBytesPerSec: (frames * FRAME_HEAD_BYTES + clicksPerSec * ROW_BYTES) * othersShare,
    inFramesPerSec: frames * othersShare,
    busiest: (busiestOf(rows, nodes.length) * nodes.length) / clicksPerSec,
  };
}

/** Clicks come evenly. */
function frameAt(click: number, clicksPerSec: number): number {
  return Math.floor((click * FRAMES_PER_SEC) / clicksPerSec);
}

function busiestOf(rows: Uint32Array, nodeCount: number): number {
  const clicks = new Uint32Array(nodeCount);
  for (const [place, count] of rows.entries()) clicks[place % nodeCount] += count;
  return Math.max(...clicks);
}
