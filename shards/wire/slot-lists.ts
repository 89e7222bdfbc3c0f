import type { CompiledFilter } from '../../model/catalogue/shared-catalogue.js';

/**
 * The slots that users subscribe to, and the lists that fill them, as they pass between the gateway's thread and the shards.
 * Items are indices of the catalogue, never ids; scores are those of the model that made the list.
 */

/** One slot of a user. `name` identifies it: a later definition replaces the earlier one on all connections of the user. */
export interface SlotDefinition {
  readonly name: string;
  readonly k: number;
  readonly filter?: CompiledFilter;
  /** Numbers of segments: the list is for those who are in one of them, and empty for others. */
  readonly segments?: readonly number[] | undefined;
  /** The filter tests `kind`: what leads from the user's interests to items of other kinds is looked at. */
  readonly crossesKinds?: boolean | undefined;
  /** Item indices. */
  readonly exclude?: Int32Array;
  /** 0 none, 1 purchased, 2 viewed (and purchased). */
  readonly excludeSeen: 0 | 1 | 2;
  readonly diversity: number;
  readonly explain: boolean;
  /** 0: unlimited. */
  readonly maxMoves: number;
  readonly minIntervalMs: number;
}

/** Why an item stands in a list. */
export interface ReasonRow {
  /** Item indices and weights. */
  readonly because: readonly number[];
  readonly weight: readonly number[];
  /** Index into `REASON_SOURCES`. */
  readonly source: number;
  /** What the item's score is the sum of, greatest first; absent with a model that cannot tell. */
  readonly parts?: readonly PartRow[];
}

/** One summand of an item's score in a list. */
export interface PartRow {
  /** Index into `PART_KINDS`. */
  readonly of: number;
  /** Item index of the part of an `item`, −1 for others. */
  readonly item: number;
  readonly score: number;
}

export const REASON_SOURCES = ['interest', 'together', 'similar', 'trend', 'search', 'own', 'new'] as const;

export const PART_KINDS = ['item', 'interest', 'past', 'search', 'trend', 'base', 'list'] as const;

/**
 * When a round passed its stages, `Clock.nowUs` of the shard's thread, which is the gateway's. One for all answers of a round;
 * nobody changes it.
 */
export interface RoundTimes {
  /** It began to take users in. */
  readonly startedUs: number;
  /** The graphs hold the events. */
  readonly graphUs: number;
  /** The model is through. */
  readonly modelUs: number;
  /** How much of what follows was finding and scoring candidates, µs. */
  readonly scoringUs: number;
  /** The answers left. */
  readonly answeredUs: number;
}

/** When a commit was handed to the store, and when it was durable. */
export interface CommitTimes {
  readonly fromUs: number;
  readonly toUs: number;
}

/** A list as the shard computed it. Arrays are the receiver's. */
export interface ShardList {
  readonly items: Int32Array;
  readonly scores: Float32Array;
  /** Unpacked each time they are asked for, when they came from another thread. */
  readonly reasons?: readonly ReasonRow[];
  /** Counts up per user and slot, also across restarts (a hybrid clock: ms since 2025, at least the last one plus one). */
  readonly rev: number;
  readonly model: string;
  /** Of a slot for segments: the first of them that the user is in; 0 for none, and for other slots. */
  readonly segment?: number | undefined;
  /** Of the round that made it; the shard itself says that of a whole round. */
  readonly round?: RoundTimes | undefined;
}

/** Lists that do not begin with the shopper: around an item, or of the whole shop. */
export const RELATIONS = ['similar', 'together', 'trending', 'new'] as const;

/** What a list is made around. */
export interface RelationAsked {
  readonly how: (typeof RELATIONS)[number];
  /** Item index for `similar` and `together`; −1 for the others. */
  readonly item: number;
}

/** What is to be ranked or recommended, for one user. */
export interface RankRequest {
  readonly slot: SlotDefinition;
  /** Candidate indices for `rank`, in the order given; absent for `recommend`. */
  readonly candidates?: Int32Array;
  /** In their place: where the items come from. */
  readonly relation?: RelationAsked;
  /** What a click on a candidate is worth, by index, of those that have a value: they are ordered by `valuedOrder` then. */
  readonly values?: ReadonlyMap<number, number>;
  /** `Clock.nowUs` by which the answer has to leave the shard, the same on all threads of the process; 0: no deadline. */
  readonly deadlineUs: number;
}

/** The answer to a `RankRequest`. `degraded`: the deadline had passed, so the order is one that takes no model. */
export interface RankAnswer extends ShardList {
  readonly degraded: boolean;
  /** What it took of the shard's time, in µs, where that was looked at. */
  readonly shardUs?: number;
}
