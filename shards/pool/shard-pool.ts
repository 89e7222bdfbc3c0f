import type { AtRiskAsked, UserAtRisk } from '../graph/return-risk.js';
import type { ImportedGraph } from '../graph/interest/import-graph.js';
import type { LongTermPage } from '../clusters/long-term-sample.js';
import type { ExportPiece } from './user-export.js';
import type { Consent, SaidConsent } from '../graph/user-consent.js';
import type { PostedSegments } from '../graph/segment-rule.js';
import type { UserGraph } from '../graph/user-graph.js';
import type { ModelSource, PostedModel } from '../wire/posted-model.js';
import type { SlotDefinition, ShardList, RankRequest, RankAnswer } from '../wire/slot-lists.js';
import type { ShardEvent } from '../wire/shard-event.js';
import type { NoRoom } from '../owed/user-counts.js';
import type { ShardReport } from '../wire/shard-report.js';
import type { SegmentCounts } from './all-shards.js';
import type { KeptSnapshot, SegmentMove, SnapshotEntry } from '../wire/calls.js';
import type { NamedKey, UserKey, VisitorKey } from '../store/user-key.js';

/**
 * What the gateway says to the shards, and what it hears from them. This is all that the gateway knows of the shards;
 * `WorkerPool` keeps it.
 *
 * Addresses: a shard is addressed by user, never by thread. A `channel` is a number that stands for an open user; several
 * connections of one user share it. A `session` number stands for one session of that user. The pool gives out both. They
 * are valid until closed, also when the shard is started again meanwhile.
 * Order: calls for one user are carried out in the order in which they are made. Answers come back through `ShardEvents`, in
 * the same order.
 * Bounds: when `queueMax` events wait for a shard or `queueUserMax` of one user, further events are turned away at once; the
 * same holds for ranks with `ranksMax` and `ranksUserMax`, which are counted apart. Slots are a state: however often they
 * are defined, what waits is one definition of each.
 * Failure: a crashed shard is started again from its store. The pool tells it again what was not durable by then, so callers
 * notice a pause and nothing else.
 */

/** What comes back for open channels, in order. */
export interface ShardEvents {
  /** A list of one subscribed slot; it contains every event for which `applied` was called before. */
  list(channel: number, slot: string, list: ShardList): void;
  /**
   * In the place of a list that `subscribe` asked for: the last list of the slot holds, and contains every event for which
   * `applied` was called before.
   */
  current(channel: number, slot: string): void;
  /** The event is in the user's graph; the lists that follow contain it. Called before those lists. */
  applied(session: number, seq: number): void;
  /** Events up to `seq` are on disk. */
  durable(session: number, seq: number, fromUs: number, toUs: number): void;
  /** The event was not applied. `expected`, but with `internal`, is the next `seq` of the session. */
  refused(session: number, seq: number, code: EventRefusal, expected: number): void;
  /**
   * The visitor of a channel has become the named user `into`. Nobody speaks for the visitor any more, and having spoken for
   * them makes nobody speak for that user: events for the channel are turned away, as when the queue is full.
   */
  moved(channel: number, into: NamedKey): void;
  /** Whoever has the channel is being erased: who speaks for them has to go. */
  erased(channel: number): void;
}

/** What was erased. */
export interface Erased {
  /** Visitors who had been merged into the user, and went with them. */
  readonly visitors: number;
}

/** Why an event of a session was not applied: it skips ahead, another event has its `seq`, or applying it failed. */
export type EventRefusal = 'seq_gap' | 'seq_taken' | 'internal';

export interface OpenedSession {
  readonly channel: number;
  readonly session: number;
  readonly user: UserKey;
  /** Last durable event of the session. */
  readonly seq: number;
  /** Last event of the session that lists contain. */
  readonly applied: number;
  /** Latest `rev` given to any slot of the user. */
  readonly rev: number;
}

/** What has changed in the catalogue. */
export interface CatalogueChange {
  /** Indices of items whose rows differ, each once. */
  readonly items: Int32Array;
  /** Those of them that may be recommended now and could not before. */
  readonly arrived: Int32Array;
  /** Columns that differ in one of them, numbered as in a `CompiledFilter`. */
  readonly columns: readonly number[];
}

