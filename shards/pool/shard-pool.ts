import type { PostedModel } from '../wire/posted-model.js';
import type { SlotDefinition, ShardList, RankRequest, RankAnswer } from '../wire/slot-lists.js';
import type { ShardEvent } from '../wire/shard-event.js';
import type { SnapshotEntry } from '../wire/calls.js';

/**
 * What the gateway says to the shards, and what it hears from them. This is all that the gateway knows of the shards;
 * `WorkerPool` keeps it.
 *
 * Addresses: a shard is addressed by user, never by thread. A `channel` is a number that stands for an open user; several
 * connections of one user share it. A `session` number stands for one session of that user. The pool gives out both. They
 * are valid until closed, also when the shard is started again meanwhile.
 * Order: calls for one user are carried out in the order in which they are made. Answers come back through `ShardEvents`, in
 * the same order.
 * Bounds: when `queueMax` events and questions wait for a shard, further events for it are turned away at once.
 * Failure: a crashed shard is started again from its store. The pool tells it again what was not durable by then, so callers
 * notice a pause and nothing else.
 */

/** What comes back for open channels, in order. */
export interface ShardEvents {
  /** A list of one subscribed slot; it contains every event for which `applied` was called before. */
  list(channel: number, slot: string, list: ShardList): void;
  /** The event is in the user's graph; the lists that follow contain it. Called before those lists. */
  applied(session: number, seq: number): void;
  /** Events up to `seq` are on disk. */
  durable(session: number, seq: number): void;
  /** The event was not applied. `expected` with `seq_gap`. */
  refused(session: number, seq: number, code: 'seq_gap', expected: number): void;
  /**
   * The visitor of a channel has been merged into the known user `into`, by another connection of the same visitor. The
   * sessions are to be opened again under that name. Until then events for the channel are turned away, as when the queue
   * is full.
   */
  moved(channel: number, into: string): void;
}

export interface OpenedSession {
  readonly channel: number;
  readonly session: number;
  readonly user: string;
  /** Last durable event of the session. */
  readonly seq: number;
  /** Latest `rev` given to any slot of the user. */
  readonly rev: number;
}

/** Rejects a call that finds the queue of its shard full, or its user about to be merged; try again later. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
}

/** What became of one event that came without a session. */
export type EventOutcome = 'applied' | 'duplicate';

/** The pool as the gateway uses it; the head of this file says what holds for all of it. */
export interface ShardPool {
  /** Registers the one receiver of lists and acknowledgements. Call before the first `open`. */
  listen(events: ShardEvents): void;
  /**
   * Opens a user and one of their sessions, and loads the user from disk if need be. When `anonymous` names a visitor who
   * has a graph, that graph and the visitor's sessions are merged into `user` first. Each `open` needs a `close`.
   * Resolves when all events of the session that had been applied are durable, so that `seq` is exact.
   */
  open(user: string, session: string, anonymous?: string): Promise<OpenedSession>;
  close(session: number): void;
  /** Defines slots of a user, or redefines them by name; a `list` of each follows. */
  subscribe(channel: number, slots: readonly SlotDefinition[]): void;
  unsubscribe(channel: number, names: readonly string[]): void;
  /** Hands an event over. False when the shard's queue is at its limit: nothing was taken, answer `overloaded`. */
  event(channel: number, session: number, event: ShardEvent): boolean;
  /** `done` is called exactly once, in the order of calls for one channel, also when the shard restarts. */
  rank(channel: number, request: RankRequest, done: (answer: RankAnswer) => void): void;

  /** For callers without a connection. `done` as above. */
  rankFor(user: string, request: RankRequest, done: (answer: RankAnswer) => void): void;
  /** Resolves when all of them are durable; outcomes in the order given. Rejects with `OverloadedError` when the queue is full. */
  eventsFor(user: string, events: readonly ShardEvent[]): Promise<EventOutcome[]>;
  /** Merges a visitor into a known user; resolves with false when there was nothing to merge. */
  merge(from: string, into: string): Promise<boolean>;
  /** A snapshot of every shard under `folder`, made while they serve. */
  snapshot(folder: string): Promise<readonly SnapshotEntry[]>;
  /** The catalogue has changed: a new list of every subscribed slot follows. */
  catalogueChanged(): void;
  /** Name of the serving model, as in `welcome.model`. */
  readonly model: string;
  /**
   * Replaces the model while it serves; resolves when every shard serves with the new one, its users' states rebuilt, and new
   * lists are on their way. A list is of one model, and a user's lists never go back to the old one. Rejects when a shard
   * cannot load it or gets no sound answer from it: the old one goes on. One at a time. The vectors stay the caller's.
   */
  swapModel(model: PostedModel): Promise<void>;
  /** The newest journal records of all shards, about `events` events of each; the caller owns the bytes. */
  recentRecords(events: number): Promise<readonly Uint8Array[]>;
  /** Journal events that shards rebuilding user states have before them, over all shards; 0 when none does. */
  readonly rebuildBehind: number;
  /** Flushes states, commits, ends the threads. */
  stop(): Promise<void>;
}
