import type { Clock } from '../../metrics/process/clock.js';
import type { HttpCall, HttpReply } from '../server/http-call.js';
import { ndjsonReply } from './bodies/ndjson-reply.js';
import { problemReply, wireProblemReply } from '../server/problem.js';
import type { ShardPool } from '../../shards/api.js';
import { wireRisk } from '../profiles/wire-risk.js';

/** What the answers are made of. */
export interface AtRiskContext {
  readonly pool: Pick<ShardPool, 'usersAtRisk'>;
  readonly models: {
    /** Days for which the model that serves knows who does not come back, the fewest first; none: it does not know. */
    readonly returnDays: readonly number[];
  };
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Named users who are about to be lost, over HTTP, a line each. */
export class HttpAtRisk {
  readonly #context: AtRiskContext;

  constructor(context: AtRiskContext) {
    this.#context = context;
  }

  readonly get = async ({ query }: Pick<HttpCall, 'query'>): Promise<HttpReply> => {
    const { pool, models, clock } = this.#context;
    const least = Number(query.get('atRisk') || NaN);
    if (!(least >= 0 && least <= 1))
      return invalid('atRisk: give the least probability not to come back, 0 to 1, such as 0.7');
    const { returnDays } = models;
    if (returnDays.length === 0)
      return problemReply(
        'not_found',
        'the model that serves does not know who comes back: train one from 77 days of visits or more (docs/TRAINING.md)',
      );
    const days = Number(query.get('days') ?? returnDays[0]);
    if (!returnDays.includes(days)) return invalid(`days: the model knows of ${returnDays.join(' and ')}`);
    return ndjsonReply(pool.usersAtRisk({ days, least }), ({ user, ...risk }) => ({
      user,
      ...wireRisk(risk, clock.nowMs()),
    }));
  };
}

function invalid(message: string): HttpReply {
  return wireProblemReply({ code: 'invalid_field', message });
}
