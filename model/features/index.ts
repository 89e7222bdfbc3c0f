/**
 * The re-ranker's features of one candidate, in the order of the model's `features` input. One code computes them for
 * serving and for fitting; the model standardises them, so they are raw here.
 *
 * "last" is the item clicked last, "previous" the one before it; transitions i→j are the interaction graph's decayed
 * weights of "j was clicked within 3 steps after i".
 */
export const FEATURE_NAMES = [
  'ln(1 + transition last→candidate)',
  'transition last→candidate / (outgoing of last + 2)',
  'ln(1 + transition candidate→last)',
  'ln(0.1 + co-occurrence with last)',
  'ln(0.1 + co-occurrence with previous)',
  'candidate weight relative to the best',
  'ln of that (0.001 at least)',
  'ln(1 + popularity)',
  'ln(1 + recent popularity)',
  'is last',
  'is previous',
  'is earlier in the session',
  'is the only click of the session',
  '1 / distance of its last click in the session',
  'ln(1 + clicks of it in the session)',
  'neighbour score relative to the best',
  'was bought by the user before the session',
  'was touched by the user before the session',
  'shares category with last',
  'shares brand with last',
  'share of the session in its category',
  '|ln(price / price of last)|',
  'hit of the latest search, fading by half with each click since',
  'has no vector',
] as const;
export const FEATURE_COUNT = FEATURE_NAMES.length;

/** What the features of one candidate are computed from; one object is reused for all. Counts are decayed to now. */
export interface FeatureInputs {
  transition: number;
  outgoingOfLast: number;
  transitionBack: number;
  together: number;
  togetherPrevious: number;
  weight: number;
  weightBest: number;
  popularity: number;
  recentPopularity: number;
  /** Distance of the candidate's last click in the session, 0 for the last click itself; −1: not clicked. */
  distance: number;
  /** Distinct items clicked in the session. */
  sessionItems: number;
  /** Clicks of the candidate in the session. */
  clicks: number;
  /** Score by neighbour sessions relative to the best candidate's, 0..1. */
  neighbour: number;
  boughtBefore: boolean;
  touchedBefore: boolean;
  sameCategory: boolean;
  sameBrand: boolean;
  /** Share of the session's clicks in the candidate's category, 0..1. */
  categoryShare: number;
  price: number;
  priceOfLast: number;
  /** 1 for an item that matches the search made after the last click, half of it one click later, and so on; 0 for others. */
  hit: number;
  hasVector: boolean;
}

export function createFeatureInputs(): FeatureInputs {
  return {
    transition: 0,
    outgoingOfLast: 0,
    transitionBack: 0,
    together: 0,
    togetherPrevious: 0,
    weight: 0,
    weightBest: 0,
    popularity: 0,
    recentPopularity: 0,
    distance: -1,
    sessionItems: 0,
    clicks: 0,
    neighbour: 0,
    boughtBefore: false,
    touchedBefore: false,
    sameCategory: false,
    sameBrand: false,
    categoryShare: 0,
    price: NaN,
    priceOfLast: NaN,
    hit: 0,
    hasVector: true,
  };
}

const LN_TENTH = Math.log(0.1);

// Most counts of most candidates are zero, and a logarithm costs more than the rest of a feature.
function lnPlusOne(count: number): number {
  return count === 0 ? 0 : Math.log(1 + count);
}

function lnPlusTenth(weight: number): number {
  return weight === 0 ? LN_TENTH : Math.log(0.1 + weight);
}

/** Writes `FEATURE_COUNT` values at `offset` of `into`, in the order of `FEATURE_NAMES`. */
export function writeFeatures(into: Float32Array, offset: number, f: FeatureInputs): void {
  const relativeWeight = f.weightBest > 0 ? f.weight / f.weightBest : 0;
  let o = offset;
  into[o++] = lnPlusOne(f.transition);
  into[o++] = f.transition / (f.outgoingOfLast + 2);
  into[o++] = lnPlusOne(f.transitionBack);
  into[o++] = lnPlusTenth(f.together);
  into[o++] = lnPlusTenth(f.togetherPrevious);
  into[o++] = relativeWeight;
  into[o++] = Math.log(Math.max(relativeWeight, 0.001));
  into[o++] = Math.log(1 + f.popularity);
  into[o++] = Math.log(1 + f.recentPopularity);
  into[o++] = f.distance === 0 ? 1 : 0;
  into[o++] = f.distance === 1 ? 1 : 0;
  into[o++] = f.distance > 1 ? 1 : 0;
  into[o++] = f.distance === 0 && f.sessionItems === 1 ? 1 : 0;
  into[o++] = f.distance < 0 ? 0 : 1 / (1 + f.distance);
  into[o++] = lnPlusOne(f.clicks);
  into[o++] = f.neighbour;
  into[o++] = f.boughtBefore ? 1 : 0;
  into[o++] = f.touchedBefore ? 1 : 0;
  into[o++] = f.sameCategory ? 1 : 0;
  into[o++] = f.sameBrand ? 1 : 0;
  into[o++] = f.categoryShare;
  into[o++] = f.price > 0 && f.priceOfLast > 0 ? Math.abs(Math.log(f.price / f.priceOfLast)) : 0;
  into[o++] = f.hit;
  into[o] = f.hasVector ? 0 : 1;
}
