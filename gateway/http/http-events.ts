import { COUNTER } from '../../metrics/table.js';
import type { Log } from '../../metrics/process/log.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { isProblem, type EventBody, type EventIntake } from '../calls/event-intake.js';
import { readJsonLines } from './http-body-json.js';
import { jsonReply, type HttpCall, type HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import { isPlainMap } from '../protocol/codec.js';
import { STRING_LIMITS } from '../protocol/limits.js';
import { eventBodyProblem, isName, type Problem } from '../protocol/validate-event.js';
import { OverloadedError, type EventOutcome, type ShardPool, type ShardEvent } from '../../shards/api.js';

/** What became of one event of a request; `id` where it had one. */
type EventResult =
  | { readonly index: number; readonly id: string; readonly status: EventOutcome }
  | { readonly index: number; readonly id?: string; readonly status: 'error'; readonly error: Problem };

interface AcceptedEvent {
  readonly index: number;
  readonly id: string;
  readonly event: ShardEvent;
}

/**
 * `POST /v1/events`: one event, a list, or NDJSON. Each is taken or refused by itself, and the answer comes when all that
 * were taken are durable. Events of one user are applied in the order given.
 */
export class HttpEvents {
  readonly #pool: ShardPool;
  readonly #intake: EventIntake;
  readonly #stats: ThreadStats;
  readonly #log: Log;

  constructor(pool: ShardPool, intake: EventIntake, stats: ThreadStats, log: Log) {
    this.#pool = pool;
    this.#intake = intake;
    this.#stats = stats;
    this.#log = log;
  }

  readonly post = async (call: HttpCall): Promise<HttpReply> => {
    const body = readJsonLines(call);
    if ('reply' in body) return body.reply;
    const results: EventResult[] = [];
    const byUser = new Map<string, AcceptedEvent[]>();
    body.value.forEach((raw, index) => this.#accept(raw, index, byUser, results));
    await Promise.all([...byUser].map(([user, accepted]) => this.#apply(user, accepted, results)));
    return replyOf(results);
  };

  /** Files the event under its user, or its refusal under the results. */
  #accept(raw: unknown, index: number, byUser: Map<string, AcceptedEvent[]>, results: EventResult[]): void {
    const problem = shapeProblem(raw);
    const fields = isPlainMap(raw) ? raw : {};
    const id = typeof fields.id === 'string' ? fields.id : '';
    const event = problem ?? this.#intake.resolve(fields as unknown as EventBody, 0, id);
    if (isProblem(event)) {
      results[index] = this.#refusal(index, id, event);
      return;
    }
    const user = fields.user as string;
    const accepted = byUser.get(user);
    if (accepted === undefined) byUser.set(user, [{ index, id, event }]);
    else accepted.push({ index, id, event });
  }

  async #apply(user: string, accepted: readonly AcceptedEvent[], results: EventResult[]): Promise<void> {
    try {
      const outcomes = await this.#pool.eventsFor(
        user,
        accepted.map(({ event }) => event),
      );
      accepted.forEach(({ index, id }, i) => (results[index] = { index, id, status: outcomes[i] }));
    } catch (error) {
      const isOverload = error instanceof OverloadedError;
      if (!isOverload) this.#log.error({ err: error }, 'events could not be applied');
      for (const { index, id } of accepted)
        results[index] = this.#refusal(index, id, isOverload ? BUSY : FAILED);
    }
  }

  #refusal(index: number, id: string, { code, message }: Problem): EventResult {
    this.#stats.count(COUNTER.eventsRefused[code]);
    return { index, ...(id !== '' && { id }), status: 'error', error: { code, message } };
  }
}

const BUSY: Problem = {
  code: 'overloaded',
  message: 'the shard is busy; send the event again with the same id',
};
const FAILED: Problem = {
  code: 'internal',
  message: 'the event could not be applied; send it again with the same id',
};

function shapeProblem(raw: unknown): Problem | undefined {
  if (raw instanceof Error) return { code: 'malformed', message: `the line is not JSON: ${raw.message}` };
  if (!isPlainMap(raw)) return { code: 'malformed', message: 'the event is not a map' };
  if (!isName(raw.user, STRING_LIMITS.id))
    return { code: 'invalid_field', message: `user is not a string of 1 to ${STRING_LIMITS.id} characters` };
  if (!isName(raw.id, STRING_LIMITS.id)) {
    return {
      code: 'invalid_field',
      message: `id is not a string of 1 to ${STRING_LIMITS.id} characters; it makes sending again safe`,
    };
  }
  return eventBodyProblem(raw);
}

/** 200 as soon as one event was taken; a problem with the same results when none was. */
function replyOf(results: readonly EventResult[]): HttpReply {
  const errors = results.filter((result) => result.status === 'error');
  if (errors.length === 0 || errors.length < results.length) return jsonReply({ results });
  if (errors.some(({ error }) => error.code === 'internal'))
    return problemReply('internal', 'no event could be applied', { results });
  if (errors.every(({ error }) => error.code === 'overloaded')) {
    return problemReply(
      'overloaded',
      'the shards are busy; send the events again',
      { results },
      { 'retry-after': '1' },
    );
  }
  return problemReply('events_refused', 'no event was taken; see the error of each', { results });
}
