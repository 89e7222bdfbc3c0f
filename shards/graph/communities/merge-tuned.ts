import { findNode } from '../interest/nodes.js';
import type { InterestSlabs } from '../interest/interest-slabs.js';

/**
 * After two graphs were merged: what the guest said of interests counts where the host said nothing of the same node. It is said of
 * the host's interest that the node belongs to now, or of one that is gone.
 */
export function mergeTuned(slabs: InterestSlabs, host: number, guest: number): void {
  const { rows, nodeInterest, nodeStart } = slabs;
  let gone = 0;
  const start = rows.tunedStart[guest];
  for (let i = start; i < start + rows.tunedCount[guest]; i++) {
    const node = { kind: rows.tunedKind[i], key: rows.tunedKey[i] };
    if (rows.isTuned(host, node)) continue;
    const at = findNode(slabs, host, node.kind, node.key);
    const living = at < 0 ? 0 : nodeInterest[nodeStart[host] + at];
    if (living === 0 && gone === 0) gone = rows.newId(host);
    rows.tune(host, living === 0 ? gone : living, node, rows.tunedValue[i]);
  }
}
