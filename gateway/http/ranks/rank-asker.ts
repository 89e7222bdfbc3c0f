import type { Clock } from '../../../metrics/process/clock.js';
import type { Access } from '../../access/access.js';
import { SCOPE } from '../../access/scope.js';
import type { Unanswered } from '../../calls/rank-call.js';
import type {
  RankCalls,
  RankCaller,
  RankFields,
  RankReply,
  RecommendFields,
} from '../../calls/rank-calls.js';
import type { Problem } from '../../protocol/validate-event.js';
import type { RankOutcome, RoundTimes, ShardPool, UserKey } from '../../../shards/api.js';
import { jsonReply, type HttpReply } from '../../server/http-call.js';
import { notTheirs } from '../http-access.js';
import type { RoutedCall } from '../http.js';
import { SESSION_MERGED, userOf, type HttpUser } from '../http-user.js';
import { nobody } from './nobody.js';

/** A call of either kind. */
export type Asked = (
  | { readonly t: 'recommend'; readonly fields: RecommendFields }
  | { readonly t: 'rank'; readonly fields: RankFields }
) & {
  /** What a misspelt field of it may mean; goes into the answer. */
  readonly hint?: string | undefined;
};

/** What became of it: an answer, or why there is none; `isUnavailable` when asking again later helps. */
export type Asking =
  | { readonly reply: RankReply; readonly round: RoundTimes | undefined }
  | { readonly problem: Problem; readonly isUnavailable?: true };

/** Puts `recommend` and `rank` of HTTP to the shards. The same for a call by itself, several in one, and bid requests. */
export class RankAsker {
  readonly clock: Pick<Clock, 'nowUs'>;
  readonly #pool: ShardPool;
  readonly #calls: RankCalls;
  readonly #access: Access;

  constructor(pool: ShardPool, calls: RankCalls, access: Access, clock: Pick<Clock, 'nowUs'>) {
    this.clock = clock;
    this.#pool = pool;
    this.#calls = calls;
    this.#access = access;
  }

  /**
   * For whom a call is, or why it is not. Where nobody need be named and nobody is, it is for nobody; and so is the call of somebody who
   * does not want to be known in it.
   */
  whom({ grant }: RoutedCall, named: HttpUser, mayBeNobody: boolean): UserKey | Problem {
    if (mayBeNobody && (named.user ?? named.session ?? undefined) === undefined) return nobody();
    const user = userOf(named);
    if (typeof user !== 'string') return user;
    if (!this.#access.speaksFor(grant, user, SCOPE.rank)) return notTheirs(grant);
    return named.consent?.personalise === false ? nobody() : user;
  }

  /** Never rejects. Making the answer counts towards who asked, and so does what the shard did. */
  ask(call: RoutedCall, user: UserKey, asked: Asked): Promise<Asking> {
    return new Promise((answer) => {
      const caller: RankCaller = {
        ask: (request, done) =>
          this.#pool.rankFor(user, request, (outcome) => this.#hear(call, outcome, done)),
        reply: (reply, round) => answer({ reply, round }),
        refuse: (why) => answer(unavailable(why)),
        slotNamed: () => undefined,
        startUs: call.startUs,
      };
      const problem =
        asked.t === 'rank'
          ? this.#calls.rank(asked.fields, caller)
          : this.#calls.recommend(asked.fields, caller);
      if (problem !== undefined) answer({ problem });
    });
  }

  /** An answer in JSON; writing it counts towards who asked. */
  written(call: RoutedCall, answer: object): HttpReply {
    const startUs = this.clock.nowUs();
    const reply = jsonReply(answer);
    call.spend?.(this.clock.nowUs() - startUs);
    return reply;
  }

  #hear(call: RoutedCall, outcome: RankOutcome, done: (outcome: RankOutcome) => void): void {
    const startUs = this.clock.nowUs();
    done(outcome);
    const shardUs = typeof outcome === 'string' ? 0 : (outcome.shardUs ?? 0);
    call.spend?.(this.clock.nowUs() - startUs + shardUs);
  }
}

function unavailable(why: Unanswered): Asking {
  if (why === 'merged') return { problem: SESSION_MERGED };
  const isFull = why === 'busy' || why === 'overrun';
  const message = isFull
    ? 'too many calls wait for an answer; ask again later'
    : 'the shard of the user does not answer; ask again later';
  return { problem: { code: isFull ? 'overloaded' : 'shard_restarting', message }, isUnavailable: true };
}