/** A visitor who cannot be opened, for they were merged into a named user. `mergedSeq` is the last event of their session that went with them. */
export interface MergedVisitor {
  readonly mergedSeq: number;
}

/** Rejects a call for a visitor who was merged into a named user. */
export class MergedError extends Error {
  override readonly name = 'MergedError';
}

/** Rejects a call that a node of a cluster does not carry out yet (docs/CLUSTER.md). */
export class NotInClusterError extends Error {
  override readonly name = 'NotInClusterError';

  constructor(what: string) {
    super(`${what} is not there in a cluster yet; docs/CLUSTER.md says what is`);
  }
}

/** Rejects a change of the model while another node of the cluster changes it. */
export class SwapInProgressError extends Error {
  override readonly name = 'SwapInProgressError';

  constructor(why: string) {
    super(`a swap is under way in the cluster: ${why}`);
  }
}

/** Rejects a call that finds the queue of its shard full, or its user about to be merged; try again later. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
}

/** What became of one event that came without a session; `not_kept`: it was taken, and its user does not allow that it is kept; `overloaded`: it was not taken, for too many wait. */
export type EventOutcome = 'applied' | 'not_kept' | 'duplicate' | 'overloaded' | 'failed';

/**
 * What became of an event of a session. Not taken: `overrun`, as many events of the user wait as may; `busy`, the shard has
 * too much to do, or the user is about to be merged.
 */
export type EventTaken = 'taken' | NoRoom;

/**
 * Why there is no answer to a rank: as many of the user's wait as may (`overrun`), or of all users of the shard (`busy`); or
 * the user was closed or could not be opened, or the pool stops (`gone`); or they are a visitor who was merged (`merged`).
 */
export type RankRefusal = NoRoom | 'gone' | 'merged';

export type RankOutcome = RankAnswer | RankRefusal;

/** A thread's event loop: how long it has worked and rested since its start, in ms. */
export interface LoopTimes {
  readonly active: number;
  readonly idle: number;
}

/** Which model a cluster serves with, by the fingerprints of bundles; `null`: no bundle. `previous` is absent when no other one did. */
export interface ClusterModel {
  readonly serving: string | null;
  readonly previous?: string | null;
}

/** Writes the files of a bundle to a folder that is there. */
export type FetchBundle = (fingerprint: string, folder: string) => Promise<void>;

/** Makes models ready on this node that another node of its cluster has chosen. One at a time. */
export interface ModelTaker {
  /** Rejects with why this node cannot serve with it. The vectors stay the taker's. */
  prepare(fingerprint: string | null, fetch: FetchBundle): Promise<PostedModel>;
  /** What was prepared serves from now on. */
  serve(model: ClusterModel, fetch: FetchBundle): Promise<void>;
  /** What was prepared is not wanted any more; or nothing was. */
  drop(): void;
}

/** A text that all nodes of a cluster have, changed by one of them at a time. Both reject when no server answers. */
export interface SharedNote {
  /** A server that is behind shows an older one. Revision 0: nobody has written it. */
  read(): Promise<{ readonly text: string; readonly revision: number }>;
  /** Unless somebody has written since `revision`. Resolves with that of the change; with undefined when somebody has. */
  write(text: string, revision: number): Promise<number | undefined>;
}

/** Snapshots of a cluster's partitions that count. */
export interface KeptSnapshots {
  readonly newest: readonly KeptSnapshot[];
  readonly older: readonly KeptSnapshot[];
}

/** A pool as one of several nodes. */
export interface ClusterSeat {
  /** The note of that name. */
  note(name: string): SharedNote;
  /** True at one node but for moments: it does what is done once for all of them. */
  leads(): boolean;
  /**
   * A snapshot of each partition, now, in the object store of the NATS servers; of one of which nothing is written since its newest, that
   * one. Resolves when all are there and were read back; rejects with an `OverloadedError` that names the partitions without one.
   */
  snapshot(): Promise<readonly KeptSnapshot[]>;
  /** The newest snapshot of each partition, and the one before, as far as there are any. Rejects when no server answers. */
  snapshots(): Promise<KeptSnapshots>;
}

