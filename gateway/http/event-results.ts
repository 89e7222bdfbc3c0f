import { LateError } from '../calls/in-time.js';
import type { Problem } from '../protocol/validate-event.js';
import { jsonReply, type HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import { hinted } from './http-body-json.js';
import { OverloadedError, type EventOutcome } from '../../shards/api.js';

/** What became of one event of a request; `id` where it had one. */
export type EventResult =
  | {
      readonly index: number;
      readonly id: string;
      readonly status: Exclude<EventOutcome, 'overloaded' | 'failed'>;
      readonly unknown?: readonly string[];
      readonly hint?: string;
    }
  | {
      readonly index: number;
      readonly id?: string;
      readonly status: 'error';
      readonly error: Problem;
      readonly hint?: string;
    };

/** Events of one request that are looked at for misspelt fields: with many unknown names in its items one takes 3 ms. */
export const EVENTS_HINTED_MAX = 16;

/** Events that may be refused of one request: each is named in the answer, which is much longer than what was sent. */
export const EVENTS_REFUSED_MAX = 10_000;

/** Room was wanting. */
export const BUSY: Problem = {
  code: 'overloaded',
  message: 'the shard is busy; send the event again with the same id',
};
/** The shard threw over it. */
export const FAILED: Problem = {
  code: 'internal',
  message: 'the event could not be applied; send it again with the same id',
};

const LATE: Problem = {
  code: 'shard_restarting',
  message: 'the shard of the user does not answer; send the event again with the same id',
};

/** What the shards' refusal is to the sender. */
export function failureOf(error: unknown): Problem {
  if (error instanceof LateError) return LATE;
  return error instanceof OverloadedError ? BUSY : FAILED;
}

/**
 * The results of a request, each with what a misspelt field of its event may mean.
 * @param hints of the first events, by index
 */
export function withHints(
  results: readonly EventResult[],
  hints: readonly (string | undefined)[],
): readonly EventResult[] {
  return results.map((result) => ({ ...result, ...hinted({ hint: hints[result.index] }) }));
}

/** Names the first of them. */
export function tooManyRefused(results: readonly (EventResult | undefined)[]): HttpReply {
  const detail = `more than ${EVENTS_REFUSED_MAX} events of the request are wrong, and none of it was taken; mend them, and send fewer at once`;
  return problemReply('too_many', detail, { results: [results.find((result) => result !== undefined)] });
}

/** 200 as soon as one event was taken; a problem with the same results when none was. */
export function replyOf(results: readonly EventResult[]): HttpReply {
  const errors = results.filter((result) => result.status === 'error');
  if (errors.length === 0 || errors.length < results.length) return jsonReply({ results });
  if (errors.some(({ error }) => error.code === 'internal'))
    return problemReply('internal', 'no event could be applied', { results });
  if (errors.every(({ error }) => error.code === 'overloaded' || error.code === 'shard_restarting')) {
    return problemReply(
      'overloaded',
      'the shards are busy; send the events again',
      { results },
      { 'retry-after': '1' },
    );
  }
  for (const code of ['not_authenticated', 'not_allowed'] as const)
    if (errors.every(({ error }) => error.code === code))
      return problemReply(code, 'no event was taken; see the error of each', { results });
  return problemReply('events_refused', 'no event was taken; see the error of each', { results });
}
