import type { SnapshotShelf } from './snapshot-shelf.js';

/** What is left is small, and looking for it asks the servers for each object. */
const EVERY_MS = 3_600_000;

/** Sweeps a shelf once an hour at most, whoever asks for it. */
export class ShelfSweeper {
  readonly #shelf: Pick<SnapshotShelf, 'sweep'>;
  readonly #nowMs: () => number;
  #sweptMs = -Infinity;

  constructor(shelf: Pick<SnapshotShelf, 'sweep'>, nowMs: () => number) {
    this.#shelf = shelf;
    this.#nowMs = nowMs;
  }

  /** Does not reject: what could not be swept is the next time. */
  async sweep(): Promise<void> {
    if (this.#nowMs() - this.#sweptMs < EVERY_MS) return;
    this.#sweptMs = this.#nowMs();
    await this.#shelf.sweep(this.#nowMs).catch(() => undefined);
  }
}
