import type { LongTermPage } from '../clusters/long-term-sample.js';
import type { Interaction } from '../graph/interactions/interaction-graph.js';
import type { Consent, SaidConsent } from '../graph/user-consent.js';
import type { ImportedNode } from '../graph/interest/import-graph.js';
import type { UserGraph } from '../graph/user-graph.js';
import type { JournalEvent } from '../store/journal-entry.js';
import type { SessionRow } from '../store/shard-states.js';
import type { PostedSegments, SegmentCount } from '../graph/segment-rule.js';
import type { AtRiskAsked, AtRiskPage } from '../graph/return-risk.js';
import type { PostedModel } from './posted-model.js';
import type { RankAnswer, RankRequest, ShardList, SlotDefinition } from './slot-lists.js';
import type { ShardEvent } from './shard-event.js';

/**
 * Everything a shard is told, and everything it says, as one union each. Events travel packed (`thread-batch.ts`); the
 * others are rare and travel as they are. `call` numbers a question; the reply carries the same number.
 */
export type ShardCall =
  | {
      readonly op: 'open';
      readonly call: number;
      readonly channel: number;
      readonly user: string;
      readonly session: number;
      readonly sessionId: string;
      /** True: the answer waits until what was applied is durable, so that its `seq` is exact. */
      readonly isExact: boolean;
      /** Whoever opens it has the session's events up to this one, and sends again what is not durable: they are not waited for for long. */
      readonly sent?: number;
      /** True: only a session that the user has had before is opened; `failed` answers for any other. */
      readonly isKnown?: boolean;
    }
  | { readonly op: 'close'; readonly channel: number; readonly session: number }
  /** Forgets a channel; its slots go with it. */
  | { readonly op: 'release'; readonly channel: number }
  | { readonly op: 'subscribe'; readonly channel: number; readonly slots: readonly SlotDefinition[] }
  /** As `subscribe` of slots that are defined; their new lists are no hurry, and come in bites. */
  | { readonly op: 'redefine'; readonly channel: number; readonly slots: readonly SlotDefinition[] }
  | { readonly op: 'unsubscribe'; readonly channel: number; readonly names: readonly string[] }
  /** Somebody more looks at slots that are defined: either a new list comes anyway, or `current` is said of the last one. */
  | { readonly op: 'current'; readonly channel: number; readonly names: readonly string[] }
  /** `session` 0 and `call` > 0 for an event that came without a session. */
  | {
      readonly op: 'event';
      readonly channel: number;
      readonly session: number;
      readonly event: ShardEvent;
      readonly call: number;
    }
  | { readonly op: 'rank'; readonly call: number; readonly channel: number; readonly request: RankRequest }
  /** As `rank`, for a user who need not be open; answered with `merged` for a visitor who is another user's. */
  | { readonly op: 'rankFor'; readonly call: number; readonly user: string; readonly request: RankRequest }
  /** The graph of a user who need not be open, as of the calls before; answered with `merged` as `rankFor`. */
  | { readonly op: 'graph'; readonly call: number; readonly user: string }
  /** What the journal has of these users from a position on (`ExportWanted`), a page of it; `wantsState` asks for what is stored of the first of them besides. */
  | {
      readonly op: 'export';
      readonly call: number;
      readonly users: readonly string[];
      readonly since: readonly number[];
      readonly from: number;
      readonly wantsState: boolean;
    }
  /** Keeps what a user said of an interest, and makes their lists anew; answered with their `graph` when it is durable, which stays as it was for an interest that is not there. */
  | {
      readonly op: 'tune';
      readonly call: number;
      readonly user: string;
      readonly interest: number;
      /** See `TUNE`. */
      readonly value: number;
    }
  /** Keeps what a user allows; answered with all they allow (`consent`) when it is durable, or with `merged` as `rankFor`. */
  | { readonly op: 'consent'; readonly call: number; readonly user: string; readonly said: SaidConsent }
  /** Keeps what a client says of its user (`UserFacts.attributes`); answered with `done` when it is durable, or with `merged` as `rankFor`. */
  | { readonly op: 'attributes'; readonly call: number; readonly user: string; readonly attributes: string }
  /** Adds a graph that came from elsewhere to a user's, once for each `source`; answered with `done` when it is durable. */
  | {
      readonly op: 'import';
      readonly call: number;
      readonly user: string;
      /** A text that nobody guesses, of the user and what is imported. */
      readonly source: string;
      readonly nodes: readonly ImportedNode[];
    }
  /** All parts of a merge, by the node that serves the visitor. Between nodes: a shard fails it, for its partition has come here meanwhile. */
  | { readonly op: 'join'; readonly call: number; readonly user: string; readonly into: string }
  /**
   * First part of a merge: from now on the visitor is `into`'s; durable when answered, with their state and the seq of their session. A visitor
   * of whom there is nothing stays who they are, unless `closes`.
   */
  | {
      readonly op: 'give';
      readonly call: number;
      readonly user: string;
      readonly into: string;
      readonly closes?: boolean | undefined;
    }
  /** Second part, on the shard of the named user; durable when answered. */
  | {
      readonly op: 'merge';
      readonly call: number;
      readonly from: string;
      readonly into: string;
      readonly state: Uint8Array | undefined;
      readonly sessions: readonly SessionSeq[];
      readonly eventIds: readonly string[];
    }
  /** Last part: the visitor is gone, and their name points to the named user; durable when answered. */
  | { readonly op: 'forget'; readonly call: number; readonly user: string; readonly to: string }
  /** Which idempotence keys of a user, or of a visitor who may have been merged, were used; what is said is durable. */
  | {
      readonly op: 'seen';
      readonly call: number;
      readonly user: string;
      readonly eventIds: readonly string[];
    }
  /** Visitors who are a user's, or about to be. */
  | { readonly op: 'visitorsOf'; readonly call: number; readonly user: string }
  /** Whose a visitor is, or is about to be. */
  | { readonly op: 'whose'; readonly call: number; readonly user: string }
  /** Nothing is left of a user here; durable when answered. */
  | { readonly op: 'erase'; readonly call: number; readonly user: string }
  /** Merges that were begun here and not ended, as a crash of the process leaves them. */
  | { readonly op: 'unfinished'; readonly call: number }
  | {
      readonly op: 'learn';
      readonly item: number;
      readonly atMs: number;
      readonly session: number;
      readonly before: readonly number[];
    }
  /**
   * Rows of items have changed, and the columns that differ in one of them (numbered as in a `CompiledFilter`); `arrived` may be
   * recommended now and could not before. The lists that this concerns are made anew, in bites.
   */
  | {
      readonly op: 'changed';
      readonly items: Int32Array;
      readonly arrived: Int32Array;
      readonly columns: readonly number[];
    }
  /** From now on these are the segments; who is in them is found in bites. */
  | ({ readonly op: 'segments' } & PostedSegments)
  /** How many are in which segment. */
  | { readonly op: 'segmentCounts'; readonly call: number }
  /** The next page of the long-term interests of shoppers, without names; `isFirst` begins a sample, in the place of any other. */
  | { readonly op: 'longTerm'; readonly call: number; readonly isFirst: boolean }
  /** The next page of the named users of a segment; `stream` tells those apart who ask. */
  | {
      readonly op: 'members';
      readonly call: number;
      readonly segment: number;
      readonly stream: number;
      readonly isFirst: boolean;
    }
  /** The next of the named users who are about to be lost. */
  | ({ readonly op: 'atRisk'; readonly call: number } & AtRiskAsked)
  /** New lists of all open users, in bites. */
  | { readonly op: 'relist' }
  /** Every shard has loaded its pages: trends and popularity can be ordered over all of them. */
  | { readonly op: 'order' }
  | { readonly op: 'snapshot'; readonly call: number; readonly folder: string }
  /** A snapshot of this partition, now, where its cluster keeps them. Between nodes. */
  | { readonly op: 'keep'; readonly call: number }
  /** Loads a model, lets it answer, and rebuilds the states of all users with it; answered with `done` when they are caught up. */
  | { readonly op: 'prepare'; readonly call: number; readonly model: PostedModel }
  /** The model serves from now on; durable when answered. */
  | { readonly op: 'adopt'; readonly call: number; readonly model: PostedModel }
  /** Gives up what was prepared. */
  | { readonly op: 'discard'; readonly call: number }
  /** The last journal records that hold `events` events. */
  | { readonly op: 'recent'; readonly call: number; readonly events: number }
  | { readonly op: 'stop' };

