/**
 * The re-ranker's features of one candidate, in the order of the ranker's columns. One code computes them for serving and for
 * fitting, `features` in `model/kernel`; the ranker standardises them, so they are raw here.
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

/**
 * What the features of a candidate are computed from, one column of numbers each, in the kernel's order:
 * - `transition`, `transitionBack`, `together`, `togetherPrevious`: transitions last→candidate and back, co-occurrence with the
 *   last click and with the previous one, decayed to now;
 * - `neighbour`: score by neighbour sessions relative to the best candidate's, 0..1;
 * - `weight`: how strongly the graphs propose it;
 * - `popular`, `recent`: popularity and recent popularity as they were `ageMs` ago;
 * - `distance`: of its last click in the session, 0 for the last click itself; −1: not clicked. `clicks`: how many;
 * - `boughtBefore`, `touchedBefore`, `sameCategory`, `sameBrand`, `hasNoVector`: 1 or 0;
 * - `categoryShare`: share of the session's items in its category, 0..1;
 * - `price`: NaN or 0 where it has none;
 * - `hit`: 1 for an item that matches the search made after the last click, half of it one click later, and so on; else 0.
 */
export const FEATURE_INPUTS = [
  'transition',
  'transitionBack',
  'together',
  'togetherPrevious',
  'neighbour',
  'weight',
  'popular',
  'recent',
  'ageMs',
  'distance',
  'clicks',
  'boughtBefore',
  'touchedBefore',
  'sameCategory',
  'sameBrand',
  'categoryShare',
  'price',
  'hit',
  'hasNoVector',
] as const;
export type FeatureInput = (typeof FEATURE_INPUTS)[number];

/**
 * What holds for all candidates of a user, in the kernel's order: the transitions out of the last click, the weight of the
 * strongest candidate, distinct items of the session, the price of the last click (NaN or 0: none), and after which time half
 * of a popularity and of a recent popularity is left.
 */
export const FEATURE_CONTEXT = [
  'outgoingOfLast',
  'weightBest',
  'sessionItems',
  'priceOfLast',
  'popularHalfLifeMs',
  'recentHalfLifeMs',
] as const;
export type FeatureContext = Record<(typeof FEATURE_CONTEXT)[number], number>;
