import type { ShardCall } from '../wire/calls.js';
import type { JournalEvent } from '../store/journal-record.js';
import type { RankRequest } from '../wire/slot-lists.js';

export type OpenCall = Extract<ShardCall, { op: 'open' }>;
export type EventCall = Extract<ShardCall, { op: 'event' }>;
export type RankCall = Extract<ShardCall, { op: 'rank' }>;

/** A journal event that is applied again; `learns` is false when the interaction graph has it already. */
export interface RecoveredEvent {
  readonly op: 'recovered';
  readonly channel: number;
  readonly event: JournalEvent;
  /** Its place in the journal. */
  readonly position: number;
  readonly learns: boolean;
}

/** Calls that take no row of a round. */
type ChannelCall = Extract<ShardCall, { op: 'close' | 'release' | 'unsubscribe' }>;

/** Calls that wait for a round and keep their order per user. */
export type QueuedCall =
  | EventCall
  | RankCall
  | RecoveredEvent
  | Extract<ShardCall, { op: 'subscribe' }>
  | ChannelCall;

/** True for a call that needs a row of the model's batch: a round takes one such call of each user. */
export function takesRow(call: QueuedCall): boolean {
  return call.op !== 'close' && call.op !== 'release' && call.op !== 'unsubscribe';
}

/** What the call wants ranked; undefined for every call but `rank`. */
export function requestOf(call: QueuedCall): RankRequest | undefined {
  return call.op === 'rank' ? call.request : undefined;
}
