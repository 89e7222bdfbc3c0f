import { partitionMoves, type PartitionMove } from '../placement/partition-moves.js';
import { placePartitions, type Placement } from '../placement/place-partitions.js';

/** A count over an even share: 1 is perfect. */
export interface Spread {
  readonly least: number;
  readonly most: number;
}

/** Partitions that change owner when one node dies or joins, on average over all nodes. */
export interface Moves {
  readonly all: number;
  /** Of these, those of the node that died, or that joined; the others move between nodes that stay. */
  readonly own: number;
}

export interface PlacementFigures {
  readonly owned: Spread;
  readonly stoodBy: Spread;
  /** Of a death, and of a join: it undoes what the node's death does, since a placement depends on who is there alone. */
  readonly moves: Moves;
  /** Partitions of dead nodes that went to another node than their standby, over the deaths of all nodes. */
  readonly missedStandbys: number;
}

/** Places `partitions` on `nodeCount` nodes, lets each of them die, and each join the others. Every figure is exact. */
export function simulatePlacement(nodeCount: number, partitions: number): PlacementFigures {
  const nodes = nodeNames(nodeCount);
  const whole = placePartitions(nodes, partitions);
  const changes = nodes.map((node) => {
    const without = placePartitions(
      nodes.filter((other) => other !== node),
      partitions,
    );
    return { node, moves: partitionMoves(whole, without) };
  });
  const all = changes.reduce((sum, { moves }) => sum + moves.length, 0) / nodeCount;
  const share = partitions / nodeCount;
  return {
    owned: spreadOf(whole.owners, nodes, share),
    stoodBy: spreadOf(whole.standbys, nodes, share),
    moves: { all, own: share },
    missedStandbys: changes.flatMap(({ node, moves }) => missed(node, moves, whole)).length,
  };
}

export function nodeNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `node-${i}`);
}

function missed(node: string, moves: readonly PartitionMove[], { standbys }: Placement): PartitionMove[] {
  return moves.filter(({ partition, from, to }) => from === node && to !== standbys[partition]);
}

function spreadOf(placed: readonly (string | undefined)[], nodes: readonly string[], share: number): Spread {
  const counts = nodes.map((node) => placed.filter((name) => name === node).length / share);
  return { least: Math.min(...counts), most: Math.max(...counts) };
}
