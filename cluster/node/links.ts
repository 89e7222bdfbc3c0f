import type { Service } from '../../metrics/process/service-stack.js';
import { hostAndPort } from '../engine/cluster-options.js';
import { LinkClient, type LinkEnds } from '../link/link-client.js';
import type { Claim } from './claims.js';

/** The connections to other nodes, one each. */
export class Links implements Service {
  readonly #ends: Pick<LinkEnds, 'self' | 'key' | 'items'>;
  readonly #links = new Map<string, LinkClient>();

  constructor(ends: Pick<LinkEnds, 'self' | 'key' | 'items'>) {
    this.#ends = ends;
  }

  /** The same for as long as the node says that it is at the same address. */
  to({ node, at }: Pick<Claim, 'node' | 'at'>): LinkClient {
    const key = `${node} ${at}`;
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    const link = new LinkClient({ ...hostAndPort(at), ...this.#ends });
    this.#links.set(key, link);
    return link;
  }

  stop(): void {
    for (const link of this.#links.values()) link.stop();
  }
}
