import type { FEATURE_NAMES } from '../../../model/features/feature-list.js';
import { SOURCE } from './reason-codes.js';

type FeatureName = (typeof FEATURE_NAMES)[number];

/**
 * Whose a feature is: the last click's or the one's before it, the candidate's own (as an item of the session), those
 * items' that proposed it, those that its neighbour sessions share with the shopper's, the session's items in its category;
 * or no item's: see `PART`.
 */
export type Owner =
  | 'last'
  | 'previous'
  | 'itself'
  | 'proposers'
  | 'neighbours'
  | 'category'
  | 'past'
  | 'search'
  | 'trend'
  | 'base';

export interface FeatureOwner {
  readonly owner: Owner;
  /**
   * What the feature is without its owner: only what it differs from that is the owner's. `mean`: no history makes an item
   * popular, so it is compared with the candidates that the ranker was fitted on.
   */
  readonly neutral: number | 'mean';
  /** `SOURCE` of a reason that names the owner. */
  readonly source: number;
}

const last = (neutral = 0): FeatureOwner => ({ owner: 'last', neutral, source: SOURCE.together });
const proposers = (neutral = 0): FeatureOwner => ({ owner: 'proposers', neutral, source: SOURCE.together });
const itself: FeatureOwner = { owner: 'itself', neutral: 0, source: SOURCE.own };
const past: FeatureOwner = { owner: 'past', neutral: 0, source: SOURCE.own };
const trend: FeatureOwner = { owner: 'trend', neutral: 'mean', source: SOURCE.trend };
const alike: FeatureOwner = { owner: 'last', neutral: 0, source: SOURCE.similar };

/** Each feature of the ranker and whose it is. */
export const FEATURE_OWNERS: Readonly<Record<FeatureName, FeatureOwner>> = {
  'ln(1 + transition last→candidate)': last(),
  'transition last→candidate / (outgoing of last + 2)': last(),
  'ln(1 + transition candidate→last)': last(),
  'ln(0.1 + co-occurrence with last)': last(Math.log(0.1)),
  'ln(0.1 + co-occurrence with previous)': { ...last(Math.log(0.1)), owner: 'previous' },
  'candidate weight relative to the best': proposers(),
  'ln of that (0.001 at least)': proposers(Math.log(0.001)),
  'ln(1 + popularity)': trend,
  'ln(1 + recent popularity)': trend,
  'is last': itself,
  'is previous': itself,
  'is earlier in the session': itself,
  'is the only click of the session': itself,
  '1 / distance of its last click in the session': itself,
  'ln(1 + clicks of it in the session)': itself,
  'neighbour score relative to the best': { ...proposers(), owner: 'neighbours' },
  'was bought by the user before the session': past,
  'was touched by the user before the session': past,
  'shares category with last': alike,
  'shares brand with last': alike,
  'share of the session in its category': { ...alike, owner: 'category' },
  '|ln(price / price of last)|': alike,
  'hit of the latest search, fading by half with each click since': {
    owner: 'search',
    neutral: 0,
    source: SOURCE.search,
  },
  'has no vector': { owner: 'base', neutral: 0, source: SOURCE.trend },
};