/** The pool as the gateway uses it; the head of this file says what holds for all of it. */
export interface ShardPool {
  /** Undefined where it stands alone. */
  readonly cluster: ClusterSeat | undefined;
  /** Registers the one receiver of lists and acknowledgements. Call before the first `open`. */
  listen(events: ShardEvents): void;
  /**
   * Opens a named user and one of their sessions, and loads the user from disk if need be; `visitor` is merged into them
   * first. Each `open` needs a `close`. Resolves when all events of the session that had been applied are durable, so that
   * `seq` is exact. Whoever has all of those up to `sent`, and sends them again, is not kept waiting for a disk or for servers that do not answer.
   */
  open(user: NamedKey, session: string, visitor?: VisitorKey, sent?: number): Promise<OpenedSession>;
  /** The same for a visitor and their one session. Waits while they are being merged. */
  openVisitor(visitor: VisitorKey, sent?: number): Promise<OpenedSession | MergedVisitor>;
  close(session: number): void;
  /** Where pages reach the node of a cluster that answers for a user, as a socket address; undefined when that is this one, or nobody knows. */
  ownerUrl(user: UserKey): string | undefined;
  /** Defines slots of a user, or redefines them by name; a `list` of each follows, or `current` where nothing is new. */
  subscribe(channel: number, slots: readonly SlotDefinition[]): void;
  /** As `subscribe` of slots that are defined, for very many users at once: events go before their new lists. */
  redefine(channel: number, slots: readonly SlotDefinition[]): void;
  unsubscribe(channel: number, names: readonly string[]): void;
  /** Hands an event over. Unless it was taken its `seq` is still free: answer `overloaded`. */
  event(channel: number, session: number, event: ShardEvent): EventTaken;
  /**
   * `done` is called exactly once whatever happens: with answers in the order of calls for one channel, also when the shard
   * restarts; with a refusal at once. How long it takes is not bounded here while the shard is away.
   */
  rank(channel: number, request: RankRequest, done: (outcome: RankOutcome) => void): void;

