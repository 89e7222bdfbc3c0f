import type { BudgetLimits } from '../admission/address-budget.js';
import { CLOSES } from '../protocol/close-codes.js';
import type { Endable, EndingLine } from './ending-line.js';

/** A connection that keeps bytes for its peer. */
export interface Holder extends Endable {
  /** '' is counted in all only. */
  readonly address: string;
  readonly heldBytes: number;
}

/** Of one look: who holds something, by address. */
type Holders = Map<string, Holder[]>;

/**
 * Bounds what all connections hold together, and those of one address. Looked at a few times a second instead of counted at
 * every message; each connection has bounds of its own meanwhile. Those who hold most are told `bye` 4008 until the rest fits, in bites; nobody is looked at while some still wait for that.
 */
export class HeldBytes {
  readonly #perAddressMax: number;
  readonly #allMax: number;
  readonly #ending: EndingLine;

  constructor({ perAddressMax, allMax }: BudgetLimits, ending: EndingLine) {
    this.#ending = ending;
    this.#perAddressMax = perAddressMax === 0 ? Infinity : perAddressMax;
    this.#allMax = allMax === 0 ? Infinity : allMax;
  }

  /** Looks at all `connections`. */
  look(connections: Iterable<Holder>): void {
    if (!this.#ending.isEmpty) return;
    const byAddress: Holders = new Map();
    for (const connection of connections) {
      if (connection.heldBytes === 0) continue;
      const holders = byAddress.get(connection.address);
      if (holders === undefined) byAddress.set(connection.address, [connection]);
      else holders.push(connection);
    }
    const left: Holder[] = [];
    for (const [address, holders] of byAddress)
      left.push(...this.#endGreediest(holders, address === '' ? Infinity : this.#perAddressMax));
    this.#endGreediest(left, this.#allMax);
  }

  /** @returns those that may stay. */
  #endGreediest(holders: readonly Holder[], maxBytes: number): readonly Holder[] {
    let bytes = 0;
    for (const { heldBytes } of holders) bytes += heldBytes;
    if (bytes <= maxBytes) return holders;
    const byBytes = holders
      .map((holder) => ({ holder, held: holder.heldBytes }))
      .sort((a, b) => b.held - a.held);
    let ended = 0;
    for (; bytes > maxBytes && ended < byBytes.length; ended++) {
      this.#ending.end(byBytes[ended].holder, CLOSES.tooSlow);
      bytes -= byBytes[ended].held;
    }
    return byBytes.slice(ended).map(({ holder }) => holder);
  }
}
