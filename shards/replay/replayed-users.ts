import { isPartialState, statePosition } from '../graph/interest/state/state-header.js';
import type { Shard } from '../shard/shard.js';
import type { GraphEntry } from '../store/journal-entry.js';
import type { ShardStore } from '../store/store.js';
import { isMergedVisitor } from '../store/user-key.js';

/** A user as a replay of the journal has them so far, and what is stored of them. */
export interface ReplayedUser {
  readonly userId: string;
  readonly channel: number;
  /** State in the store, and the position that it contains. */
  readonly state: Uint8Array | undefined;
  readonly contained: number;
  /** True when the journal holds all of them. */
  isWhole: boolean;
  /** Position of their last entry that changes a graph; −1 for none. */
  last: number;
  /** False when that took them away. */
  isThere: boolean;
  isCompared: boolean;
}

/** The users of a replay: who they are in the store, and whether the journal beside it holds all of them. */
export class ReplayedUsers {
  readonly #store: ShardStore;
  readonly #shard: Pick<Shard, 'openRecovery'>;
  readonly #owed: ReadonlySet<string>;
  readonly #users = new Map<string, ReplayedUser>();

  /** `shard` is the one that replays. */
  constructor(store: ShardStore, shard: Pick<Shard, 'openRecovery'>) {
    this.#store = store;
    this.#shard = shard;
    this.#owed = new Set([...store.setAside()].filter(({ isOwed }) => isOwed).map(({ names }) => names[0]));
  }

  /** Those that were asked for. */
  get all(): Iterable<ReplayedUser> {
    return this.#users.values();
  }

  of(userId: string): ReplayedUser {
    const known = this.#users.get(userId);
    if (known !== undefined) return known;
    const state = this.#store.user(userId);
    const user: ReplayedUser = {
      userId,
      channel: this.#shard.openRecovery(userId),
      state: state && new Uint8Array(state),
      contained: state === undefined ? 0 : statePosition(state),
      isWhole:
        this.#store.journal.start === 0 &&
        !this.#isUnknown(userId) &&
        !(state !== undefined && isPartialState(state)),
      last: -1,
      isThere: false,
      isCompared: state === undefined,
    };
    this.#users.set(userId, user);
    return user;
  }

  /** Takes the next entry in that changes the user's graph: what it says of who they are. */
  take(user: ReplayedUser, { entry }: GraphEntry, position: number): void {
    const isGone = entry === 'forgotten' || entry === 'removed';
    if (entry === 'replaced') user.isWhole = !this.#isUnknown(user.userId);
    // There is no state of somebody who is gone, and all else is in the entry.
    if (entry === 'forgotten') user.isWhole = user.isCompared = true;
    // Who comes again after that begins with nothing.
    if (entry === 'removed')
      user.isWhole =
        !this.#owed.has(user.userId) && !(user.state !== undefined && isPartialState(user.state));
    user.last = position;
    user.isThere = !isGone;
  }

  /** True for a user who is to be made anew, and for a visitor who is nobody's any more. */
  #isUnknown(userId: string): boolean {
    const store = this.#store;
    return this.#owed.has(userId) || store.isRetired(userId) || isMergedVisitor(store, userId);
  }
}
