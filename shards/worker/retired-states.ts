import type { BuiltShard } from '../shard/build-shard.js';
import type { ShardStore } from '../store/store.js';

/** Retired states looked at in one bite. */
const BITE_STATES = 64;

/**
 * Takes over the states that a swap retired, of users who have none made since: they become states of the model that serves
 * (`InterestCodec.decode`). When the last is through, the retired generation is emptied. A crash in between costs nothing:
 * those taken over are skipped the next time.
 */
export class RetiredStates {
  readonly #built: BuiltShard;
  readonly #store: ShardStore;
  readonly #fail: (error: unknown) => void;
  /** User behind whom the next ones are. */
  #after = '';

  /** What is retired has to be durable. */
  constructor(built: BuiltShard, store: ShardStore, fail: (error: unknown) => void) {
    this.#built = built;
    this.#store = store;
    this.#fail = fail;
  }

  /** Takes some over; the last step empties the generation. Call between flushes. */
  step(): void {
    const { commits } = this.#built.shard;
    let count = 0;
    for (const { userId, bytes } of this.#store.retired(this.#after)) {
      this.#after = userId;
      this.#takeOver(userId, bytes);
      if (++count === BITE_STATES) break;
    }
    commits.commit();
    if (count < BITE_STATES) this.#store.commit({ states: { op: 'clear' } }).catch(this.#fail);
  }

  /** A user in memory has been taken over there already, and is to be written. */
  #takeOver(userId: string, bytes: Uint8Array): void {
    const { codec, users } = this.#built.model;
    if (!this.#store.isRetired(userId)) return;
    const row = users.rowOf(userId);
    if (row < 0) codec.decode(users.spareRow, bytes);
    const taken = codec.encode(row < 0 ? users.spareRow : row).slice();
    this.#built.shard.commits.addStates([{ userId, bytes: taken }]);
  }
}
