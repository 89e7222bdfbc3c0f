import { COUNTER } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { Envelope } from './message-reader.js';
import type { Outbox } from './outgoing/outbox.js';
import { CLOSES } from '../protocol/close-codes.js';
import { MALFORMED_TOLERATED } from '../protocol/limits.js';
import type { ErrorCode, WireError } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';

/** When to come back after `overloaded`. */
const RETRY_AFTER_MS = 100;

/** Refusals that say the client does not know the contract; the others can happen to any client. */
const COUNTS_AS_MALFORMED: ReadonlySet<ErrorCode> = new Set([
  'malformed',
  'unknown_message',
  'invalid_field',
  'too_many',
]);

/** Answers what a connection does not carry out, and ends it when it has been sent too much that fits no contract. */
export class Refusals {
  readonly #outbox: Outbox;
  readonly #stats: ThreadStats;
  #malformedCount = 0;

  constructor(outbox: Outbox, stats: ThreadStats) {
    this.#outbox = outbox;
    this.#stats = stats;
  }

  /** A message that is not carried out. */
  message({ code, message }: Problem, { seq, id }: Partial<Envelope> = {}): void {
    this.#say({
      t: 'error',
      code,
      message,
      ...(seq !== undefined && { seq }),
      ...(id !== undefined && { id }),
    });
    if (!COUNTS_AS_MALFORMED.has(code)) return;
    this.#stats.count(COUNTER.messagesMalformed);
    if (++this.#malformedCount > MALFORMED_TOLERATED) this.#outbox.finish(CLOSES.malformed);
  }

  /** An event that fits the contract and is not applied. */
  event({ code, message }: Problem, seq: number): void {
    this.#sayOfEvent({ t: 'error', code, message, seq });
  }

  /** An event that skips ahead (D3). */
  gap(seq: number, expected: number): void {
    const message = `event ${seq} leaves a gap: ${expected} is expected next; send ${expected} and what follows again`;
    this.#sayOfEvent({ t: 'error', code: 'seq_gap', message, seq, expected });
  }

  /** An event that threw when it was applied; its `seq` is unused. */
  unapplied(seq: number): void {
    const message = `event ${seq} could not be applied and was set aside; go on with another event of this seq`;
    this.#sayOfEvent({ t: 'error', code: 'internal', message, seq });
  }

  /** Anything that finds no room. */
  overloaded({ isEvent, seq, id }: Envelope, retryAfterMs = RETRY_AFTER_MS): void {
    const error = { t: 'error', code: 'overloaded', message: 'too much at once', retryAfterMs } as const;
    if (isEvent) this.#sayOfEvent(seq === undefined ? error : { ...error, seq });
    else this.#say(id === undefined ? error : { ...error, id });
  }

  /** A call that the shards did not answer. */
  unanswered(id: string | number): void {
    const message = 'the shard of the user does not answer; ask again';
    this.#say({ t: 'error', code: 'shard_restarting', message, id, retryAfterMs: RETRY_AFTER_MS });
  }

  #sayOfEvent(error: WireError): void {
    this.#stats.count(COUNTER.eventsRefused[error.code]);
    this.#say(error);
  }

  #say(error: WireError): void {
    this.#stats.count(COUNTER.errorsSent[error.code]);
    this.#outbox.push(error);
  }
}
