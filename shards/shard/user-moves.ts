import { COUNTER } from '../../metrics/table.js';
import type { SessionSeq } from '../wire/calls.js';
import type { Commits } from './commits.js';
import { mergeGraphs } from '../graph/interest/merge-graphs.js';
import type { LiveUsers } from './live-users.js';
import type { ShardContext } from './shard-context.js';

/** What an anonymous user leaves to a known one. `state` is undefined when the graph is empty; its bytes are the caller's. */
export interface GivenUser {
  readonly state: Uint8Array | undefined;
  readonly sessions: SessionSeq[];
}

/** The three parts of a merge of two users, who may live on different shards: `give`, `merge`, `forget`. Call between two ticks. */
export class UserMoves {
  readonly #context: ShardContext;
  readonly #commits: Commits;
  readonly #live: LiveUsers;

  constructor(context: ShardContext, commits: Commits, live: LiveUsers) {
    this.#context = context;
    this.#commits = commits;
    this.#live = live;
  }

  /**
   * State of a user for a merge, and the last seq of their sessions: those that are open, and the one that has the same name
   * as the user.
   */
  give(userId: string): GivenUser {
    const { store, model } = this.#context;
    const { users, graph, codec } = model;
    const row = users.load(userId);
    const isEmpty = graph.slabs.nodeCount[row] === 0 && graph.slabs.seenCount[row] === 0;
    const seqs = new Map<string, number>([[userId, store.sessionSeq(userId, userId) ?? 0]]);
    for (const { id, applied } of this.#live.sessionsOf(userId)) if (id !== '') seqs.set(id, applied);
    const sessions = Array.from(seqs, ([sessionId, seq]) => ({ sessionId, seq })).filter(
      ({ seq }) => seq > 0,
    );
    return { state: isEmpty ? undefined : new Uint8Array(codec.encode(row)), sessions };
  }

  /** Adds another user's state and sessions to `into`; durable with the next commit. A merge repeated after it changes nothing. */
  merge(from: string, into: string, state: Uint8Array | undefined, sessions: readonly SessionSeq[]): void {
    const { store, stats, model } = this.#context;
    const { users, graph, codec } = model;
    if (store.alias(from) === into) return;
    const row = users.load(into);
    if (state !== undefined) {
      codec.decode(users.spareRow, state);
      mergeGraphs(graph, row, users.spareRow);
    }
    users.markDirty(into, row);
    this.#commits.addAlias(from, into);
    for (const { sessionId, seq } of sessions) this.#commits.addSession(into, sessionId, seq);
    this.#commits.addStates(users.takeChanged(Number.MAX_SAFE_INTEGER));
    stats.count(COUNTER.usersMerged);
  }

  /** Removes a user who was merged into another; their name points to that one from the next commit on. */
  forget(userId: string, to: string): void {
    this.#context.model.users.drop(userId);
    this.#commits.addStates([{ userId, bytes: undefined }]);
    this.#commits.addAlias(userId, to);
  }
}
