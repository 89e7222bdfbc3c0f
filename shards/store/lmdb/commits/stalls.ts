/** What of a store waits for its disk. Whoever listens hears of the first with its reason, and when none waits any more. */
export class Stalls {
  readonly #listener: (reason: Error | undefined) => void;
  readonly #waiting = new Set<'tables' | 'journal'>();

  constructor(listener: (reason: Error | undefined) => void = () => undefined) {
    this.#listener = listener;
  }

  get isAny(): boolean {
    return this.#waiting.size > 0;
  }

  /** @param reason why the disk does not take what is written; undefined when it does again */
  tell(what: 'tables' | 'journal', reason: Error | undefined): void {
    const { isAny } = this;
    if (reason === undefined) this.#waiting.delete(what);
    else this.#waiting.add(what);
    if (this.isAny !== isAny) this.#listener(reason);
  }
}
