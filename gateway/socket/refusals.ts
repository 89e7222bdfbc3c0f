import { COUNTER, indexOrOther } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { Envelope } from './incoming/message-reader.js';
import type { Outbox } from './outgoing/outbox.js';
import { CLOSES } from '../protocol/close-codes.js';
import { MALFORMED_TOLERATED } from '../protocol/limits.js';
import type { ErrorCode, WireError } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';

/** When to come back after `overloaded`. */
const RETRY_AFTER_MS = 100;
/** The same when somebody has to make room on a disk first. */
const DISK_RETRY_MS = 1_000;
const WITHOUT_DISK =
  "the gateway's disk takes nothing now (it is full or fails, /readyz says which): the event was not taken; send it again";

/** Refusals that say the client does not know the contract; the others can happen to any client. */
const COUNTS_AS_MALFORMED: ReadonlySet<ErrorCode> = new Set([
  'malformed',
  'unknown_message',
  'invalid_field',
  'too_many',
  'hello_repeated',
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
  message({ code, message }: Problem, { type = '', seq, id }: Partial<Envelope> = {}): void {
    const named = { ...(seq !== undefined && { seq }), ...(id !== undefined && { id }) };
    this.#say({ t: 'error', code, message, ...named }, type);
    if (!COUNTS_AS_MALFORMED.has(code)) return;
    this.#stats.count(COUNTER.messagesMalformed);
    if (++this.#malformedCount > MALFORMED_TOLERATED) this.#outbox.finish(CLOSES.malformed);
  }

  /** An event that fits the contract and is not applied. */
  event({ code, message }: Problem, seq: number): void {
    this.#sayOfEvent({ t: 'error', code, message, seq });
  }

  /** An event that skips ahead (D3), or has the number of another one (D2). */
  misnumbered(seq: number, code: 'seq_gap' | 'seq_taken', expected: number): void {
    const message =
      code === 'seq_gap'
        ? `event ${seq} leaves a gap: ${expected} is expected next; send ${expected} and what follows again`
        : `another event of the session has the number ${seq}: ${expected} is the next; number what is not acknowledged from there`;
    this.#sayOfEvent({ t: 'error', code, message, seq, expected });
  }

  /** An event that threw when it was applied; its `seq` is unused. */
  unapplied(seq: number): void {
    const message = `event ${seq} could not be applied and was set aside; go on with another event of this seq`;
    this.#sayOfEvent({ t: 'error', code: 'internal', message, seq });
  }

  /** Anything that finds no room. */
  overloaded({ type, seq, id }: Envelope, retryAfterMs = RETRY_AFTER_MS, message = 'too much at once'): void {
    const error = { t: 'error', code: 'overloaded', message, retryAfterMs } as const;
    if (type === 'event') this.#sayOfEvent(seq === undefined ? error : { ...error, seq });
    else this.#say(id === undefined ? error : { ...error, id }, type);
  }

  /** An event that is not taken because the disk, and not the client, is at its limit. */
  withoutDisk(envelope: Envelope): void {
    this.overloaded(envelope, DISK_RETRY_MS, WITHOUT_DISK);
  }

  /** A call that the shards did not answer. */
  unanswered({ type }: Envelope, id: string | number): void {
    const message = 'the shard of the user does not answer; ask again';
    this.#say({ t: 'error', code: 'shard_restarting', message, id, retryAfterMs: RETRY_AFTER_MS }, type);
  }

  #sayOfEvent(error: WireError): void {
    this.#stats.count(COUNTER.eventsRefused[error.code]);
    this.#say(error, 'event');
  }

  /** `type` of the message that it answers. */
  #say(error: WireError, type: string): void {
    this.#stats.count(indexOrOther(COUNTER.messageErrors, type));
    this.#stats.count(COUNTER.errorsSent[error.code]);
    this.#outbox.push(error);
  }
}
