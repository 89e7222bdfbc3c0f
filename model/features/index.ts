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
  'is a hit of the latest search',
  'has no vector',
] as const;
export const FEATURE_COUNT = FEATURE_NAMES.length;
