import { z } from 'zod';
import { rankFields, recommendFields, saidConsent, userId } from '../../protocol/validate.js';
import type { HttpReply } from '../../server/http-call.js';
import { problemReply, wireProblemReply, type HttpProblemCode } from '../../server/problem.js';
import { stagesOf } from '../../tracing/stages.js';
import type { UserKey } from '../../../shards/api.js';
import { hinted, readHintedBody } from '../http-body-json.js';
import type { RoutedCall } from '../http.js';
import type { Asking, Asked, RankAsker } from './rank-asker.js';

/** Who a call is for, and what they allow of it. */
export const whom = { user: userId.nullish(), session: userId.nullish(), consent: saidConsent };
export const recommendBody = z.object({ ...whom, ...recommendFields });
export const rankBody = z.object({ ...whom, ...rankFields });

/** `POST /v1/recommend` and `POST /v1/rank`: as the messages of the same names, for somebody and without subscribed slots. */
export class HttpRank {
  readonly #asker: RankAsker;

  constructor(asker: RankAsker) {
    this.#asker = asker;
  }

  readonly recommend = (call: RoutedCall): HttpReply | Promise<HttpReply> => {
    const body = readHintedBody(call, 'POST /v1/recommend', recommendBody);
    if ('reply' in body) return body.reply;
    const user = this.#asker.whom(call, body.value, body.value.how !== undefined);
    if (typeof user !== 'string') return wireProblemReply(user);
    return this.#answer(call, user, { t: 'recommend', fields: body.value, hint: body.hint });
  };

  readonly rank = (call: RoutedCall): HttpReply | Promise<HttpReply> => {
    const body = readHintedBody(call, 'POST /v1/rank', rankBody);
    if ('reply' in body) return body.reply;
    const user = this.#asker.whom(call, body.value, false);
    if (typeof user !== 'string') return wireProblemReply(user);
    return this.#answer(call, user, { t: 'rank', fields: body.value, hint: body.hint });
  };

  async #answer(call: RoutedCall, user: UserKey, asked: Asked): Promise<HttpReply> {
    const asking = await this.#asker.ask(call, user, asked);
    if ('problem' in asking) return problemOfAsking(asking);
    const { clock } = this.#asker;
    const writeUs = clock.nowUs();
    const { status, contentType, body } = this.#asker.written(call, { ...asking.reply, ...hinted(asked) });
    const stages = stagesOf({ fromUs: call.startUs, round: asking.round, writeUs, sentUs: clock.nowUs() });
    return { status, contentType, body, stages };
  }
}

function problemOfAsking({ problem, isUnavailable }: Extract<Asking, { problem: unknown }>): HttpReply {
  if (isUnavailable !== true) return wireProblemReply(problem);
  return problemReply(problem.code as HttpProblemCode, problem.message, {}, { 'retry-after': '1' });
}
