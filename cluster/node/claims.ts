import type { NodeClaims } from '../membership/heartbeats.js';

/** A node that says that it serves a partition. */
export interface Claim {
  readonly node: string;
  /** Where, `host:port`. */
  readonly at: string;
  /** Where pages reach its sockets; '': not told. */
  readonly url: string;
  readonly epoch: number;
}

const NOTHING: NodeClaims = { at: '', url: '', owns: [], catalogue: { sequence: 0, digest: 0 } };

/** What other nodes say that they serve, each by its last heartbeat. The greatest epoch is right: its message is in the journal last. */
export class Claims {
  readonly #byNode = new Map<string, NodeClaims>();

  hear(node: string, claims: NodeClaims): void {
    this.#byNode.set(node, claims);
  }

  /** Who of `alive` serves each partition, but for this node. */
  owners(alive: readonly string[], self: string): Map<number, Claim> {
    const owners = new Map<number, Claim>();
    for (const node of alive) {
      if (node === self) continue;
      const { at, url, owns } = this.#byNode.get(node) ?? NOTHING;
      for (const [partition, epoch] of owns)
        if (epoch > (owners.get(partition)?.epoch ?? 0)) owners.set(partition, { node, at, url, epoch });
    }
    return owners;
  }
}
