import { placePartitions } from '../placement/place-partitions.js';
import { simulateBroadcast } from './simulate-broadcast.js';
import { nodeNames, simulatePlacement, type Spread } from './simulate-placement.js';

/** A cluster to simulate. */
export interface SimulatedCluster {
  readonly nodes: number;
  readonly partitions: number;
  readonly clicksPerSec: number;
  readonly users: number;
}

/** Rows of the table of docs/CLUSTER.md, one for each cluster. The same clusters give the same text. */
export function simulationReport(clusters: readonly SimulatedCluster[]): string {
  return [
    '| nodes | partitions | owned, of an even share | stood by | moved by a death or a join, of these its own | to another than the standby | clicks/s | busiest node | into a node |',
    '|---|---|---|---|---|---|---|---|---|',
    ...clusters.map(rowOf),
  ].join('\n');
}

function rowOf({ nodes, partitions, clicksPerSec, users }: SimulatedCluster): string {
  const placed = simulatePlacement(nodes, partitions);
  const names = nodeNames(nodes);
  const placement = placePartitions(names, partitions);
  const sent = simulateBroadcast({ nodes: names, placement, clicksPerSec, users });
  const cells = [
    String(nodes),
    String(partitions),
    spreadText(placed.owned),
    spreadText(placed.stoodBy),
    `${placed.moves.all.toFixed(1)}, ${placed.moves.own.toFixed(1)}`,
    String(placed.missedStandbys),
    String(clicksPerSec),
    sent.busiest.toFixed(2),
    `${(sent.inBytesPerSec / 1e6).toFixed(2)} MB/s, ${Math.round(sent.inFramesPerSec)} frames/s`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function spreadText({ least, most }: Spread): string {
  return `${least.toFixed(2)} to ${most.toFixed(2)}`;
}
