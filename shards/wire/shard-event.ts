/** An event, checked, with names resolved. */
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
}