  /** For callers without a connection. `done` as above. */
  rankFor(user: UserKey, request: RankRequest, done: (outcome: RankOutcome) => void): void;
  /**
   * The interest graph of anybody, as of the calls before. Counts as a `rank`: rejects with `OverloadedError` when as many wait as may,
   * and with `MergedError`.
   */
  graph(user: UserKey): Promise<UserGraph>;
  /** All that is kept of anybody, piece by piece, each read when it is asked for. Throws when a shard does not answer. */
  exportOf(user: UserKey): AsyncIterable<ExportPiece>;
  /**
   * Keeps how much the user wants of an interest; their next lists know it. Resolves when that is durable, with their graph; rejects as
   * `graph`. Of an interest that they do not have nothing is kept. `value` is a `TUNE`.
   */
  tune(user: UserKey, tuning: { readonly interest: number; readonly value: number }): Promise<UserGraph>;
  /**
   * Keeps what a user allows, and makes the lists of their slots anew by it; with nothing said it only asks. Resolves when that is durable,
   * with all they allow; rejects as `graph`. It counts for every event and question that comes after the call; of an open user what it
   * takes back does so also when it rejects.
   */
  consent(user: UserKey, said: SaidConsent): Promise<Consent>;
  /** Keeps what a client says of its user (`UserFacts.attributes`), in the place of what it said before. Resolves when that is durable; rejects as `graph`. */
  attributes(user: UserKey, attributes: string): Promise<void>;
  /**
   * Adds a graph that came from elsewhere to a user's, once for each `source`; nothing of it for who lets nothing be kept. Resolves when
   * that is durable; rejects as `graph`.
   */
  importGraph(user: NamedKey, imported: ImportedGraph): Promise<void>;
  /**
   * From now on these are the segments, in the place of those before. Who is in them is found in the background, and `moved` hears of
   * each user who comes into one or leaves it, once at least: a crash may tell it again. In a cluster it hears of those whom this node
   * answers for, and each node defines the same.
   */
  defineSegments(segments: PostedSegments, moved: (move: SegmentMove) => void): void;
  /** How many are in which segment. Rejects when a shard does not answer. */
  segmentCounts(): Promise<SegmentCounts>;
  /** Long-term interests of the shoppers in memory, without names, some at a time; one such sample at once. Throws when a shard does not answer. */
  longTermPages(): AsyncGenerator<LongTermPage>;
  /** Names of the named users of a segment, some at a time, each read when it is asked for. Throws when a shard does not answer. */
  membersOf(segment: number): AsyncGenerator<readonly string[]>;
  /** Named users who are about to be lost, by their names, some at a time, each read when it is asked for; none where the model does not know of so many days. Throws when a shard does not answer. */
  usersAtRisk(asked: Omit<AtRiskAsked, 'after'>): AsyncGenerator<readonly UserAtRisk[]>;
  /** A consent that its caller refuses: what it takes back of an open user counts for all that comes after the call. */
  withdraw(user: UserKey, said: SaidConsent): void;
  /**
   * Resolves when all that were taken are durable; outcomes in the order given. They are handed over in bites, so that any
   * number may come at once. Rejects with `OverloadedError` when there was no room for the first bite, and with `MergedError`.
   */
  eventsFor(user: UserKey, events: readonly ShardEvent[]): Promise<EventOutcome[]>;
  /**
   * Which of these keys (`ShardEvent.eventId`) were used within their retention, by a user or by a visitor who may have been
   * merged since. Resolves when those events are durable.
   */
  knownEvents(user: UserKey, eventIds: readonly string[]): Promise<boolean[]>;
  /** Merges a visitor into a named user, once; resolves with false when there was nothing to merge (any more). */
  merge(visitor: VisitorKey, into: NamedKey): Promise<boolean>;
  /**
   * Erases a user, and the visitors who were merged into them: nothing of them can be read any more when it resolves, in no copy of the
   * folder either where it is encrypted. Also of somebody of whom nothing is known.
   */
  erase(user: UserKey): Promise<Erased>;
  /** A snapshot of every shard under `folder`, made while they serve. */
  snapshot(folder: string): Promise<readonly SnapshotEntry[]>;
  /**
   * Items have changed in shared memory: a new list follows of every subscribed slot that holds one of them, and of every one
   * that such an item may enter: because the slot's filter tests what has changed, because its list has room, or because an
   * item that has arrived is like what the user clicked last. Events go first. Others see the change with their next event.
   */
  catalogueChanged(change: CatalogueChange): void;
  /** Name of the serving model, as in `welcome.model`. */
  readonly model: string;
  /**
   * Replaces the model while it serves; resolves when every shard serves with the new one, its users' states rebuilt, and new
   * lists are on their way. A list is of one model, and a user's lists never go back to the old one. Rejects when a shard
   * cannot load it or gets no sound answer from it: the old one goes on. One at a time. The vectors stay the caller's. In a cluster it
   * resolves when all nodes that are there serve with it, which make it anew of `source`, and rejects when one cannot.
   */
  swapModel(model: PostedModel, source: ModelSource): Promise<void>;
  /** `taker` makes models ready that another node of a cluster has chosen; there is one. */
  takeModels(taker: ModelTaker): void;
  /** The newest journal records of all shards, about `events` events of each; the caller owns the bytes. */
  recentRecords(events: number): Promise<readonly Uint8Array[]>;
  /** Journal events that shards rebuilding user states have before them, over all shards; 0 when none does. */
  readonly rebuildBehind: number;
  /** How long the threads of the shards have worked and rested, by shard. */
  readonly loops: readonly LoopTimes[];
  /** True while a shard's disk is full: what was taken waits, and further events are turned away. */
  readonly waitsForDisk: boolean;
  /** What the shard with the most to do leaves out because of it: 0 nothing to 4, which is when it refuses (`shards/overload`). */
  readonly shedLevel: number;
  /** How each shard is, and what it has set aside. */
  reports(): readonly ShardReport[];
  /** Events and ranks that were taken and are not answered yet; an event is answered when it is durable. */
  readonly unanswered: number;
  /** A stop under way, or to come, leaves out what the next start makes up for from the journal. */
  halt(): void;
  /** Flushes states, commits, ends the threads. */
  stop(): Promise<void>;
}
