import type { BuiltShard } from '../shard/build-shard.js';

/** Retired states looked at in one bite. */
const BITE_STATES = 32;

/**
 * Takes over the states that a swap retired, of users for whom none was made since: they become states of the model that
 * serves (`InterestCodec.decode`). When the last is through, the retired generation is emptied. A crash in between costs
 * nothing: those taken over are skipped the next time.
 */
export class RetiredStates {
  readonly #built: BuiltShard;
  /** The last user looked at; the next ones come after them in the order of keys. */
  #after = '';

  /** To be made when the commit that retired the states is durable. */
  constructor(built: BuiltShard) {
    this.#built = built;
  }

  /** Takes some over; the last step empties the generation. Call between two ticks. */
  step(): void {
    const { commits } = this.#built.shard;
    const { store, fail } = this.#built.context;
    let count = 0;
    for (const { userId, bytes } of store.retired(this.#after)) {
      this.#after = userId;
      this.#takeOver(userId, bytes);
      if (++count === BITE_STATES) break;
    }
    commits.commit();
    if (count < BITE_STATES) store.commit({ states: { op: 'clear' } }).catch(fail);
  }

  /** The state of a user in memory was taken over when it was loaded, and has only to be written. */
  #takeOver(userId: string, bytes: Uint8Array): void {
    const { codec, graph, users } = this.#built.model;
    if (!this.#built.context.store.isRetired(userId)) return;
    const row = users.rowOf(userId);
    if (row < 0 && !this.#decode(userId, bytes)) return;
    const from = row < 0 ? users.spareRow : row;
    // The journal was not enough to make them anew.
    graph.slabs.isPartial[from] = 1;
    const taken = codec.encode(from).slice();
    this.#built.shard.commits.addStates([{ userId, bytes: taken }]);
  }
  /** False for a state that cannot be read: it is set aside, and its user begins anew. */
  #decode(userId: string, bytes: Uint8Array): boolean {
    const { codec, users } = this.#built.model;
    try {
      codec.decode(users.spareRow, bytes);
      return true;
    } catch (error) {
      const reason = (error as Error).message;
      this.#built.context.quarantine.take({
        kind: 'user',
        names: [userId],
        reason,
        bytes: new Uint8Array(bytes),
      });
      return false;
    }
  }
}
