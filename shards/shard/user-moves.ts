import { faultPoint } from '../../metrics/process/fault-point.js';
import { COUNTER } from '../../metrics/table.js';
import { invariant } from '../../metrics/invariant.js';
import type { BegunMerge, SessionSeq } from '../wire/calls.js';
import { writeImported, type ImportedNode } from '../graph/interest/import-graph.js';
import { WITHHELD } from '../graph/user-consent.js';
import type { Commits } from './commits.js';
import type { LiveUsers } from './live-users.js';
import { begunMerges, intentOf } from '../live/merge-intents.js';
import { intentWrite } from '../store/entries/intent-rows.js';
import { mergeVisitor } from './replayed-entry.js';
import type { ShardContext } from './shard-context.js';
import { lastSeq } from '../quarantine/last-seq.js';
import { isVisitor, nameOf, visitor as visitorKey } from '../store/user-key.js';

/** What a visitor leaves to a named user. */
export interface GivenUser {
  /** Whose the visitor is; undefined when there is nothing to merge, or nothing any more. */
  readonly into: string | undefined;
  /** Whose the visitor is when there is nothing to merge, and they do not stay who they are: merged before, or closed by this. */
  readonly owner?: string | undefined;
  /** Undefined when the graph is empty; the bytes are the caller's. */
  readonly state: Uint8Array | undefined;
  readonly sessions: readonly SessionSeq[];
  /** Idempotence keys of the visitor's events, the newest `GIVEN_IDS_MAX`: what is sent again for the user is no new event. */
  readonly eventIds: readonly string[];
}

/** A visitor sends over HTTP what a shop's backend says of one session: orders, not clicks by the thousand. */
export const GIVEN_IDS_MAX = 1_024;

const NO_SESSION: SessionSeq = { sessionId: '', seq: 0 };
const NOTHING: GivenUser = { into: undefined, state: undefined, sessions: [], eventIds: [] };

