import { randomInt } from 'node:crypto';
import type { Database } from 'lmdb';

const LAST = Buffer.from('last');
const NOTHING = Buffer.alloc(1);
const FIRST_VERSION_MAX = 2 ** 48 - 1;

/**
 * Makes every commit conditional on the one before. Each writes its number over the last one's, and is carried out only
 * when it finds exactly that, in the same transaction. So a commit that the disk refused takes all later ones with it,
 * and the journal never has a hole. Numbers start at random with each opening: whoever opened the store earlier can
 * no longer write to it.
 */
export class CommitChain {
  readonly #table: Database<Uint8Array, Uint8Array>;
  #version = randomInt(FIRST_VERSION_MAX);

  /** `table` has versions and is used for this alone. */
  constructor(table: Database<Uint8Array, Uint8Array>) {
    this.#table = table;
  }

  /** Takes the store over from whoever had it; before any `commit`. Resolves when that is durable. */
  async start(): Promise<void> {
    await this.#table.put(LAST, NOTHING, this.#version);
  }

  /** Queues what `write` puts and removes, as one. Resolves when durable: false when nothing of it was carried out. */
  commit(write: () => void): Promise<boolean> {
    return this.#table.ifVersion(LAST, this.#version++, () => {
      void this.#table.put(LAST, NOTHING, this.#version);
      write();
    });
  }
}
