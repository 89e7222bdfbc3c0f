import { z } from 'zod';
import type { Clock } from '../../metrics/process/clock.js';
import { readJsonBody } from './http-body-json.js';
import type { Access } from '../access/access.js';
import { SCOPE } from '../access/scope.js';
import { notTheirs } from './http-access.js';
import type { RoutedCall } from './http.js';
import { nobody } from './nobody.js';
import { SESSION_MERGED, userOf, type HttpUser } from './http-user.js';
import { jsonReply, type HttpReply } from '../server/http-call.js';
import { problemReply, wireProblemReply } from '../server/problem.js';
import type { Problem } from '../protocol/validate-event.js';
import { problemOf, rankFields, recommendFields, userId } from '../protocol/validate.js';
import type { RankOutcome, RoundTimes, ShardPool } from '../../shards/api.js';
import { stagesOf } from '../tracing/stages.js';
import type {
  RankCaller,
  RankFields,
  RankReply,
  RecommendFields,
  RankCalls,
  Unanswered,
} from '../calls/rank-calls.js';

const whom = { user: userId.nullish(), session: userId.nullish() };
const recommendBody = z.object({ ...whom, ...recommendFields });
const rankBody = z.object({ ...whom, ...rankFields });

/** `POST /v1/recommend` and `POST /v1/rank`: as the messages of the same names, for somebody and without subscribed slots. */
export class HttpRank {
  readonly #pool: ShardPool;
  readonly #calls: RankCalls;
  readonly #access: Access;
  readonly #clock: Pick<Clock, 'nowUs'>;

  constructor(pool: ShardPool, calls: RankCalls, access: Access, clock: Pick<Clock, 'nowUs'>) {
    this.#pool = pool;
    this.#calls = calls;
    this.#access = access;
    this.#clock = clock;
  }

  readonly recommend = (call: RoutedCall): HttpReply | Promise<HttpReply> =>
    this.#answer(call, recommendBody, (fields, caller) =>
      this.#calls.recommend(fields as RecommendFields, caller),
    );

  readonly rank = (call: RoutedCall): HttpReply | Promise<HttpReply> =>
    this.#answer(call, rankBody, (fields, caller) => this.#calls.rank(fields as RankFields, caller));

  /** The answer with what it was made in. */
  #timed({ startUs }: RoutedCall, reply: RankReply, round: RoundTimes | undefined): HttpReply {
    const writeUs = this.#clock.nowUs();
    const written = jsonReply(reply);
    const stages = stagesOf({ fromUs: startUs, round, writeUs, sentUs: this.#clock.nowUs() });
    return { ...written, stages };
  }

  /** Making the answer counts towards who asked, and so does what the shard did. */
  #hear(call: RoutedCall, outcome: RankOutcome, done: (outcome: RankOutcome) => void): void {
    const startUs = this.#clock.nowUs();
    done(outcome);
    const shardUs = typeof outcome === 'string' ? 0 : (outcome.shardUs ?? 0);
    call.spend?.(this.#clock.nowUs() - startUs + shardUs);
  }

  #answer<T extends HttpUser>(
    call: RoutedCall,
    schema: z.ZodType<T>,
    route: (fields: T, caller: RankCaller) => Problem | undefined,
  ): HttpReply | Promise<HttpReply> {
    const body = readJsonBody(call);
    if ('reply' in body) return body.reply;
    const parsed = schema.safeParse(body.value);
    if (!parsed.success) return wireProblemReply(problemOf(parsed.error));
    const user = isForNobody(parsed.data) ? nobody() : userOf(parsed.data);
    if (typeof user !== 'string') return wireProblemReply(user);
    const mayAsk = isForNobody(parsed.data) || this.#access.speaksFor(call.grant, user, SCOPE.rank);
    if (!mayAsk) return wireProblemReply(notTheirs(call.grant));
    return new Promise((answer) => {
      const refusal = route(parsed.data, {
        ask: (request, done) =>
          this.#pool.rankFor(user, request, (outcome) => this.#hear(call, outcome, done)),
        reply: (reply, round) => answer(this.#timed(call, reply, round)),
        refuse: (why) => answer(unavailable(why)),
        slotNamed: () => undefined,
        startUs: call.startUs,
      });
      if (refusal !== undefined) answer(wireProblemReply(refusal));
    });
  }
}

/** True for a list around an item or of the shop that is asked for without a shopper. */
function isForNobody(fields: HttpUser & Partial<Pick<RecommendFields, 'how'>>): boolean {
  return fields.how !== undefined && (fields.user ?? fields.session ?? undefined) === undefined;
}

function unavailable(why: Unanswered): HttpReply {
  if (why === 'merged') return wireProblemReply(SESSION_MERGED);
  const isFull = why === 'busy' || why === 'overrun';
  const detail = isFull
    ? 'too many calls wait for an answer; ask again later'
    : 'the shard of the user does not answer; ask again later';
  return problemReply(isFull ? 'overloaded' : 'shard_restarting', detail, {}, { 'retry-after': '1' });
}
