import type { ToldBeat } from '../membership/heartbeats.js';
import type { NodeMark } from '../membership/membership.js';
import type { NodesSaid } from '../membership/node-marks.js';

/** One node as somebody sees it who is no node. */
export interface NodeState {
  readonly node: string;
  readonly mark: NodeMark;
  readonly isHeard: boolean;
  /** Other nodes that it hears. */
  readonly hears: readonly string[];
  /** Where other nodes reach it, and where pages do; '' when it is not heard, or does not say. */
  readonly address: string;
  readonly url: string;
  /** Partitions that it serves, rising. */
  readonly owns: readonly number[];
}

export interface ClusterState {
  readonly cluster: string;
  readonly partitions: number;
  /** By name. */
  readonly nodes: readonly NodeState[];
  /** Partitions that nobody serves, rising. */
  readonly unowned: readonly number[];
  /** Partitions that were moved by hand, and where to. */
  readonly moved: readonly { readonly partition: number; readonly node: string }[];
  /** True while more than half of the nodes that are not evicted are heard: without that no partition is taken over. */
  readonly hasMajority: boolean;
}

/** What is said of nodes and what they say of themselves, put together. Of two that say that they serve a partition the one with the later message does. */
export function clusterState(
  cluster: { readonly name: string; readonly partitions: number },
  { marks, pins }: NodesSaid,
  beats: ReadonlyMap<string, ToldBeat>,
): ClusterState {
  const owners = ownersOf([...beats.values()]);
  const nodes = [...marks].sort(byFirst).map(([node, mark]): NodeState => {
    const beat = beats.get(node);
    return {
      node,
      mark,
      isHeard: beat !== undefined,
      hears: beat?.hears ?? [],
      address: beat?.at ?? '',
      url: beat?.url ?? '',
      owns: [...owners].flatMap(([partition, owner]) => (owner === node ? [partition] : [])).sort(rising),
    };
  });
  const all = Array.from({ length: cluster.partitions }, (_, partition) => partition);
  const voices = nodes.filter(({ mark }) => mark !== 'evicted');
  return {
    cluster: cluster.name,
    partitions: cluster.partitions,
    nodes,
    unowned: all.filter((partition) => !owners.has(partition)),
    moved: [...pins].sort(([a], [b]) => a - b).map(([partition, node]) => ({ partition, node })),
    hasMajority: 2 * voices.filter(({ isHeard }) => isHeard).length > voices.length,
  };
}

function ownersOf(beats: readonly ToldBeat[]): Map<number, string> {
  const owners = new Map<number, string>();
  const epochs = new Map<number, number>();
  for (const { node, owns } of beats)
    for (const [partition, epoch] of owns) {
      if (epoch <= (epochs.get(partition) ?? 0)) continue;
      epochs.set(partition, epoch);
      owners.set(partition, node);
    }
  return owners;
}

const rising = (a: number, b: number): number => a - b;

function byFirst([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
