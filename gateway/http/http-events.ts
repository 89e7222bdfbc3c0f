import { COUNTER } from '../../metrics/table.js';
import type { Bites } from '../../metrics/process/bites.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { isProblem, type EventBody, type EventIntake } from '../calls/event-intake.js';
import { inTime, LateError } from '../calls/in-time.js';
import type { Access } from '../access/access.js';
import type { Grant } from '../access/grant.js';
import { SCOPE } from '../access/scope.js';
import { notTheirs } from './http-access.js';
import type { RoutedCall } from './http.js';
import { CountedRests } from './counted-rests.js';
import { readJsonLines, RefusedLine } from './http-body-json.js';
import { SESSION_MERGED, userOf, type HttpUser } from './http-user.js';
import { jsonReply, type HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import type { Stage } from '../tracing/stages.js';
import { isPlainMap } from '../protocol/codec.js';
import { STRING_LIMITS } from '../protocol/limits.js';
import { isPlain, NAME_PROBLEM } from '../protocol/text.js';
import { mendedEvent, type RawEvent } from '../protocol/mended-event.js';
import { saidConsent } from '../protocol/validate.js';
import { eventBodyProblem, isName, type Problem } from '../protocol/validate-event.js';
import {
  MergedError,
  OverloadedError,
  type EventOutcome,
  type SaidConsent,
  type ShardPool,
  type ShardEvent,
  type UserKey,
} from '../../shards/api.js';

/** What became of one event of a request; `id` where it had one. */
type EventResult =
  | {
      readonly index: number;
      readonly id: string;
      readonly status: Exclude<EventOutcome, 'overloaded' | 'failed'>;
      readonly unknown?: readonly string[];
    }
  | { readonly index: number; readonly id?: string; readonly status: 'error'; readonly error: Problem };

/** An event that says what the catalogue or the clock is against: sent again, it may be one that was applied before that. */
interface DoubtfulEvent {
  readonly index: number;
  readonly id: string;
  readonly problem: Problem;
}

/** Why an event is refused that was taken when it came first. */
const DOUBTFUL: ReadonlySet<string> = new Set(['unknown_item', 'ts_out_of_range']);

/** The events of one user in a request. */
interface UserEvents {
  readonly accepted: AcceptedEvent[];
  readonly doubtful: DoubtfulEvent[];
}

interface AcceptedEvent {
  readonly index: number;
  readonly id: string;
  readonly event: ShardEvent;
  /** Its items that are not in the catalogue. */
  readonly unknown: readonly string[];
}

/** Where the events of a request go, and who sent them. */
interface Filing {
  readonly byUser: Map<UserKey, UserEvents>;
  readonly results: EventResult[];
  readonly grant: Grant;
}

/** Users of one request whose events are with the shards at a time: a click waits for a turn of each of them at most. */
const USERS_AT_ONCE = 32;

/** Unknown items that the answer names of one event. */
const LEFT_OUT_NAMED_MAX = 20;
/** Events that may be refused of one request: each is named in the answer, which is much longer than what was sent. */
export const EVENTS_REFUSED_MAX = 10_000;

/** Where it is recorded how events went, and where a long request rests. */
export interface EventsContext {
  readonly stats: ThreadStats;
  readonly log: Log;
  readonly bites: Pick<Bites, 'isOver' | 'rest'>;
  readonly clock: Pick<Clock, 'nowUs'>;
  /** For whom a caller may send events. */
  readonly access: Access;
}

/**
 * `POST /v1/events`: one event, a list, or NDJSON. Each is taken or refused by itself, and the answer comes when all that
 * were taken are durable. Events of one user are applied in the order given. A long request is read in bites.
 */
export class HttpEvents {
  readonly #pool: ShardPool;
  readonly #intake: EventIntake;
  readonly #stats: ThreadStats;
  readonly #log: Log;
  readonly #bites: Pick<Bites, 'isOver' | 'rest'>;
  readonly #clock: Pick<Clock, 'nowUs'>;
  readonly #access: Access;

  constructor(pool: ShardPool, intake: EventIntake, { access, bites, clock, log, stats }: EventsContext) {
    this.#access = access;
    this.#pool = pool;
    this.#intake = intake;
    this.#stats = stats;
    this.#clock = clock;
    this.#log = log;
    this.#bites = bites;
  }

  readonly post = async (call: RoutedCall): Promise<HttpReply> => {
    const body = readJsonLines(call);
    if ('reply' in body) return body.reply;
    const rests = new CountedRests(this.#bites, this.#clock, call);
    const results: EventResult[] = [];
    const byUser = new Map<UserKey, UserEvents>();
    const filing: Filing = { byUser, results, grant: call.grant };
    let index = 0;
    let refused = 0;
    for (const raw of body.value) {
      this.#accept(raw, index, filing);
      if (results[index++] !== undefined && ++refused > EVENTS_REFUSED_MAX) return tooManyRefused(results);
      if (rests.isOver) await rests.rest();
    }
    rests.count();
    const readUs = this.#clock.nowUs();
    const underWay: Promise<void>[] = [];
    for (const [user, events] of byUser) {
      if (underWay.length === USERS_AT_ONCE) await underWay.shift();
      underWay.push(this.#applyAll(user, events, results));
      if (this.#bites.isOver) await this.#bites.rest();
    }
    await Promise.all(underWay);
    const stages: Stage[] = [
      { name: 'read', fromUs: call.startUs, toUs: readUs },
      { name: 'durable', fromUs: readUs, toUs: this.#clock.nowUs() },
    ];
    return { ...replyOf(results), stages };
  };

  /** Files the event under its user, or its refusal under the results. */
  #accept(raw: unknown, index: number, { byUser, grant, results }: Filing): void {
    const { fields, problem } = fittingEvent(raw);
    const id = typeof fields.id === 'string' ? fields.id : '';
    const user = problem ?? this.#userOf(fields, grant);
    if (typeof user !== 'string') {
      results[index] = this.#refusal(index, id, user);
      return;
    }
    const event = this.#intake.resolve(fields as unknown as EventBody, 0);
    if (!isProblem(event) && isWithheld(fields)) {
      this.#stats.count(COUNTER.eventsPassed);
      results[index] = { index, id, status: 'not_kept' };
      return;
    }
    const events = byUser.get(user) ?? { accepted: [], doubtful: [] };
    byUser.set(user, events);
    if (!isProblem(event)) {
      const unknown = this.#intake.leftOut.slice(0, LEFT_OUT_NAMED_MAX);
      events.accepted.push({ index, id, event: { ...event, eventId: id }, unknown });
    } else if (DOUBTFUL.has(event.code)) events.doubtful.push({ index, id, problem: event });
    else results[index] = this.#refusal(index, id, event);
  }

  /** For whom an event is, or why it may not be. */
  #userOf(fields: HttpUser, grant: Grant): UserKey | Problem {
    const user = userOf(fields);
    if (typeof user !== 'string' || this.#access.speaksFor(grant, user, SCOPE.events)) return user;
    return notTheirs(grant);
  }

  async #applyAll(user: UserKey, { accepted, doubtful }: UserEvents, results: EventResult[]): Promise<void> {
    if (accepted.length > 0) await this.#apply(user, accepted, results);
    if (doubtful.length > 0) await this.#recognise(user, doubtful, results);
  }

  /** D2: what was applied under its id is a duplicate, whatever there is against it now. */
  async #recognise(user: UserKey, doubtful: readonly DoubtfulEvent[], results: EventResult[]): Promise<void> {
    try {
      const ids = doubtful.map(({ id }) => id);
      const known = await inTime(this.#pool.knownEvents(user, ids), ANSWER_MAX_MS);
      doubtful.forEach(({ index, id, problem }, i) => {
        results[index] = known[i] ? { index, id, status: 'duplicate' } : this.#refusal(index, id, problem);
      });
    } catch (error) {
      this.#failed(error, doubtful, results);
    }
  }

  async #apply(user: UserKey, accepted: readonly AcceptedEvent[], results: EventResult[]): Promise<void> {
    try {
      const events = accepted.map(({ event }) => event);
      const outcomes = await inTime(this.#pool.eventsFor(user, events), ANSWER_MAX_MS);
      accepted.forEach(({ index, id, unknown }, i) => {
        const status = outcomes[i];
        if (status === 'overloaded') results[index] = this.#refusal(index, id, BUSY);
        else if (status === 'failed') results[index] = this.#refusal(index, id, FAILED);
        else results[index] = { index, id, status, ...(unknown.length > 0 && { unknown }) };
      });
    } catch (error) {
      if (error instanceof MergedError) {
        const merged = accepted.map(({ index, id }) => ({ index, id, problem: SESSION_MERGED }));
        await this.#recognise(user, merged, results);
      } else this.#failed(error, accepted, results);
    }
  }

  #failed(error: unknown, events: readonly { index: number; id: string }[], results: EventResult[]): void {
    const problem = problemOf(error);
    if (problem === FAILED) this.#log.error({ err: error }, 'events could not be applied');
    for (const { index, id } of events) results[index] = this.#refusal(index, id, problem);
  }

  #refusal(index: number, id: string, { code, message }: Problem): EventResult {
    this.#stats.count(COUNTER.eventsRefused[code]);
    return { index, ...(id !== '' && { id }), status: 'error', error: { code, message } };
  }
}

/** When a request is answered at the latest, whatever becomes of the shard. */
const ANSWER_MAX_MS = 20_000;

const BUSY: Problem = {
  code: 'overloaded',
  message: 'the shard is busy; send the event again with the same id',
};
const FAILED: Problem = {
  code: 'internal',
  message: 'the event could not be applied; send it again with the same id',
};

const LATE: Problem = {
  code: 'shard_restarting',
  message: 'the shard of the user does not answer; send the event again with the same id',
};

function problemOf(error: unknown): Problem {
  if (error instanceof LateError) return LATE;
  return error instanceof OverloadedError ? BUSY : FAILED;
}

/** An event as the contract has it, or why it cannot be made of what was sent. What fits as it is, is looked at once. */
function fittingEvent(raw: unknown): { readonly fields: RawEvent; readonly problem?: Problem | undefined } {
  if (raw instanceof RefusedLine) return { fields: {}, problem: raw.problem };
  if (!isPlainMap(raw))
    return { fields: {}, problem: { code: 'malformed', message: 'the event is not a map' } };
  const problem = namesProblem(raw) ?? consentProblem(raw);
  if (problem !== undefined) return { fields: raw, problem };
  if (eventBodyProblem(raw) === undefined) return { fields: raw };
  const fields = mendedEvent(raw);
  return { fields, problem: eventBodyProblem(fields) };
}

function namesProblem({ id, session, user }: RawEvent): Problem | undefined {
  return (
    (isGiven(user) ? nameProblem('user', user) : undefined) ??
    (isGiven(session) ? nameProblem('session', session) : undefined) ??
    nameProblem('id', id, '; it makes sending again safe')
  );
}

/** What the sender says that the shopper allows of this event. */
function consentProblem({ consent }: RawEvent): Problem | undefined {
  if (!isGiven(consent) || saidConsent.safeParse(consent).success) return undefined;
  return { code: 'invalid_field', message: 'consent is not {personalise?: boolean, learn?: boolean}' };
}

/** True for an event of which nothing is to be kept; it goes to no shard. */
function isWithheld({ consent }: RawEvent): boolean {
  return isGiven(consent) && (consent as SaidConsent).learn === false;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** What is wrong with a name that the event is kept under. */
function nameProblem(field: string, value: unknown, hint = ''): Problem | undefined {
  if (!isName(value, STRING_LIMITS.id)) {
    const message = `${field} is not a string of 1 to ${STRING_LIMITS.id} characters${hint}`;
    return { code: 'invalid_field', message };
  }
  return isPlain(value) ? undefined : { code: 'invalid_field', message: `${field} ${NAME_PROBLEM}` };
}

/** Names the first of them. */
function tooManyRefused(results: readonly (EventResult | undefined)[]): HttpReply {
  const detail = `more than ${EVENTS_REFUSED_MAX} events of the request are wrong, and none of it was taken; mend them, and send fewer at once`;
  return problemReply('too_many', detail, { results: [results.find((result) => result !== undefined)] });
}

/** 200 as soon as one event was taken; a problem with the same results when none was. */
function replyOf(results: readonly EventResult[]): HttpReply {
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
