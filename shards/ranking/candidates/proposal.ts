/** How the graphs propose: `candidates.ts` adds these weights up, `proposers.ts` tells whose they are. */
export const PROPOSAL = {
  /** Clicks whose transition neighbours, and whose nearest vectors, are candidates (`quality.md`: 86 % of next clicks). */
  transitionClicks: 10,
  similarClicks: 3,
  trends: 30,
  /** Items of each category, and like each item, that the user wants more of. */
  wanted: 16,
  /** Each older click proposes with so much less weight. */
  ageFade: 0.8,
  /** Weights in "transitions" of a nearest vector, of a trend and of a search hit; small beside real transitions. */
  similarWeight: 0.02,
  trendWeight: 0.0005,
  hitWeight: 0.2,
  /** Share of a transition that a neighbour session's vote is worth when candidates are cut. */
  neighbourWeight: 0.3,
} as const;

/** What a weight of a click's row counts, `fade` for the age of the click: relative to all transitions out of it, decayed by `factor`. */
export function transitionScale(fade: number, factor: number, outgoing: number): number {
  return (fade * factor) / (outgoing * factor + 2);
}

/** Weight of an item in a row: how often it came next, and half of how often it was near. */
export function transitionWeight(next: number, together: number): number {
  return next + 0.5 * together;
}

/** Weight of the nearest item number `rank`, from 0. */
export function similarWeight(rank: number): number {
  return PROPOSAL.similarWeight / (1 + rank / 8);
}
