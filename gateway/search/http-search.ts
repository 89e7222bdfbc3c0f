import type { Stage } from '../tracing/stages.js';
import { z } from 'zod';
import type { Clock } from '../../metrics/process/clock.js';
import type { Access } from '../access/access.js';
import { SCOPE } from '../access/scope.js';
import { isProblem } from '../calls/event-intake.js';
import type { Unanswered } from '../calls/rank-call.js';
import type { RankableItems, RankCalls } from '../calls/rank-calls.js';
import { DEFAULT_SLOT, type SlotCompiler } from '../calls/slot-compiler.js';
import { fuseHits } from '../meaning/fused-hits.js';
import { joinHits } from '../meaning/joined-hits.js';
import type { Meaning } from '../meaning/meaning.js';
import type { WordHits } from '../../model/catalogue/search/search-index.js';
import { STRING_LIMITS } from '../protocol/limits.js';
import { rankFields, saidConsent, userId } from '../protocol/validate.js';
import { jsonReply, type HttpReply } from '../server/http-call.js';
import { wireProblemReply } from '../server/problem.js';
import type { ShardPool, UserKey } from '../../shards/api.js';
import type { RoutedCall } from '../http/http.js';
import { notTheirs } from '../http/http-access.js';
import { hinted, readHintedBody } from '../http/http-body-json.js';
import { SESSION_MERGED, userOf } from '../http/http-user.js';

/** Items that each way of finding them may bring, and those that are put in order for the shopper. */
const FOUND_MAX = 200;
const RANKED_MAX = 100;
const K_DEFAULT = 20;
/** How long a search waits for the encoder, and then for the shopper's shard. */
const MEANING_WAIT_MS = 250;
const SHOPPER_WAIT_MS = 250;
/** What the shopper's own order counts beside how well an item fits the text. */
const SHOPPER_SHARE = 0.5;

/** What is searched for, and for whom. */
export const searchBody = z.object({
  q: z
    .string()
    .min(1)
    .refine((text) => text.length <= STRING_LIMITS.query, `at most ${STRING_LIMITS.query} characters`),
  user: userId.nullish(),
  session: userId.nullish(),
  consent: saidConsent,
  k: rankFields.k,
  filter: rankFields.filter,
});
type SearchBody = z.output<typeof searchBody>;

/** What a search goes by. */
export interface SearchContext {
  readonly pool: ShardPool;
  readonly calls: RankCalls;
  readonly slots: SlotCompiler;
  readonly items: RankableItems;
  readonly access: Access;
  readonly clock: Pick<Clock, 'nowUs'>;
  readonly meaning: Pick<Meaning, 'nearest'>;
  /** Item indices that hold words of a text, best first. */
  readonly words: (text: string, count: number) => WordHits;
}

/** The order of a call for a shopper: ids, best first; or why there is none. */
type ShopperOrder = readonly string[] | Unanswered;

/**
 * `POST /v1/search`: items that have the words of a text and items that mean the like, as one list; for a shopper who is named, in an
 * order that is theirs too. When the encoder or the shopper's shard does not answer in time, the rest does, and the answer says so.
 */
export class HttpSearch {
  readonly #context: SearchContext;

  constructor(context: SearchContext) {
    this.#context = context;
  }

  readonly post = async (call: RoutedCall): Promise<HttpReply> => {
    const body = readHintedBody(call, 'search', searchBody);
    if ('reply' in body) return body.reply;
    const whom = this.#whom(call, body.value);
    if (typeof whom === 'object') return whom;
    const { k = K_DEFAULT, q, filter } = body.value;
    const slot = this.#context.slots.compile(DEFAULT_SLOT, filter === undefined ? {} : { filter });
    if (isProblem(slot)) return wireProblemReply(slot);
    const { clock } = this.#context;
    const { items, hasMeaning } = await this.#found(q);
    const foundUs = clock.nowUs();
    const shown = items.filter((index) => this.#context.items.mayShow(index, slot.filter));
    const order =
      whom === undefined ? undefined : await this.#orderFor(whom, shown.subarray(0, RANKED_MAX), call);
    if (order === 'merged') return wireProblemReply(SESSION_MERGED);
    const list = typeof order === 'object' ? this.#forShopper(shown, order) : shown;
    const ids = Array.from(list.subarray(0, k), (index) => this.#context.items.idOf(index));
    const orderedUs = clock.nowUs();
    const tookUs = Math.round(orderedUs - call.startUs);
    const {
      status,
      contentType,
      body: text,
    } = jsonReply({ ids, meaning: hasMeaning, degraded: typeof order === 'string', tookUs, ...hinted(body) });
    const stages: readonly Stage[] = [
      { name: 'search', fromUs: call.startUs, toUs: foundUs },
      { name: 'order', fromUs: foundUs, toUs: orderedUs },
    ];
    return { status, contentType, body: text, stages };
  };

  /** For whom the order is; undefined: for nobody in particular. A reply where that is not the caller's to ask. */
  #whom({ grant }: RoutedCall, { user, session, consent }: SearchBody): UserKey | undefined | HttpReply {
    if ((user ?? session ?? undefined) === undefined) return undefined;
    const key = userOf({ user, session });
    if (typeof key !== 'string') return wireProblemReply(key);
    if (!this.#context.access.speaksFor(grant, key, SCOPE.rank)) return wireProblemReply(notTheirs(grant));
    return consent?.personalise === false ? undefined : key;
  }

  async #found(q: string): Promise<{ readonly items: Int32Array; readonly hasMeaning: boolean }> {
    const meant = await this.#context.meaning.nearest(q, FOUND_MAX, MEANING_WAIT_MS);
    const words = this.#context.words(q, FOUND_MAX);
    return { items: joinHits(words, meant, 2 * FOUND_MAX), hasMeaning: meant !== undefined };
  }

  #orderFor(user: UserKey, items: Int32Array, { startUs }: RoutedCall): Promise<ShopperOrder> {
    const { calls, clock, items: all, pool } = this.#context;
    const candidates = Array.from(items, (index) => all.idOf(index));
    if (candidates.length === 0) return Promise.resolve([]);
    const waitMs = SHOPPER_WAIT_MS + (clock.nowUs() - startUs) / 1_000;
    return new Promise((answer) => {
      const refused = calls.rank(
        { candidates, tmaxMs: Math.round(waitMs) },
        {
          ask: (request, done) => pool.rankFor(user, request, done),
          reply: ({ ids, degraded }) => answer(degraded ? 'late' : ids),
          refuse: answer,
          slotNamed: () => undefined,
          startUs,
        },
      );
      if (refused !== undefined) answer('busy');
    });
  }

  #forShopper(found: Int32Array, order: readonly string[]): Int32Array {
    const theirs = order.map((id) => this.#context.items.indexOf(id)).filter((index) => index >= 0);
    const lists = [
      { items: found, share: 1 },
      { items: theirs, share: SHOPPER_SHARE },
    ];
    return fuseHits(lists, found.length);
  }
}