export type OpenCall = Extract<ShardCall, { op: 'open' }>;
export type EventCall = Extract<ShardCall, { op: 'event' }>;
/** A question for a user's graph that waits for their turn. */
export type AskedGraph = Omit<Extract<ShardCall, { op: 'graph' }>, 'user'> & { readonly channel: number };
/** What a user says of an interest, on its way to their turn. */
export type AskedTune = Omit<Extract<ShardCall, { op: 'tune' }>, 'user'> & { readonly channel: number };
/** What a user allows, on its way to their turn. */
export type AskedConsent = Omit<Extract<ShardCall, { op: 'consent' }>, 'user'> & { readonly channel: number };
/** What a client says of its user, on its way to their turn. */
export type AskedAttributes = Omit<Extract<ShardCall, { op: 'attributes' }>, 'user'> & {
  readonly channel: number;
};
/** A `rank` or `recommend` as the shard is asked for it. */
export type AskedRank = Extract<ShardCall, { op: 'rank' }>;

/** The last applied event of a session. */
export interface SessionSeq {
  readonly sessionId: string;
  readonly seq: number;
}

/** A merge that is not over: the key of the visitor, and that of the named user. */
export interface BegunMerge {
  readonly visitor: string;
  readonly into: string;
}

export type ShardReply =
  | {
      readonly op: 'opened';
      readonly call: number;
      /** Last durable event of the session. */
      readonly seq: number;
      /** Last event that was applied; `seq` where it is not told. */
      readonly applied?: number;
      readonly rev: number;
      /** True: the user is a visitor who was merged, and nothing was opened. `seq` is the last of their session. */
      readonly isMerged: boolean;
    }
  | { readonly op: 'taken'; readonly call: number; readonly outcome: 'applied' | 'duplicate' | 'not_kept' }
  | { readonly op: 'ranked'; readonly call: number; readonly answer: RankAnswer }
  | { readonly op: 'merged'; readonly call: number }
  | { readonly op: 'graph'; readonly call: number; readonly graph: UserGraph }
  | { readonly op: 'consent'; readonly call: number; readonly consent: Consent }
  | {
      readonly op: 'exported';
      readonly call: number;
      readonly events: readonly JournalEvent[];
      /** See `ExportPage`. */
      readonly times: readonly number[];
      readonly visitors: readonly string[];
      readonly removals: readonly { readonly user: string; readonly end: number }[];
      readonly next: number | undefined;
      readonly sessions: readonly SessionRow[];
      readonly state: Uint8Array | undefined;
    }
  /** `into` is undefined when there is nothing to merge (any more), and otherwise whose the visitor is, whoever was asked for. */
  | {
      readonly op: 'given';
      readonly call: number;
      readonly into: string | undefined;
      /** Whose the visitor is when there is nothing to merge, and they do not stay who they are. */
      readonly owner?: string | undefined;
      readonly state: Uint8Array | undefined;
      readonly sessions: readonly SessionSeq[];
      readonly eventIds: readonly string[];
    }
  | { readonly op: 'seen'; readonly call: number; readonly seen: readonly boolean[] }
  | { readonly op: 'unfinished'; readonly call: number; readonly merges: readonly BegunMerge[] }
  | { readonly op: 'visitorsOf'; readonly call: number; readonly visitors: readonly string[] }
  /** `user` is undefined for a visitor who is nobody's. */
  | { readonly op: 'whose'; readonly call: number; readonly user: string | undefined }
  | { readonly op: 'recent'; readonly call: number; readonly records: readonly Uint8Array[] }
  | { readonly op: 'done'; readonly call: number }
  | {
      readonly op: 'segmentCounts';
      readonly call: number;
      /** Of the segments that were defined last. */
      readonly revision: number;
      readonly counts: readonly SegmentCount[];
      /** False until all users have been looked at since the start, or since a segment changed. */
      readonly isComplete: boolean;
    }
  | { readonly op: 'longTerm'; readonly call: number; readonly page: LongTermPage }
  | {
      readonly op: 'members';
      readonly call: number;
      readonly users: readonly string[];
      readonly isLast: boolean;
    }
  | { readonly op: 'atRisk'; readonly call: number; readonly page: AtRiskPage }
  /** Nobody asked (`call` is 0): a user, by their key, came into segments and left some. Told at least once. */
  | ({ readonly op: 'moved'; readonly call: 0 } & SegmentMove)
  /** Nobody asked: nobody speaks any more for whoever has the channel. They are `into`'s now; undefined: they are being erased. Between nodes. */
  | { readonly op: 'left'; readonly call: 0; readonly channel: number; readonly into: string | undefined }
  /** True when the visitor has become the user's by this. */
  | { readonly op: 'joined'; readonly call: number; readonly isMerged: boolean }
  | { readonly op: 'failed'; readonly call: number; readonly message: string }
  | { readonly op: 'snapshot'; readonly call: number; readonly entry: SnapshotEntry }
  | { readonly op: 'kept'; readonly call: number; readonly snapshot: KeptSnapshot };

