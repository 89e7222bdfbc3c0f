import { z } from 'zod';
import { isPlainMap } from '../../protocol/codec.js';
import { WIRE_LIMITS } from '../../protocol/limits.js';
import { candidateList, userId } from '../../protocol/validate.js';

/** Places of one bid request. */
export const IMPS_MAX = 16;
/** Names in `bcat` or `badv`. */
const BLOCKED_MAX = 1_000;
/** Currencies that a buyer may bid in. */
const CURRENCIES_MAX = 256;
const DEFAULT_CURRENCY = 'USD';

const flag = z.number().int().min(0).max(1).nullish();
const names = z.array(z.string().max(256)).max(BLOCKED_MAX).nullish();

/** One place: what may be shown there, by `ext.candidates`, and what it costs at least (CPM). */
const impSchema = z.object({
  id: z.string().min(1).max(128),
  bidfloor: z.number().min(0).nullish(),
  bidfloorcur: z.string().length(3).nullish(),
  ext: z.object({
    candidates: candidateList(WIRE_LIMITS.candidates),
    /** Bids that are wanted for the place; 1 when absent. */
    k: z.number().int().min(1).max(WIRE_LIMITS.k).nullish(),
  }),
});

/** As much of a bid request of OpenRTB 2.6 as is gone by; what else it has is not looked at. */
export const bidRequestBody = z.object({
  id: z.string().min(1).max(128),
  imp: z.array(impSchema).min(1).max(IMPS_MAX),
  tmax: z.number().positive().nullish(),
  cur: z.array(z.string().length(3)).min(1).max(CURRENCIES_MAX).nullish(),
  bcat: names,
  badv: names,
  user: z
    .object({
      id: userId.nullish(),
      consent: z.string().nullish(),
      ext: z.object({ consent: z.string().nullish() }).nullish(),
    })
    .nullish(),
  regs: z.object({ gdpr: flag, ext: z.object({ gdpr: flag }).nullish() }).nullish(),
  ext: z.object({ distinct: z.boolean().nullish() }).nullish(),
});

const NBR_INVALID_REQUEST = 2;

/** What is answered to a bid request. */
export const bidResponse = z.object({
  id: z.string(),
  cur: z.string(),
  seatbid: z.array(
    z.object({
      seat: z.string(),
      bid: z.array(
        z.object({
          id: z.string(),
          impid: z.string(),
          price: z.number(),
          crid: z.string(),
          ext: z.object({ item: z.string(), score: z.number() }),
        }),
      ),
    }),
  ),
});
export type Bid = z.infer<typeof bidResponse>['seatbid'][number]['bid'][number];

/** And to what is none; `id` is its own, '' where it has none. */
export const noBidResponse = z.object({
  id: z.string(),
  /** Its reason, of those of OpenRTB: the request is not one. */
  nbr: z.literal(NBR_INVALID_REQUEST),
  ext: z.object({ message: z.string() }),
});

/** The answer to what is no bid request, for a reason in words. */
export function noBidOf(body: unknown, message: string): z.infer<typeof noBidResponse> {
  const id = isPlainMap(body) && typeof body.id === 'string' ? body.id : '';
  return { id, nbr: NBR_INVALID_REQUEST, ext: { message } };
}

export type BidRequest = z.infer<typeof bidRequestBody>;
export type Imp = BidRequest['imp'][number];

/** The currency that prices are in. */
export function currencyOf({ cur }: BidRequest): string {
  return cur?.[0] ?? DEFAULT_CURRENCY;
}

/** Where the consent of the person is, in 2.6 or as an extension of before. */
export function consentOf({ user }: BidRequest): string | null | undefined {
  return user?.consent ?? user?.ext?.consent;
}

export function isUnderGdpr({ regs }: BidRequest): boolean {
  return (regs?.gdpr ?? regs?.ext?.gdpr) === 1;
}

/** Candidates that are worth what the place costs, with what they bid; without a bid of their own, the floor. */
export function bidders(imp: Imp, currency: string): Map<string, number> {
  const floor = imp.bidfloor ?? 0;
  const prices = new Map<string, number>();
  // A floor in another currency cannot be compared: whoever set it has to convert it.
  if (floor > 0 && (imp.bidfloorcur ?? DEFAULT_CURRENCY) !== currency) return prices;
  for (const candidate of imp.ext.candidates) {
    const { id, value = floor } = typeof candidate === 'string' ? { id: candidate } : candidate;
    if (value >= floor && !prices.has(id)) prices.set(id, value);
  }
  return prices;
}
