import type { EventName } from '../../gateway/protocol/messages.js';

/** One recorded event, whichever shop it is from. */
export interface RecordedEvent {
  readonly user: string;
  /** What the shop grouped events by: an invoice or a visit. */
  readonly session: string;
  readonly item: string;
  readonly e: EventName;
  /** Epoch ms; NaN where the recording has no times. */
  readonly tsMs: number;
  readonly quantity?: number;
  /** Money, of all units together. */
  readonly value?: number;
}

/** One item of the recorded shop, as `PUT /v1/items` takes it. */
export interface RecordedItem {
  readonly id: string;
  readonly title?: string;
  readonly price?: number;
  readonly category?: string;
  readonly brand?: string;
  readonly createdMs?: number;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** What is played: the items of a shop, and its events in time order. */
export interface Recording {
  readonly items: readonly RecordedItem[];
  readonly events: readonly RecordedEvent[];
}
