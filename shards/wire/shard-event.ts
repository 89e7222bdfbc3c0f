/**
 * An event of a user as the shards take it: the gateway has checked it, and has resolved item ids to indices of the
 * catalogue. It belongs to whoever made it and is not changed; a shard gets a copy.
 */
export interface ShardEvent {
  /** 0 for events without a session (HTTP); these need `eventId`. */
  readonly seq: number;
  readonly eventId?: string;
  /** `EVENT_KIND`. */
  readonly kind: number;
  readonly tsMs: number;
  /** Item indices; empty for a search. */
  readonly items: readonly number[];
  readonly value: number;
  readonly quantity: number;
  /** Search text, normalised; '' when none. */
  readonly query: string;
  /** Items that match the search text best, for a `search` event. */
  readonly hits?: Int32Array;
  /** Name of the campaign that led to it; absent for none. */
  readonly campaign?: string;
}
