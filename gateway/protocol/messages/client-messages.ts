import type { TuneValue } from './shopper-insights.js';

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
  readonly resume?: { readonly session: string; readonly seq: number; readonly sent?: number };
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
