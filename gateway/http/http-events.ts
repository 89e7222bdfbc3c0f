import { COUNTER } from '../../metrics/table.js';
import type { Bites } from '../../metrics/process/bites.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { isProblem, type EventBody, type EventIntake } from '../calls/event-intake.js';
import { inTime } from '../calls/in-time.js';
import type { Access } from '../access/access.js';
import type { Grant } from '../access/grant.js';
import { SCOPE } from '../access/scope.js';
import { notTheirs } from './http-access.js';
import type { RoutedCall } from './http.js';
import { beginsAsList } from './bodies/body-texts.js';
import { readBodyText, restedListProblem, restedTexts, type Rests } from './bodies/body-values.js';
import { CountedRests } from './bodies/counted-rests.js';
import {
  BUSY,
  EVENTS_HINTED_MAX,
  EVENTS_REFUSED_MAX,
  FAILED,
  failureOf,
  replyOf,
  tooManyRefused,
  withHints,
  type EventResult,
} from './event-results.js';
import { fittingEvent, isWithheld } from './fitting-event.js';
import { bodyHint, readValues } from './http-body-json.js';
import { SESSION_MERGED, userOf, type HttpUser } from './http-user.js';
import type { HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import type { Stage } from '../tracing/stages.js';
import type { Problem } from '../protocol/validate-event.js';
import { MergedError, type ShardPool, type ShardEvent, type UserKey } from '../../shards/api.js';

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
  /** Of the first events, by index. */
  readonly hints: (string | undefined)[];
  readonly grant: Grant;
}

/** Users of one request whose events are with the shards at a time: a click waits for a turn of each of them at most. */
const USERS_AT_ONCE = 32;

/** Unknown items that the answer names of one event. */
const LEFT_OUT_NAMED_MAX = 20;
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
    const rests = new CountedRests(this.#bites, this.#clock, call);
    const body = await readValues(call, rests);
    if ('reply' in body) return body.reply;
    const filing: Filing = { byUser: new Map(), results: [], hints: [], grant: call.grant };
    const refusal = await this.#read(body.value, filing, rests);
    rests.count();
    if (refusal !== undefined) return refusal;
    const { byUser, hints, results } = filing;
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
    return { ...replyOf(withHints(results, hints)), stages };
  };

  /** Files the events of a body, with rests. A reply when none of it is taken. */
  async #read(body: Uint8Array, filing: Filing, rests: Rests): Promise<HttpReply | undefined> {
    const listProblem = await restedListProblem(body, rests);
    if (listProblem !== undefined) return noEvents(`the body is not a JSON list: ${listProblem}`);
    const { results } = filing;
    let count = 0;
    let refused = 0;
    for await (const { text } of restedTexts(body, rests)) {
      this.#accept(text, count, filing);
      if (results[count++] !== undefined && ++refused > EVENTS_REFUSED_MAX) return tooManyRefused(results);
    }
    if (count > 1 || beginsAsList(body)) return undefined;
    return count === 0 ? noEvents('the body is empty') : whyNone(results);
  }

  /** Files the event under its user, or its refusal under the results. */
  #accept(text: string, index: number, { byUser, grant, hints, results }: Filing): void {
    const read = readBodyText(text);
    if (index < EVENTS_HINTED_MAX && !('problem' in read)) hints[index] = bodyHint('event', read.value);
    const { fields, problem } = 'problem' in read ? { ...read, fields: {} } : fittingEvent(read.value);
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
    const problem = failureOf(error);
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

/** Of a body with one value: that it is no JSON or no event, if it is none. */
function whyNone([first]: readonly (EventResult | undefined)[]): HttpReply | undefined {
  if (first?.status !== 'error' || first.error.code !== 'malformed') return undefined;
  return noEvents(first.error.message);
}

function noEvents(why: string): HttpReply {
  return problemReply('malformed', `${why}; send one event, a list of events, or one a line`);
}