/**
 * The three parts of a merge of a visitor into a named user, who may live on different shards: `give`, `merge`, `forget`. Each
 * is durable before the next one begins, and each may be done again. Call between two ticks.
 *
 * What a crash leaves: before `give` is durable, the visitor as they were. From then on the visitor is the user's, whatever
 * happens: nobody opens them as a visitor, and a merge that is done again goes on where it stopped. `unfinished` tells which
 * those are. Once `merge` is durable, the user's shard has a mark (an alias) with the state, so that it is added once. `forget`
 * removes what is left of the visitor but for the mark, which is where their session leads, and the last `seq` of that session.
 */
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
   * Decides that a visitor is `into`'s, unless it is decided already or there is nothing of them, and gives their state and the
   * `seq` of their session. All their calls have been carried out, and no event of theirs is from now on. With `closes` a visitor of whom there is
   * nothing is `into`'s as well: clicks of theirs may still be on their way by another node. The decision is committed by this.
   */
  give(visitor: string, into: string, closes = false): GivenUser {
    invariant(isVisitor(visitor) && !isVisitor(into), 'a merge takes a visitor into a named user');
    const { store } = this.#context;
    const decided = intentOf(store, visitor);
    const owner = decided === undefined ? store.alias(visitor) : undefined;
    if (owner !== undefined) return { ...NOTHING, owner };
    const given = {
      into: decided ?? into,
      state: this.#stateOf(visitor),
      sessions: this.#seqOf(visitor),
      eventIds: this.#commits.eventIdsOf(visitor, GIVEN_IDS_MAX),
    };
    if (decided === undefined) {
      if (given.state === undefined && given.sessions.length === 0)
        return closes ? this.#close(visitor, into) : NOTHING;
      faultPoint('merge.giving');
      this.#commits.addEntry({ entry: 'given', visitor, into });
      this.#commits.commit({ blobs: [intentWrite(visitor, into)] });
    }
    this.#live.give(visitor);
    return given;
  }

  #close(visitor: string, into: string): GivenUser {
    this.forget(visitor, into);
    this.#live.give(visitor);
    return { ...NOTHING, owner: into };
  }

  /** Adds a visitor's state, session and keys to `into`; durable with the next commit. Done again it changes nothing. */
  merge(from: string, into: string, { state, sessions, eventIds }: Omit<GivenUser, 'into'>): void {
    if (this.#isMerged(from, into, sessions)) return;
    const { stats, model } = this.#context;
    const brought = sessions.find(({ sessionId }) => !this.#live.hasSession(into, sessionId));
    const { sessionId, seq } = brought ?? NO_SESSION;
    const entry = { entry: 'merged', visitor: from, into, sessionId, seq, state, eventIds } as const;
    mergeVisitor(this.#context, entry, this.#commits.addEntry(entry));
    this.#commits.addAlias(from, into);
    if (seq > 0) this.#commits.addSession(into, sessionId, seq);
    this.#commits.addEventIds(into, eventIds);
    this.#commits.addStates(model.users.takeUser(into));
    stats.count(COUNTER.usersMerged);
  }

  /**
   * Adds a graph that came from elsewhere to `into`'s, as that of a visitor who has nothing else: so it is replayed, moved and erased as
   * any merge. Durable with the next commit; with the same `source` again it changes nothing, nor for a user who lets nothing be kept.
   */
  importGraph(into: string, source: string, nodes: readonly ImportedNode[]): void {
    const { model, clock } = this.#context;
    const { users, graph, codec } = model;
    const visitor = visitorKey(source);
    if (this.#isMerged(visitor, into, [])) return;
    if ((graph.slabs.withheld[users.load(into)] & WITHHELD.learn) !== 0) return;
    graph.clear(users.spareRow);
    const { category, brand } = model.catalogue;
    writeImported(graph, users.spareRow, nodes, { category, brand, nowMs: clock.nowMs() });
    const state = new Uint8Array(codec.encode(users.spareRow));
    this.merge(visitor, into, { state, sessions: [], eventIds: [] });
  }

  /**
   * Removes a visitor who was merged; durable with the next commit. The row of their session stays also where they had no event in it: its
   * time says since when the mark has been there.
   */
  forget(visitor: string, to: string): void {
    const { store, model } = this.#context;
    const sessionId = nameOf(visitor);
    const seq = store.sessionSeq(visitor, sessionId) ?? 0;
    model.users.drop(visitor);
    this.#commits.addStates([{ userId: visitor, bytes: undefined }]);
    this.#commits.addSession(visitor, sessionId, seq);
    this.#commits.addAlias(visitor, to);
    this.#commits.addEntry({ entry: 'forgotten', visitor, into: to, seq });
    this.#commits.commit({ blobs: [intentWrite(visitor, undefined)] });
  }

  /** Removes a visitor who is not open and was not merged, and their session; committed by the caller. */
  remove(visitor: string): void {
    this.#context.model.users.drop(visitor);
    this.#live.forgetVisitor(visitor);
    this.#commits.addStates([{ userId: visitor, bytes: undefined }]);
    this.#commits.addEntry({ entry: 'removed', user: visitor });
  }

  /** Merges that were begun on this shard and are not over. */
  unfinished(): BegunMerge[] {
    return begunMerges(this.#context.store);
  }

  /** Whose a visitor is, or is about to be. */
  whose(visitor: string): string | undefined {
    const { store } = this.#context;
    return intentOf(store, visitor) ?? store.alias(visitor);
  }

  /** Nobody who is not there is loaded for it. */
  #stateOf(visitor: string): Uint8Array | undefined {
    const { store, model } = this.#context;
    const { users, graph, codec } = model;
    if (users.rowOf(visitor) < 0 && store.user(visitor) === undefined) return undefined;
    const row = users.load(visitor);
    const { facts, nodeCount, seenCount, withheld } = graph.slabs;
    const isEmpty =
      nodeCount[row] === 0 && seenCount[row] === 0 && withheld[row] === 0 && facts.attributes[row] === '';
    return isEmpty ? undefined : new Uint8Array(codec.encode(row));
  }

  /** A visitor has one session; it may be open and further than the store. */
  #seqOf(visitor: string): SessionSeq[] {
    const sessionId = nameOf(visitor);
    const applied = this.#live.sessionOf(visitor, sessionId)?.applied ?? 0;
    const { store, quarantine } = this.#context;
    const seq = Math.max(applied, lastSeq(store, quarantine, visitor, sessionId));
    return seq === 0 ? [] : [{ sessionId, seq }];
  }

  /**
   * True when the state is in `into` already. A store that is older than the other one (restored from a copy made at another
   * moment) may bring a visitor back who went on since: then what is new counts more than what would count twice.
   */
  #isMerged(from: string, into: string, sessions: readonly SessionSeq[]): boolean {
    const { store } = this.#context;
    if (store.alias(from) !== into) return false;
    return sessions.every(({ sessionId, seq }) => (store.sessionSeq(into, sessionId) ?? seq) >= seq);
  }
}
