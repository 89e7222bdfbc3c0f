import type { Clock } from '../../metrics/process/clock.js';
import type { ShardPool, UserKey } from '../../shards/api.js';
import { graphProblem, type UserGraphs } from '../calls/user-graphs.js';
import type { UserProfiles } from '../profiles/user-profiles.js';
import type {
  AskGraph,
  AskProfile,
  Consented,
  Graph,
  Profile,
  SayConsent,
  Tune,
} from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';
import { RateLimit } from './incoming/rate-limit.js';

/**
 * What one connection may ask of its shopper a second in the long run; twice as much at once. A page that draws the graph after each
 * click asks for two things. What the shopper allows may be said as often, by itself.
 */
export const SELF_ASKS_PER_SEC = 10;
/** Such questions of one connection that wait for their shard together. */
export const SELF_ASKS_WAITING_MAX = 8;
/** When to ask again, of whoever has that many. */
const RETRY_AFTER_MS = 250;

/** A question about whom the connection speaks for. */
export type SelfAsk = AskGraph | AskProfile | Tune | SayConsent;

/** What questions need of a gateway. */
export interface SelfAsksContext {
  readonly graphs: UserGraphs;
  readonly profiles: UserProfiles;
  readonly pool: Pick<ShardPool, 'consent' | 'withdraw'>;
  readonly clock: Pick<Clock, 'nowUs'>;
}

/** Who gets the answers. */
export interface SelfAsker {
  told(answer: Graph | Profile | Consented): void;
  refused(problem: Problem, ask: SelfAsk): void;
  /** Called last: since `startUs` words were made of the answer and sent. */
  spent(startUs: number): void;
}

/**
 * What a connection asks of its own shopper: graph, interests, what they say of one, and what they allow. An answer is a few
 * kilobytes of words that are made of numbers, many times what a click costs both threads, so these questions have a rate of their own
 * and a bound on how many wait.
 */
export class SelfAsks {
  readonly #context: SelfAsksContext;
  readonly #asker: SelfAsker;
  readonly #rate = new RateLimit(SELF_ASKS_PER_SEC);
  /** What a shopper allows is never refused because their page draws too much. */
  readonly #consentRate = new RateLimit(SELF_ASKS_PER_SEC);
  #waiting = 0;

  constructor(context: SelfAsksContext, asker: SelfAsker) {
    this.#context = context;
    this.#asker = asker;
  }

  /** Asks, unless it is too much: then ms after which to ask again. 0 when it is asked. `nowUs` as of `Clock`. */
  ask(ask: SelfAsk, user: UserKey, nowUs: number): number {
    if (ask.t === 'consent') return this.#allow(ask, user, nowUs);
    if (this.#waiting >= SELF_ASKS_WAITING_MAX) return RETRY_AFTER_MS;
    const waitMs = this.#rate.take(nowUs);
    if (waitMs > 0) return waitMs;
    this.#waiting++;
    void this.#answer(ask, user).then(() => this.#waiting--);
    return 0;
  }

  #allow(ask: SayConsent, user: UserKey, nowUs: number): number {
    const waitMs = this.#consentRate.take(nowUs);
    if (waitMs === 0) void this.#answer(ask, user);
    else withdraw(this.#context.pool, ask, user);
    return waitMs;
  }

  async #answer(ask: SelfAsk, user: UserKey): Promise<void> {
    let startUs = this.#context.clock.nowUs();
    const answered = (): void => {
      startUs = this.#context.clock.nowUs();
    };
    const told = await this.#told(ask, user, answered);
    if ('code' in told) this.#asker.refused(told, ask);
    else this.#asker.told(told);
    this.#asker.spent(startUs);
  }

  async #told(
    ask: SelfAsk,
    user: UserKey,
    answered: () => void,
  ): Promise<Graph | Profile | Consented | Problem> {
    const { graphs, profiles } = this.#context;
    if (ask.t === 'consent') return this.#consented(ask, user);
    const { id } = ask;
    if (ask.t === 'graph') {
      const graph = await graphs.read(user, answered);
      return 'code' in graph ? graph : { t: 'graph', id, ...graph };
    }
    const profile =
      ask.t === 'tune' ? await profiles.tune(user, ask, answered) : await profiles.read(user, answered);
    return 'code' in profile ? profile : { t: 'profile', id, ...profile };
  }

  /** It counts for all that comes behind it on the connection. */
  async #consented({ id, personalise, learn }: SayConsent, user: UserKey): Promise<Consented | Problem> {
    try {
      const consent = await this.#context.pool.consent(user, { personalise, learn });
      return { t: 'consented', ...(id !== undefined && { id }), ...consent };
    } catch (error) {
      return graphProblem(error);
    }
  }
}

/** Of a consent that is refused, what it takes back counts. */
export function withdraw(
  pool: Pick<ShardPool, 'withdraw'>,
  { personalise, learn }: SayConsent,
  user: UserKey,
): void {
  pool.withdraw(user, { personalise, learn });
}