/** A user who came into segments, or left some. */
export interface SegmentMove {
  /** Their key: of a visitor it has the secret of their session. */
  readonly user: string;
  /** Numbers of segments. */
  readonly entered: readonly number[];
  readonly left: readonly number[];
  /** Epoch ms. */
  readonly atMs: number;
}

/** Where a shard's answers go. Arrays and objects are borrowed for the length of the call. */
export interface ShardSink {
  applied(session: number, seq: number): void;
  /** `fromUs` and `toUs`: when the commit was handed over, and when it was durable; 0 for what was durable before. */
  durable(session: number, seq: number, fromUs: number, toUs: number): void;
  refused(session: number, seq: number, expected: number): void;
  list(channel: number, slot: string, list: ShardList): void;
  /** The list of the slot that was sent last holds, and contains every event for which `applied` was called. */
  current(channel: number, slot: string): void;
  learn(click: Interaction): void;
  reply(reply: ShardReply): void;
  /** Answers of a round follow: when it began, when the graphs held its events, and when the model was through; `Clock.nowUs`. */
  stepped(startedUs: number, graphUs: number, modelUs: number): void;
  /**
   * They have been given: they leave at once, the disk and the rounds behind it wait.
   * @param scoringUs how long finding and scoring candidates took.
   */
  answered(scoringUs: number, nowUs: number): void;
}

/** A snapshot of a partition that its cluster keeps, read back when it was made. */
export interface KeptSnapshot {
  /** The partition. */
  readonly shard: number;
  /** Epoch ms. */
  readonly madeAtMs: number;
  /** Journal position after the last entry that it holds. */
  readonly journalEnd: number;
  readonly bytes: number;
}

export interface SnapshotEntry {
  readonly shard: number;
  readonly folder: string;
  readonly users: number;
  readonly journalEnd: number;
  readonly bytes: number;
  readonly sha256: string;
}
