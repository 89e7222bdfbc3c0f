import { randomInt } from 'node:crypto';
import type { Database } from 'lmdb';

const LAST = Buffer.from('last');
const NOTHING = Buffer.alloc(1);
const FIRST_VERSION_MAX = 2 ** 48 - 1;

/**
 * Makes every commit conditional on the one before. Each writes its number over the last one's, and is carried out only
 * when it finds exactly that, in the same transaction. So a commit that the disk refused takes all later ones with it,
 * the journal never has a hole, and a commit that is tried again is never carried out twice. Numbers start at random
 * with each opening: whoever opened the store earlier can no longer write to it.
 */
export class CommitChain {
  readonly #table: Database<Uint8Array, Uint8Array>;

  /** `table` has versions and is used for this alone. */
  constructor(table: Database<Uint8Array, Uint8Array>) {
    this.#table = table;
  }

  /** Takes the store over from whoever had it; before any `commit`. Resolves, when that is durable, with the number of the first commit. */
  async start(): Promise<number> {
    const first = randomInt(FIRST_VERSION_MAX);
    await this.#table.put(LAST, NOTHING, first);
    return first;
  }

  /** Number of the commit that has to come next; of what is durable. */
  next(): number {
    return this.#table.getEntry(LAST)?.version ?? -1;
  }

  /** Queues what `write` puts and removes, as one. Resolves when durable: false when it was not its turn, and nothing was carried out. */
  commit(number: number, write: () => void): Promise<boolean> {
    return this.#table.ifVersion(LAST, number, () => {
      void this.#table.put(LAST, NOTHING, number + 1);
      write();
    });
  }
}
