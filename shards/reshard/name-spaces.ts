import type { Log } from '../../metrics/process/log.js';
import { intentWrite } from '../store/entries/intent-rows.js';
import type { SessionRow } from '../store/shard-states.js';
import type { CommitBatch, ShardStore } from '../store/store.js';
import { hasNamesMark, namesMark } from '../store/names-mark.js';
import { isVisitor, named, visitor, type NamedKey } from '../store/user-key.js';
import { shardOf } from './placement.js';
import { restOrGiveUp, ROWS_A_REST } from './rest-or-give-up.js';

/**
 * Brings stores of data format 1 (by shard), where a visitor was a user named after their session, to the two spaces of names
 * (`user-key.ts`). While no shard runs; each row is moved in one commit, and doing it again after a crash is harmless.
 *
 * Who was a visitor: a user whose only session has their own name, and into whom nobody was merged; and who was merged into
 * another user. Their state, session and idempotence keys go to their key. Everybody else had a name.
 * Aliases lead from a visitor to a named user now. Where those of old led from user to user, or in a circle, the first user
 * on the way who has something is the one; it is logged. What was written to somebody after they had been merged is merged
 * too, by the merge that the next start ends (`merge-intents.ts`).
 * A store that has been through it has a mark (`names-mark.ts`), so that one of a new copy is left alone.
 * Journals stay as they are: an alias from the bare name to the key says of whom their records speak (`decodeRecord`).
 * Rejects with `StartupError` `start_given_up` when the start is given up, between two bites; the next start goes on.
 */
export async function separateNames(
  stores: readonly (ShardStore | undefined)[],
  plan: SeparatePlan,
): Promise<void> {
  for (const store of stores) {
    if (store === undefined || hasNamesMark(store)) continue;
    const names = new OldNames(store, stores, plan);
    await names.findTargets();
    await names.moveVisitors();
    await names.moveEventIds();
    await names.turnAliases();
    await store.commit(namesMark());
  }
}

export interface SeparatePlan {
  /** Number of shards that the users are placed on. */
  readonly shards: number;
  /** Rows of one commit. */
  readonly rowsMax: number;
  readonly log: Log;
  /** Aborted when the start is to be given up. */
  readonly signal?: AbortSignal | undefined;
}

/** Aliases that are followed at most. */
const CHAIN_MAX = 16;

/** One store, whose names are told apart. In memory: the names of its users. */
class OldNames {
  readonly #store: ShardStore;
  readonly #stores: readonly (ShardStore | undefined)[];
  readonly #plan: SeparatePlan;
  /** Users into whom somebody was merged. */
  readonly #targets = new Set<string>();

  constructor(store: ShardStore, stores: readonly (ShardStore | undefined)[], plan: SeparatePlan) {
    this.#store = store;
    this.#stores = stores;
    this.#plan = plan;
  }

