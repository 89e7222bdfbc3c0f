import { rendezvousOrders } from './rendezvous-order.js';

/** Who is to own each partition and who is to stand by, by partition; undefined where there is no node for it. */
export interface Placement {
  readonly owners: readonly (string | undefined)[];
  /** Another node than the owner. */
  readonly standbys: readonly (string | undefined)[];
}

/**
 * Places partitions on nodes: every caller with the same nodes gets the same placement. No node owns more than an even share,
 * rounded up; within that a partition goes to the first node of its rendezvous order that has room
 * (docs/decisions/0050-placement.md). A partition's standby is who owns it once its owner alone is gone: a death moves each
 * partition to the node that has kept it warm.
 *
 * @param nodes names of those that may own, each once, in any order: alive, neither draining nor evicted
 */
export function placePartitions(nodes: readonly string[], partitions: number): Placement {
  const names = nodes.toSorted();
  const orders = rendezvousOrders(names, partitions);
  const owners = placeWithout(orders, names.length, undefined);
  const withoutEach = names.map((_, gone) => placeWithout(orders, names.length, gone));
  const standbys = owners.map((owner, partition) =>
    owner === undefined ? undefined : withoutEach[owner][partition],
  );
  return { owners: namesOf(names, owners), standbys: namesOf(names, standbys) };
}

/** The index of each partition's owner among `count` nodes, of which `gone` is none; undefined without any node. */
function placeWithout(
  orders: readonly Uint16Array[],
  count: number,
  gone: number | undefined,
): (number | undefined)[] {
  const left = gone === undefined ? count : count - 1;
  const roomOf = new Uint32Array(count).fill(left === 0 ? 0 : Math.ceil(orders.length / left));
  if (gone !== undefined) roomOf[gone] = 0;
  return orders.map((order) => {
    const owner = order.find((node) => roomOf[node] > 0);
    if (owner !== undefined) roomOf[owner]--;
    return owner;
  });
}

function namesOf(names: readonly string[], indices: readonly (number | undefined)[]): (string | undefined)[] {
  return indices.map((index) => (index === undefined ? undefined : names[index]));
}
