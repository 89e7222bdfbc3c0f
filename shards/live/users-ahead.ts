import type { ShardStore } from '../store/store.js';

/** Users who wait to be read ahead at most: who comes when so many do is read at their first click, as without this. */
export const WAITING_MAX = 256;
/** Users read at a time. */
export const TOGETHER_MAX = 16;

/**
 * Reads the states of users who are about to click from the disk, on other threads: the shard does not wait for it then. What comes
 * while some are being read is read after them, together. Nothing depends on it.
 */
export class UsersAhead {
  readonly #store: Pick<ShardStore, 'readUsersAhead'>;
  #waiting: string[] = [];
  #isReading = false;

  constructor(store: Pick<ShardStore, 'readUsersAhead'>) {
    this.#store = store;
  }

  /** Returns at once. */
  read(userId: string): void {
    if (this.#waiting.length >= WAITING_MAX) return;
    this.#waiting.push(userId);
    if (!this.#isReading) void this.#readAll();
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#waiting.length > 0)
        await this.#store.readUsersAhead(this.#waiting.splice(0, TOGETHER_MAX));
    } catch {
      // The store was closed, or cannot be read: whoever reads it for good says so.
      this.#waiting = [];
    }
    this.#isReading = false;
  }
}
