/**
 * The wire messages of contract version 1 (docs/PROTOCOL.md). Types only: they are shared by the gateway, the SDK and the
 * load generator, and compile to nothing. Every message is one map with a `t`.
 */

/** The GA4 event names the contract takes, plus `rate_item`, `dismiss_item` and `review`. The position is the code on inner paths. */
export const EVENT_NAMES = [
  'view_item_list',
  'select_item',
  'view_item',
  'add_to_wishlist',
  'add_to_cart',
  'remove_from_cart',
  'begin_checkout',
  'purchase',
  'refund',
  'search',
  'view_promotion',
  'select_promotion',
  'rate_item',
  'dismiss_item',
  'review',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

/** One comparison on one attribute; several members must all hold. */
export interface FilterTest {
  readonly eq?: string | number | boolean;
  readonly ne?: string | number | boolean;
  readonly in?: readonly (string | number | boolean)[];
  readonly nin?: readonly (string | number | boolean)[];
  readonly lt?: number;
  readonly lte?: number;
  readonly gt?: number;
  readonly gte?: number;
  readonly exists?: boolean;
}

/**
 * A filter over item attributes (also `price`, `category`, `brand`): every member must hold; `any`, `all` and `not`
 * combine filters. A bare scalar means equality. A list attribute matches when one of its members does.
 */
export interface Filter {
  readonly any?: readonly Filter[];
  readonly all?: readonly Filter[];
  readonly not?: Filter;
  readonly [attribute: string]:
    | FilterTest
    | string
    | number
    | boolean
    | Filter
    | readonly Filter[]
    | undefined;
}

export type ExcludeSeen = 'none' | 'purchased' | 'viewed';

/** What a page asks for one place on it. */
export interface Slot {
  readonly slot: string;
  /** Items in the list, 1..100; 20 when absent. */
  readonly k?: number;
  readonly filter?: Filter;
  /** Item ids that must not appear. */
  readonly exclude?: readonly string[];
  readonly excludeSeen?: ExcludeSeen;
  /** 0 (by score alone, the default) .. 1 (as varied as possible). */
  readonly diversity?: number;
  /** True asks for `reasons`. */
  readonly explain?: boolean;
  /** What a tile shows of an item, sent as `items` beside the ids: names of fields of an item, or of attributes. */
  readonly fields?: readonly string[];
  /** At most so many new items enter the list per event (R5); unlimited when absent. */
  readonly maxMoves?: number;
  /** The list changes at most once in so many ms (R5); 0 when absent. */
  readonly minIntervalMs?: number;
}

/** What the shopper says that they allow; what is left out stays as it was. */
export interface SaidConsent {
  /** Their lists come from what is kept of them; without it, from the page and from trends alone. */
  readonly personalise?: boolean;
  /** What they do is kept and learned from; without it nothing of an event is, but that its number was taken. */
  readonly learn?: boolean;
}

/** Scalars by name, 16 at most. */
export type Attributes = { readonly [name: string]: string | number | boolean };

export interface Hello {
  readonly t: 'hello';
  readonly user?: string;
  readonly token?: string;
  readonly session?: string;
  readonly device?: string;
  readonly slots?: readonly Slot[];
  readonly resume?: { readonly session: string; readonly seq: number };
  /** Counts before anything else of the connection does. */
  readonly consent?: SaidConsent;
  /** What the page knows of the shopper, such as a country, for segments; takes the place of what was said before. */
  readonly attributes?: Attributes;
}
export interface Event {
  readonly t: 'event';
  /** Counts up from 1 in a session. */
  readonly seq: number;
  readonly e: EventName;
  readonly item?: string;
  readonly items?: readonly string[];
  /** Epoch ms; the server's clock when absent. */
  readonly ts?: number;
  readonly value?: number;
  readonly quantity?: number;
  readonly query?: string;
  /** What a `review` says in words. It is judged and not kept. */
  readonly text?: string;
  /** The slot whose list was clicked, and the `rev` of that list. */
  readonly slot?: string;
  readonly list?: number;
  /** Name of the campaign that led to the event, or that the event shows: from then on the shopper has seen it. */
  readonly campaign?: string;
  /** W3C Trace Context: the trace that the click belongs to. One that breaks its rules counts as absent. */
  readonly traceparent?: string;
}
/** What a list is made around in place of the shopper. */
export type RecommendHow = 'similar' | 'together' | 'trending' | 'new';
export interface Recommend extends Partial<Slot> {
  readonly t: 'recommend';
  readonly id: string | number;
  readonly how?: RecommendHow;
  /** With `similar` and `together`: the item that the list is around. */
  readonly item?: string;
  /** As in `event`. */
  readonly traceparent?: string;
}
/** A candidate, and what a click on it is worth: a prior, a price, a bid. */
export interface Candidate {
  readonly id: string;
  /** 0 or more; 1 when absent. */
  readonly value?: number;
}
export interface Rank {
  readonly t: 'rank';
  readonly id: string | number;
  readonly slot?: string;
  readonly candidates: readonly (string | Candidate)[];
  readonly k?: number;
  readonly tmaxMs?: number;
  readonly filter?: Filter;
  readonly exclude?: readonly string[];
  readonly explain?: boolean;
  /** As in a slot. */
  readonly fields?: readonly string[];
  /** As in `event`. */
  readonly traceparent?: string;
}
export interface Subscribe {
  readonly t: 'subscribe';
  /** Comes back in the `error` when the slots are refused. */
  readonly id?: string | number;
  readonly slots: readonly Slot[];
}
export interface Unsubscribe {
  readonly t: 'unsubscribe';
  readonly slots: readonly string[];
}
export interface Identify {
  readonly t: 'identify';
  readonly id: string | number;
  readonly user: string;
  readonly token?: string;
}
/** A new token in place of the one that ends. The session goes on. */
export interface Token {
  readonly t: 'token';
  readonly token: string;
}
/** Says what the shopper allows. Answered by `consented` when it is durable; lists follow. */
export interface SayConsent {
  readonly t: 'consent';
  readonly id?: string | number;
  /** As in `SaidConsent`, both. */
  readonly personalise?: boolean;
  readonly learn?: boolean;
}
/** Asks for the interests of whom the connection speaks for. Answered by `profile`. */
export interface AskProfile {
  readonly t: 'profile';
  readonly id: string | number;
}
/** Says how much of an interest they want. Answered by `profile` when it is durable; lists follow. */
export interface Tune {
  readonly t: 'tune';
  readonly id: string | number;
  /** Its id in `profile`. */
  readonly interest: number;
  readonly value: TuneValue;
}
/** Asks for the graph of whom the connection speaks for. Answered by `graph`. */
export interface AskGraph {
  readonly t: 'graph';
  readonly id: string | number;
}
export interface Ping {
  readonly t: 'ping';
  readonly id?: string | number;
}
export type ClientMessage =
  | Hello
  | Event
  | Recommend
  | Rank
  | Subscribe
  | Unsubscribe
  | Identify
  | Token
  | AskGraph
  | AskProfile
  | Tune
  | SayConsent
  | Ping;

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
/** `never`: items of the interest are in no list of theirs; `normal` takes back what was said. */
export const TUNE_VALUES = ['more', 'less', 'never', 'normal'] as const;
export type TuneValue = (typeof TUNE_VALUES)[number];
/**
 * `new`: it began a few clicks ago; `back`: touched again after a week or more; `growing` and `fading`: its share is above or below what
 * it was over the last clicks; `steady`.
 */
export type Trend = 'new' | 'back' | 'growing' | 'fading' | 'steady';

/** The user's interests: communities of their graph. */
export interface Profile {
  readonly t: 'profile';
  readonly id: string | number;
  /** Epoch ms: what shares and strengths are as of. */
  readonly atMs: number;
  /** Probability that the running session buys, 0..1; 1 once it has. Absent between sessions, and where the model does not know. */
  readonly buys?: number;
  /** Ids of the segments that the shopper is in; absent for none. */
  readonly segments?: readonly string[];
  /** The strongest first. */
  readonly interests: readonly Interest[];
}
export interface Interest {
  /** Stays while the interest lives, from click to click and over restarts. */
  readonly id: number;
  /** From its categories and words; '' when nothing of it has a name. */
  readonly name: string;
  /** Words of its searches and titles that it is known by, the strongest first; three at most. */
  readonly words: readonly string[];
  readonly categories: readonly string[];
  /** What most of its items have in common, the commonest first; four at most. */
  readonly attributes: readonly InterestAttribute[];
  /** Share of the weight of all interests, 0..1; 0 for one that is gone, of which they said something. */
  readonly share: number;
  /** Weight of its nodes, as in `graph`. */
  readonly strength: number;
  readonly trend: Trend;
  readonly tune: TuneValue;
  /** Epoch ms of the last touch; absent for one that is gone. */
  readonly lastMs?: number;
  /** Ids of its items, the strongest first. */
  readonly items: readonly string[];
}
export interface InterestAttribute {
  readonly name: AttributeName;
  readonly value: string;
  /** Part of the weight of the interest's items that have it, 0..1. */
  readonly share: number;
}
/** The user's interest graph. */
export interface Graph {
  readonly t: 'graph';
  readonly id: string | number;
  /** Epoch ms: what weights are as of. */
  readonly atMs: number;
  readonly nodes: readonly WireNode[];
  readonly edges: readonly WireEdge[];
}
export interface WireNode {
  /** Of an item its id; of others their kind, a colon and their name. */
  readonly id: string;
  readonly kind: NodeKind;
  /** Title of an item that is in the catalogue; category, brand, search text, or the value of an attribute. */
  readonly name?: string;
  /** Of an attribute: which one. */
  readonly attribute?: AttributeName;
  /** How much speaks for it now; below 0: against. */
  readonly weight: number;
  /** Epoch ms of the first touch, to the second; absent: not known any more. */
  readonly firstMs?: number;
  readonly lastMs: number;
  /** Id of the interest that it belongs to; absent: to none. */
  readonly interest?: number;
}
export type NodeKind = 'item' | 'category' | 'brand' | 'term' | 'attribute';
/** What titles tell of items where the shop's data says nothing of that name. */
export type AttributeName = 'colour' | 'material' | 'size' | 'brand' | 'pieces';
export interface WireEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** How often `to` followed `from`, faded. */
  readonly weight: number;
  /** Epoch ms of the last time. */
  readonly lastMs: number;
}
/** `next`: clicked after it; `of`: an item and its category, brand or attribute; `found`: clicked after this search. */
export type EdgeKind = 'next' | 'of' | 'found';
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
 * items that are not in the catalogue; `field_unknown`: a field that is ignored, and nearly one of the contract.
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
