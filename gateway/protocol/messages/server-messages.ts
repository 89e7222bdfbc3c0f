import type { Graph, Profile } from './shopper-insights.js';

/** What `fields` asked for of one item, as far as the catalogue has it. */
export interface Tile {
  readonly id: string;
  readonly [field: string]: string | number | boolean | readonly string[];
}

/** Why an item is in a list: the user's items that speak for it, with weights that sum to at most 1, and where it came from. */
export interface Reason {
  readonly because: readonly string[];
  readonly weight: readonly number[];
  readonly source: ReasonSource;
  /** What the item's score in this list is the sum of, greatest first; absent with a model that cannot tell. */
  readonly parts?: readonly ScorePart[];
}
/** One summand of a score. */
export interface ScorePart {
  readonly of: PartKind;
  /** With `item`: which of the user's. */
  readonly id?: string;
  readonly score: number;
}
/**
 * `item`: an item of the user's session; `interest`: their interest of earlier sessions; `past`: that they bought or touched the
 * item before; `search`: their latest search; `trend`: how popular the item is; `base`: what all users have in common; `list`:
 * what diversity, stability and filling up made of the score.
 */
export type PartKind = 'item' | 'interest' | 'past' | 'search' | 'trend' | 'base' | 'list';

/** `interest`: attention over the user's own graph; `together`: what other shoppers took with or after it; `similar`: item vectors; `trend`; `search`; `own`: the user's own item; `new`: it came last into the catalogue. */
export type ReasonSource = 'interest' | 'together' | 'similar' | 'trend' | 'search' | 'own' | 'new';

export interface WireLimits {
  readonly frameBytes: number;
  readonly slots: number;
  readonly k: number;
  readonly candidates: number;
  readonly itemsPerEvent: number;
  readonly excludes: number;
  readonly fields: number;
}
export interface Welcome {
  readonly t: 'welcome';
  readonly session: string;
  readonly user: string;
  /** The last durable event of this session; 0: none. */
  readonly seq: number;
  /**
   * The session asked for, when this one stands in its place: it went to a named user with its visitor, up to the event `seq`.
   * What came after that is sent again in this session.
   */
  readonly replaced?: { readonly session: string; readonly seq: number };
  readonly rev: number;
  readonly model: string;
  /** In a cluster: the socket address of the node that answers for the user, when it is another one and known. */
  readonly owner?: string;
  readonly idleTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly limits: WireLimits;
}
export interface Recs {
  readonly t: 'recs';
  readonly slot: string;
  readonly rev: number;
  readonly cause: number;
  readonly ids: readonly string[];
  readonly scores: readonly number[];
  readonly reasons?: readonly Reason[];
  readonly model: string;
  /** Of a slot for segments: the first of them that the shopper is in; absent when they are in none, and the list is empty. */
  readonly segment?: string;
  /** With `fields`: of those items of the list that this connection was not told of yet, or that have changed. */
  readonly items?: readonly Tile[];
}
export interface Ack {
  readonly t: 'ack';
  readonly seq: number;
}
export interface Result {
  readonly t: 'result';
  readonly id: string | number;
  readonly slot: string;
  readonly ids: readonly string[];
  readonly scores: readonly number[];
  readonly reasons?: readonly Reason[];
  /** Candidates of `rank` that are not in the catalogue; they stand last in `ids` as well. */
  readonly unknown?: readonly string[];
  /** As in `recs`. */
  readonly segment?: string;
  /** With `fields`: of all items of `ids` that are in the catalogue. */
  readonly items?: readonly Tile[];
  readonly degraded: boolean;
  readonly tookUs: number;
  readonly rev: number;
  readonly model: string;
}
/** Answers `identify`: the connection now speaks for `user`. */
export interface Identified {
  readonly t: 'identified';
  readonly id: string | number;
  readonly user: string;
  readonly merged: boolean;
}
/** Answers `consent`: all that the shopper allows. */
export interface Consented {
  readonly t: 'consented';
  readonly id?: string | number;
  readonly personalise: boolean;
  readonly learn: boolean;
}
export interface WireError {
  readonly t: 'error';
  readonly code: ErrorCode;
  readonly message: string;
  readonly seq?: number;
  /** With `seq_gap` and `seq_taken`: the `seq` the session expects next. */
  readonly expected?: number;
  readonly id?: string | number;
  readonly retryAfterMs?: number;
}
/** What the client is to know and did not ask. */
export interface Notice {
  readonly t: 'notice';
  readonly code: NoticeCode;
  readonly message: string;
  /** Epoch ms: when the token ends; absent: it does not. */
  readonly endsMs?: number;
  /** Of the event that it is about. */
  readonly seq?: number;
  /** Of the call that it is about. */
  readonly id?: string | number;
  /** Items of an event that are not in the catalogue. */
  readonly unknown?: readonly string[];
}
/**
 * `token_ending`: send a new one; `token_renewed`: the new one counts; `items_left_out`: an event was taken without those of its
 * items that are not in the catalogue; `field_unknown`: a field that is ignored, and nearly one of the message's own or one that belongs elsewhere.
 */
export type NoticeCode = 'token_ending' | 'token_renewed' | 'items_left_out' | 'field_unknown';
export interface Pong {
  readonly t: 'pong';
  readonly id?: string | number;
}
export interface Bye {
  readonly t: 'bye';
  readonly code: number;
  readonly reason: string;
  readonly reconnect: 'never' | 'backoff' | 'now';
}
export type ServerMessage =
  | Welcome
  | Recs
  | Ack
  | Result
  | Identified
  | Graph
  | Profile
  | Consented
  | WireError
  | Notice
  | Pong
  | Bye;

/**
 * Stable codes of `error`. A refused event is not applied and does not use up its `seq`: the next event takes the same
 * number (D3 counts accepted events alone).
 */
export const ERROR_CODES = [
  'malformed', // not one map, or bytes that do not decode
  'unknown_message', // `t` is not in the contract
  'invalid_field', // a known field of the wrong type, out of range or over a limit
  'hello_expected', // anything but `hello` came first
  'hello_repeated', // a second `hello` on one connection
  'unknown_item', // an event names an item that is not in the catalogue
  'seq_gap', // `seq` skips ahead; `expected` says which one is missing
  'seq_taken', // another event of the session has this `seq`; `expected` is the next free one
  'ts_out_of_range', // more than 5 minutes ahead or 30 days behind
  'too_many', // slots, candidates, items or excludes over the announced limit
  'overloaded', // the shard's queue is full; try again after `retryAfterMs`
  'not_authenticated', // there is no token, or one that is not valid
  'not_allowed', // the token does not allow it, or speaks for somebody else
  'session_merged', // over HTTP: the session went to a named user with its visitor
  'shard_restarting', // the user's shard is being restarted; resend after `retryAfterMs`
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];
