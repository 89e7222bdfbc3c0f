import type { RankFields } from '../../calls/rank-calls.js';
import type { Bites } from '../../../metrics/process/bites.js';
import type { Filter } from '../../protocol/messages.js';
import { problemOf } from '../../protocol/validate.js';
import { jsonReply, type HttpReply } from '../../server/http-call.js';
import { wireProblemReply } from '../../server/problem.js';
import type { UserKey } from '../../../shards/api.js';
import type { BulkGate } from '../bodies/bulk-gate.js';
import { CountedRests } from '../bodies/counted-rests.js';
import { readLongText, refusalOf } from '../http-body-json.js';
import type { RoutedCall } from '../http.js';
import {
  bidders,
  bidRequestBody,
  consentOf,
  currencyOf,
  isUnderGdpr,
  noBidOf,
  type Bid,
  type BidRequest,
  type Imp,
} from './bid-request.js';
import { CALLS_ENTRIES_MAX } from './http-batch.js';
import { allowsPersonalisedAds } from './consent.js';
import { throughGate } from './long-call.js';
import { nobody } from './nobody.js';
import type { RankAsker } from './rank-asker.js';

const TMAX_MAX_MS = 10_000;
const HEADERS = { 'x-openrtb-version': '2.6' };

/**
 * `POST /v1/openrtb/rank`: candidates of each place of a bid request of OpenRTB 2.6, ordered as `rank` does with their bids as values,
 * and answered as bids. Nothing to bid is 204; what is no bid request has the answer `nbr` 2.
 */
export class HttpOpenRtb {
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
    const body = await readLongText(call, CALLS_ENTRIES_MAX, rests);
    if ('reply' in body) return withVersion(body.reply);
    if (!body.ok) return invalid(body.value, refusalOf(body));
    const parsed = bidRequestBody.safeParse(body.value);
    rests.count();
    if (!parsed.success) return invalid(body.value, problemOf(parsed.error).message);
    const user = this.#whom(call, parsed.data);
    if (typeof user !== 'string') return withVersion(wireProblemReply(user));
    const bids = await this.#bids(call, user, parsed.data);
    if (bids.length === 0)
      return { status: 204, contentType: 'application/json', body: '', headers: HEADERS };
    const { id } = parsed.data;
    const seatbid = [{ seat: 'afterclick', bid: bids }];
    return withVersion(this.#asker.written(call, { id, cur: currencyOf(parsed.data), seatbid }));
  }

  /** Under the GDPR nobody is known without their consent. */
  #whom(call: RoutedCall, request: BidRequest): ReturnType<RankAsker['whom']> {
    if (isUnderGdpr(request) && !allowsPersonalisedAds(consentOf(request))) return nobody();
    return this.#asker.whom(call, { user: request.user?.id }, true);
  }

  async #bids(call: RoutedCall, user: UserKey, request: BidRequest): Promise<Bid[]> {
    const filter = blockedFilter(request);
    const tmaxMs = request.tmax == null ? undefined : Math.min(request.tmax, TMAX_MAX_MS);
    const bids: Bid[] = [];
    const taken = new Set<string>();
    for (const imp of request.imp) {
      const prices = bidders(imp, currencyOf(request));
      for (const id of taken) prices.delete(id);
      const fields = { ...rankOf(imp, prices), ...(filter && { filter }), ...(tmaxMs && { tmaxMs }) };
      const asking = await this.#asker.ask(call, user, { t: 'rank', fields });
      if ('problem' in asking) continue;
      const { ids, scores, unknown = [] } = asking.reply;
      for (const [i, item] of ids.entries()) {
        if (unknown.includes(item)) break;
        bids.push(bidOf(imp, bids.length + 1, { item, score: scores[i] }, prices.get(item) ?? 0));
        if (request.ext?.distinct === true) taken.add(item);
      }
    }
    return bids;
  }
}

function rankOf({ ext }: Imp, prices: ReadonlyMap<string, number>): RankFields {
  return { candidates: Array.from(prices, ([id, value]) => ({ id, value })), k: ext.k ?? 1 };
}

function bidOf({ id }: Imp, n: number, ext: Bid['ext'], price: number): Bid {
  return { id: `${n}`, impid: id, price, crid: ext.item, ext };
}

/** What no candidate may be: of a blocked category (`category`, or the attribute `cat`) or advertiser (`brand`, or the attribute `adomain`). */
function blockedFilter({ bcat, badv }: BidRequest): Filter | undefined {
  const any: Filter[] = [];
  if (bcat != null && bcat.length > 0) any.push({ category: { in: bcat } }, { cat: { in: bcat } });
  if (badv != null && badv.length > 0) any.push({ brand: { in: badv } }, { adomain: { in: badv } });
  return any.length === 0 ? undefined : { not: { any } };
}

function invalid(body: unknown, message: string): HttpReply {
  return withVersion(jsonReply(noBidOf(body, message), 400));
}

function withVersion(reply: HttpReply): HttpReply {
  return { ...reply, headers: { ...reply.headers, ...HEADERS } };
}
