/** A request that has no answer yet, or one that the peer has not read to its end. */
export interface OpenExchange {
  /** Says that the server is going away, unless there is an answer already. */
  giveUp(): void;
}

/** The requests under way. */
export class OpenExchanges {
  readonly #open = new Set<OpenExchange>();

  get size(): number {
    return this.#open.size;
  }

  add(exchange: OpenExchange): void {
    this.#open.add(exchange);
  }

  delete(exchange: OpenExchange): void {
    this.#open.delete(exchange);
  }

  /** Answers all that have no answer yet. */
  giveUpAll(): void {
    for (const exchange of this.#open) exchange.giveUp();
  }
}
