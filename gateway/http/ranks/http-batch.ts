import { z } from 'zod';
import type { Bites } from '../../../metrics/process/bites.js';
import type { RankFields } from '../../calls/rank-calls.js';
import { callId, rankFields, recommendFields } from '../../protocol/validate.js';
import type { HttpReply } from '../../server/http-call.js';
import { wireProblemReply } from '../../server/problem.js';
import type { BulkGate } from '../bodies/bulk-gate.js';
import { CountedRests } from '../bodies/counted-rests.js';
import { bodyHint, fitting, hinted, readLongBody, type Hinted } from '../http-body-json.js';
import type { RoutedCall } from '../http.js';
import type { UserKey } from '../../../shards/api.js';
import type { Asked, RankAsker } from './rank-asker.js';
import { whom } from './http-rank.js';
import { throughGate } from './long-call.js';

/** Calls of one batch. */
export const BATCH_CALLS_MAX = 16;
/** Maps, lists and keys of so many calls with as many valued candidates as each may have. */
export const CALLS_ENTRIES_MAX = 65_536;

export const batchBody = z.object({
  ...whom,
  distinct: z.boolean().nullish(),
  calls: z
    .array(
      z.discriminatedUnion('t', [
        z.object({ t: z.literal('recommend'), id: callId, ...recommendFields }),
        z.object({ t: z.literal('rank'), id: callId, ...rankFields }),
      ]),
    )
    .min(1)
    .max(BATCH_CALLS_MAX),
});

type BatchCall = z.infer<typeof batchBody>['calls'][number] & Hinted;

/**
 * `POST /v1/batch`: several `recommend` and `rank` for one user, answered in order. With `distinct` an item is in one list at most: what
 * an earlier call got is left out of later ones. A call that is refused has an `error` in its place; the others are answered.
 */
export class HttpBatch {
  readonly #asker: RankAsker;
  readonly #bites: Pick<Bites, 'isOver' | 'rest'>;
  readonly #longCalls: BulkGate;

  /**
   * @param bites where a long request rests while it is read.
   * @param longCalls lets a few of them through at a time.
   */
  constructor(asker: RankAsker, bites: Pick<Bites, 'isOver' | 'rest'>, longCalls: BulkGate) {
    this.#asker = asker;
    this.#bites = bites;
    this.#longCalls = longCalls;
  }

  readonly post = (call: RoutedCall): Promise<HttpReply> =>
    throughGate(this.#longCalls, call, () => this.#answer(call));

  async #answer(call: RoutedCall): Promise<HttpReply> {
    const rests = new CountedRests(this.#bites, this.#asker.clock, call);
    const json = await readLongBody(call, CALLS_ENTRIES_MAX, rests);
    const body = 'reply' in json ? json : fitting(json.value, batchBody);
    rests.count();
    if ('reply' in json) return json.reply;
    if ('reply' in body) return body.reply;
    const { calls, distinct } = body.value;
    const needsNobody = calls.every((one) => one.t === 'recommend' && one.how !== undefined);
    const user = this.#asker.whom(call, body.value, needsNobody);
    if (typeof user !== 'string') return wireProblemReply(user);
    const results = await this.#results(call, user, withHints(calls, json.value), distinct === true);
    return replyOf(results, bodyHint('batch', json.value));
  }

  /** As text, call by call: written at once they would hold the thread for as long as all of them take. */
  async #results(
    call: RoutedCall,
    user: UserKey,
    calls: readonly BatchCall[],
    isDistinct: boolean,
  ): Promise<string[]> {
    const taken: string[] = [];
    const results: string[] = [];
    for (const one of calls) {
      const asking = await this.#asker.ask(call, user, askedOf(one, isDistinct ? taken : []));
      if ('problem' in asking) results.push(JSON.stringify({ t: 'error', id: one.id, ...asking.problem }));
      else {
        if (isDistinct) taken.push(...asking.reply.ids);
        const { body } = this.#asker.written(call, {
          t: 'result',
          id: one.id,
          ...asking.reply,
          ...hinted(one),
        });
        results.push(String(body));
      }
    }
    return results;
  }
}

function replyOf(results: readonly string[], hint: string | undefined): HttpReply {
  const last = hint === undefined ? '' : `,"hint":${JSON.stringify(hint)}`;
  return { status: 200, contentType: 'application/json', body: `{"results":[${results.join()}]${last}}` };
}

/** The calls, each with what a misspelt field of it may mean, which the body as it came in has. */
function withHints(calls: readonly BatchCall[], came: unknown): BatchCall[] {
  const { calls: raw } = came as { readonly calls: readonly unknown[] };
  return calls.map((one, i) => ({ ...one, hint: bodyHint(one.t, raw[i]) }));
}

/** The call, without what was shown before. */
function askedOf(one: BatchCall, taken: readonly string[]): Asked {
  const { t, id: _id, hint: _hint, ...rest } = one;
  const fields = taken.length === 0 ? rest : { ...rest, exclude: [...(rest.exclude ?? []), ...taken] };
  return t === 'rank' ? { t, fields: fields as RankFields } : { t, fields };
}
