import type { BudgetLimits } from '../server/address-budget.js';
import { CLOSES, type Close } from '../protocol/close-codes.js';

/** A connection that keeps bytes for its peer. */
export interface Holder {
  /** '' is counted in all only. */
  readonly address: string;
  readonly heldBytes: number;
  finish(close: Close): void;
}

/** Of one look: who holds something, by address. */
type Holders = Map<string, Holder[]>;

/**
 * Bounds what all connections hold together, and those of one address. Looked at a few times a second instead of counted at
 * every message; each connection has bounds of its own meanwhile. Those who hold most are told `bye` 4008 until the rest fits.
 */
export class HeldBytes {
  readonly #perAddressMax: number;
  readonly #allMax: number;

  constructor({ perAddressMax, allMax }: BudgetLimits) {
    this.#perAddressMax = perAddressMax === 0 ? Infinity : perAddressMax;
    this.#allMax = allMax === 0 ? Infinity : allMax;
  }

  /** Looks at all `connections`. */
  look(connections: Iterable<Holder>): void {
    const byAddress: Holders = new Map();
    for (const connection of connections) {
      if (connection.heldBytes === 0) continue;
      const holders = byAddress.get(connection.address);
      if (holders === undefined) byAddress.set(connection.address, [connection]);
      else holders.push(connection);
    }
    const left: Holder[] = [];
    for (const [address, holders] of byAddress)
      left.push(...endGreediest(holders, address === '' ? Infinity : this.#perAddressMax));
    endGreediest(left, this.#allMax);
  }
}

/** @returns those that may stay. */
function endGreediest(holders: readonly Holder[], maxBytes: number): readonly Holder[] {
  let bytes = 0;
  for (const { heldBytes } of holders) bytes += heldBytes;
  if (bytes <= maxBytes) return holders;
  const byBytes = holders
    .map((holder) => ({ holder, held: holder.heldBytes }))
    .sort((a, b) => b.held - a.held);
  let ended = 0;
  for (; bytes > maxBytes && ended < byBytes.length; ended++) {
    byBytes[ended].holder.finish(CLOSES.tooSlow);
    bytes -= byBytes[ended].held;
  }
  return byBytes.slice(ended).map(({ holder }) => holder);
}