  async findTargets(): Promise<void> {
    await this.#each(this.#store.aliases(), ({ userId, to }) => {
      if (!isVisitor(userId) && !isVisitor(to)) this.#targets.add(to);
    });
  }

  async moveVisitors(): Promise<void> {
    await this.#commit(await this.#visitors(), (session) => this.#moved(session));
  }

  async moveEventIds(): Promise<void> {
    const ofVisitors = filter(this.#store.eventIds(), ({ userId }) => this.#isMoved(userId));
    await this.#commit(ofVisitors, (row) => ({ eventIds: [{ ...row, userId: visitor(row.userId) }] }));
  }

  async turnAliases(): Promise<void> {
    const old = filter(
      this.#store.aliases(),
      ({ userId, to }) => !isVisitor(userId) && to !== visitor(userId),
    );
    const all: { readonly userId: string; readonly to: string }[] = [];
    await this.#each(old, (alias) => all.push(alias));
    await this.#commit(all, ({ userId, to }) => ({
      aliases: [
        { userId: visitor(userId), to: this.#ownerOf(userId, to) },
        { userId, to: this.#hasState(userId) ? undefined : visitor(userId) },
      ],
    }));
  }

  /** Visitors with what is known of their session; `seq` 0 for one who has none. */
  async #visitors(): Promise<SessionRow[]> {
    const own = new Map<string, SessionRow>();
    const others = new Set<string>();
    await this.#each(this.#store.sessions(), (row) => {
      if (isVisitor(row.userId)) return;
      if (row.userId === row.sessionId) own.set(row.userId, row);
      else others.add(row.userId);
    });
    await this.#each(this.#store.aliases(), ({ userId }) => {
      if (isVisitor(userId) || own.has(userId) || this.#store.user(userId) === undefined) return;
      own.set(userId, { userId, sessionId: userId, seq: 0, atMs: 0 });
    });
    return [...own.values()].filter(({ userId }) => !others.has(userId) && !this.#targets.has(userId));
  }

  /** All that moves with a visitor, in one batch. */
  #moved(session: SessionRow): CommitBatch {
    const { userId } = session;
    const key = visitor(userId);
    const bytes = this.#store.user(userId)?.slice();
    const to = this.#store.alias(userId);
    const isMerged = to !== undefined && !isVisitor(to);
    return {
      users: [...(bytes === undefined ? [] : [{ userId: key, bytes }]), { userId, bytes: undefined }],
      ...(session.seq > 0 && { sessions: [{ ...session, userId: key }] }),
      aliases: isMerged ? [] : [{ userId, to: key }],
      blobs: isMerged ? [intentWrite(key, this.#ownerOf(userId, to))] : [],
    };
  }

  #isMoved(userId: string): boolean {
    return !isVisitor(userId) && this.#store.alias(userId) === visitor(userId);
  }

  /** Whose a merged user is: the first on the way who has something of their own. */
  #ownerOf(userId: string, to: string): NamedKey {
    let owner = to;
    for (let steps = 0; steps < CHAIN_MAX && !this.#hasState(owner); steps++) {
      const next = this.#nextOf(owner);
      if (next === undefined) break;
      owner = next;
    }
    if (owner !== to)
      this.#plan.log.warn(
        { user: userId, mergedInto: to, belongsTo: owner },
        'a chain of merges was cut short',
      );
    return named(owner);
  }

  /** Whom a user was merged into, whether their alias was turned before or not. */
  #nextOf(user: string): string | undefined {
    const home = this.#homeOf(user);
    const to = home?.alias(user);
    return to === visitor(user) ? home?.alias(to) : to;
  }

  #hasState(userId: string): boolean {
    return this.#homeOf(userId)?.user(userId) !== undefined;
  }

  #homeOf(userId: string): ShardStore | undefined {
    return this.#stores[shardOf(userId, this.#plan.shards)];
  }

  /** One batch for `rowsMax` rows at most. */
  async #commit<Row>(rows: Iterable<Row>, batchOf: (row: Row) => CommitBatch): Promise<void> {
    const { rowsMax, signal } = this.#plan;
    let held: CommitBatch[] = [];
    let seen = 0;
    for (const row of rows) {
      if (++seen % ROWS_A_REST === 0) await restOrGiveUp(signal);
      held.push(batchOf(row));
      if (held.length < rowsMax) continue;
      await this.#store.commit(joined(held));
      held = [];
      await restOrGiveUp(signal);
    }
    if (held.length > 0) await this.#store.commit(joined(held));
  }

  /** Looks at all rows, in bites. */
  async #each<Row>(rows: Iterable<Row>, look: (row: Row) => void): Promise<void> {
    let seen = 0;
    for (const row of rows) {
      look(row);
      if (++seen % ROWS_A_REST === 0) await restOrGiveUp(this.#plan.signal);
    }
    await restOrGiveUp(this.#plan.signal);
  }
}

function joined(batches: readonly CommitBatch[]): CommitBatch {
  return {
    users: batches.flatMap(({ users }) => users ?? []),
    sessions: batches.flatMap(({ sessions }) => sessions ?? []),
    eventIds: batches.flatMap(({ eventIds }) => eventIds ?? []),
    aliases: batches.flatMap(({ aliases }) => aliases ?? []),
    blobs: batches.flatMap(({ blobs }) => blobs ?? []),
  };
}

function* filter<Row>(rows: Iterable<Row>, isWanted: (row: Row) => boolean): Generator<Row> {
  for (const row of rows) if (isWanted(row)) yield row;
}
