import { hash32, mix32 } from './mix32.js';

/** Keeps partition 0 from having the hash 0. */
const PARTITION_SALT = 0x9e3779b9;

/**
 * For each partition the indices of `nodes`, best first, by rendezvous hashing (Thaler and Ravishankar, 1998): each pair of node
 * and partition has a score, so that a node which goes or comes changes nothing in the order of the others.
 *
 * @param nodes names in an order that all callers share, which settles the case of equal scores
 */
export function rendezvousOrders(nodes: readonly string[], partitions: number): Uint16Array[] {
  const hashes = nodes.map(hash32);
  return Array.from({ length: partitions }, (_, partition) => {
    const salt = mix32(partition ^ PARTITION_SALT);
    const scores = hashes.map((hash) => mix32(hash ^ salt));
    return Uint16Array.from(nodes.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
  });
}
