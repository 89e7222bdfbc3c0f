/** Whether a call to the disk is in another thread; its file must stay open until that ends. */
export class UnderWay {
  #is = false;
  #told: (() => void)[] = [];

  begins(): void {
    this.#is = true;
  }

  ends(): void {
    this.#is = false;
    for (const tell of this.#told.splice(0)) tell();
  }

  /** Resolves when nothing is under way. */
  ended(): Promise<void> {
    return this.#is ? new Promise((resolve) => this.#told.push(resolve)) : Promise.resolve();
  }
}
