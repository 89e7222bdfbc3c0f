import { asMovedPage, keeperOfPage, PAGE_KEYS } from '../graph/interactions/interaction-pages.js';
import { asMovedState } from '../graph/interest/state/state-header.js';
import { explainedBatch } from './explained-batch.js';
import { shardOf } from './placement.js';
import { restOrGiveUp, ROWS_A_REST } from './rest-or-give-up.js';
import type { CommitBatch, ShardStore } from '../store/store.js';

/** Which number of shards rows leave, and which they come to. */
export interface Placements {
  readonly from: number;
  readonly to: number;
  /** Rows held in memory for the next commits. */
  readonly rowsMax: number;
  /** Rows of the session table of the interaction graph. */
  readonly sessions: number;
  /** See `Reshard`. */
  readonly signal?: AbortSignal | undefined;
}

/** Rows that were copied. */
export interface Moved {
  readonly users: number;
  readonly sessions: number;
  readonly eventIds: number;
  readonly aliases: number;
  readonly pages: number;
}

/** Pages, of up to 100 kB each, held in memory for the next commits. */
const PAGES_MAX = 32;

/**
 * Copies everything that is placed elsewhere now into the store where it is, synced when it resolves. `stores` are those
 * of both numbers, by shard.
 */
export async function moveRows(stores: readonly ShardStore[], placements: Placements): Promise<Moved> {
  const moved = { users: 0, sessions: 0, eventIds: 0, aliases: 0, pages: 0 };
  for (let shard = 0; shard < placements.from; shard++) {
    const copier = new RowCopier(stores, shard, placements);
    moved.users += await copier.users();
    moved.sessions += await copier.sessions();
    moved.eventIds += await copier.eventIds();
    moved.aliases += await copier.aliases();
    moved.pages += await copier.pages();
  }
  return moved;
}

/** Copies out of the store of one shard. Each method resolves with the number of rows. */
class RowCopier {
  readonly #stores: readonly ShardStore[];
  readonly #shard: number;
  readonly #placements: Placements;

  constructor(stores: readonly ShardStore[], shard: number, placements: Placements) {
    this.#stores = stores;
    this.#shard = shard;
    this.#placements = placements;
  }

  get #source(): ShardStore {
    return this.#stores[this.#shard];
  }

  users(): Promise<number> {
    return this.#copy(
      this.#source.users(),
      ({ userId }) => this.#targetsOf(userId),
      this.#placements.rowsMax,
      (rows, target) => {
        const position = target.journal.end;
        const users = rows.map(({ userId, bytes }, i) => ({
          userId,
          bytes: asMovedState(bytes, position + i + 1),
        }));
        const entries = rows.map(
          ({ userId, bytes }) => ({ entry: 'replaced', user: userId, state: bytes }) as const,
        );
        return explainedBatch(target, { users }, entries);
      },
    );
  }

  sessions(): Promise<number> {
    const targetsOf = ({ userId }: { readonly userId: string }) => this.#targetsOf(userId);
    const { rowsMax } = this.#placements;
    return this.#copy(this.#source.sessions(), targetsOf, rowsMax, (sessions, target) =>
      explainedBatch(
        target,
        { sessions },
        sessions.map(({ userId, sessionId, seq }) => ({
          entry: 'session',
          user: userId,
          session: sessionId,
          seq,
        })),
      ),
    );
  }

  eventIds(): Promise<number> {
    const targetsOf = ({ userId }: { readonly userId: string }) => this.#targetsOf(userId);
    const { rowsMax } = this.#placements;
    return this.#copy(this.#source.eventIds(), targetsOf, rowsMax, (eventIds) => ({ eventIds }));
  }

  /**
   * An alias is needed in two places: where the visitor's name is looked up, to lead on to the user; and where the user is,
   * to say that the visitor is in that state already.
   */
  aliases(): Promise<number> {
    return this.#copy(
      this.#source.aliases(),
      ({ userId, to }) => [...new Set([...this.#targetsOf(userId), ...this.#targetsOf(to)])],
      this.#placements.rowsMax,
      (aliases, target) =>
        explainedBatch(
          target,
          { aliases },
          aliases.map(({ userId, to }) => ({ entry: 'alias', user: userId, to })),
        ),
    );
  }

  pages(): Promise<number> {
    const { to, sessions } = this.#placements;
    const targetsOf = ({ key }: { readonly key: string }) => {
      const keeper = keeperOfPage(key, sessions, to);
      return keeper === undefined || keeper === this.#shard ? [] : [keeper];
    };
    return this.#copy(this.#source.blobs(PAGE_KEYS), targetsOf, PAGES_MAX, (blobs) => ({
      blobs: blobs.map(({ key, bytes }) => ({ key, bytes: asMovedPage(bytes) })),
    }));
  }

  /** Where a user of this shard goes; nowhere when they stay, or are not of this shard. */
  #targetsOf(userId: string): number[] {
    const { from, to } = this.#placements;
    if (shardOf(userId, from) !== this.#shard) return [];
    const target = shardOf(userId, to);
    return target === this.#shard ? [] : [target];
  }

  async #copy<Row>(
    rows: Iterable<Row>,
    targetsOf: (row: Row) => readonly number[],
    rowsMax: number,
    batchOf: (rows: readonly Row[], target: ShardStore) => CommitBatch,
  ): Promise<number> {
    const waiting = new Map<number, Row[]>();
    const flush = async () => {
      const commits = [...waiting].map(([shard, held]) =>
        this.#stores[shard].commit(batchOf(held, this.#stores[shard])),
      );
      waiting.clear();
      await Promise.all(commits);
    };
    const { signal } = this.#placements;
    let count = 0;
    let seen = 0;
    for (const row of rows) {
      if (++seen % ROWS_A_REST === 0) await restOrGiveUp(signal);
      const targets = targetsOf(row);
      if (targets.length === 0) continue;
      for (const target of targets) {
        const held = waiting.get(target);
        if (held === undefined) waiting.set(target, [row]);
        else held.push(row);
      }
      if (++count % rowsMax > 0) continue;
      await flush();
      await restOrGiveUp(signal);
    }
    await flush();
    return count;
  }
}
