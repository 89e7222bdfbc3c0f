import { dot } from '../../../model/kernel/dot.js';
import { FEATURE_COUNT, FEATURE_NAMES } from '../../../model/features/feature-list.js';
import type { LinearRanker } from '../../../model/scorer/scorer.js';
import type { ScoredCandidates } from '../scoring/candidate-scoring.js';
import { PART, SOURCE } from './reason-codes.js';
import type { Contributions } from './contributions.js';
import { FEATURE_OWNERS, type FeatureOwner } from './feature-owners.js';
import { PART_OF } from './interest-split.js';

/** What a candidate's score can come from; borrowed, filled anew for each user and candidate. */
export interface ScoreOrigins {
  /** Item clicks, oldest first. */
  clicks: Int32Array;
  /** Distinct items of the session. */
  session: readonly number[];
  category: Int32Array;
  vectors: Float32Array;
  width: number;
  ranker: LinearRanker;
  /** Clicks whose cosine with a candidate the model sees. */
  recents: number;
  /** Parts of the network's score and whose each is, see `InterestSplit`; none for a user without. */
  interestParts: Float32Array;
  interestOwners: Int32Array;
  /** See `Proposers`. */
  weight: Float64Array;
  votes: Float64Array;
}

const OWNERS: readonly FeatureOwner[] = FEATURE_NAMES.map((name) => FEATURE_OWNERS[name]);

/**
 * Splits the final score of candidate `m` into what its items and groups contribute: each column of the
 * linear ranker goes to its owner, the network's score by the parts of the interest. All of it adds up to the score.
 */
export function splitScore(
  into: Contributions,
  { items, columns: numbers, stride }: ScoredCandidates,
  m: number,
  origins: ScoreOrigins,
): void {
  const { ranker } = origins;
  into.add(PART.base, ranker.bias);
  const split = { into, candidate: items[m], origins };
  for (let f = 0; f < FEATURE_COUNT; f++) {
    const weight = ranker.weight[f];
    if (weight === 0) continue;
    const { owner, neutral, source } = OWNERS[f];
    const without = neutral === 'mean' ? ranker.mean[f] : neutral;
    into.add(PART.base, weight * without);
    const score = weight * (numbers[f * stride + m] - without);
    if (score !== 0) giveTo(split, owner, score, source);
  }
  const weighted = (column: number) => ranker.weight[column] * numbers[column * stride + m];
  splitNetwork(split, ranker.weight[FEATURE_COUNT], numbers[FEATURE_COUNT * stride + m]);
  splitCosines(split, weighted(FEATURE_COUNT + 1), weighted(FEATURE_COUNT + 2));
}

interface Split {
  readonly into: Contributions;
  readonly candidate: number;
  readonly origins: ScoreOrigins;
}

function giveTo(split: Split, owner: FeatureOwner['owner'], score: number, source: number): void {
  const { into, candidate, origins } = split;
  switch (owner) {
    case 'last':
      return giveToClick(split, 1, score, source);
    case 'previous':
      return giveToClick(split, 2, score, source);
    case 'itself':
      return into.addItem(candidate, score, source);
    case 'proposers':
      return giveToProposers(split, score, source);
    case 'neighbours':
      return giveByShare(split, origins.votes, score, source);
    case 'category':
      return giveToCategory(split, score, source);
    default:
      return into.add(PART[owner], score);
  }
}

/** To the click `back` clicks ago, 1 for the last; to nobody's account when there is none. */
function giveToClick({ into, origins }: Split, back: number, score: number, source: number): void {
  const at = origins.clicks.length - back;
  if (at < 0) into.add(PART.base, score);
  else into.addItem(origins.clicks[at], score, source);
}

function giveToProposers(split: Split, score: number, source: number): void {
  const { into, origins } = split;
  const [search, trend] = origins.weight.subarray(origins.weight.length - 2);
  const total = origins.weight.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return into.add(PART.base, score);
  into.add(PART.search, (score * search) / total);
  into.add(PART.trend, (score * trend) / total);
  const clicked = total - search - trend;
  giveByShare(split, origins.weight.subarray(0, -2), (score * clicked) / total, source);
}

/** To the clicks, in proportion to `shares`; to the last click when nothing is known of them. */
function giveByShare(split: Split, shares: Float64Array, score: number, source: number): void {
  const { into, candidate, origins } = split;
  if (score === 0) return;
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (total === 0) return giveToClick(split, 1, score, source);
  origins.clicks.forEach((item, c) => {
    if (shares[c] === 0) return;
    into.addItem(item, (score * shares[c]) / total, item === candidate ? SOURCE.own : source);
  });
}

function giveToCategory({ into, candidate, origins }: Split, score: number, source: number): void {
  const { session, category } = origins;
  const alike = session.filter((item) => category[item] === category[candidate]);
  if (alike.length === 0) into.add(PART.base, score);
  for (const item of alike) into.addItem(item, score / alike.length, source);
}

/** By the parts of the interest. What they leave of the score is of an interest that cannot be traced to clicks any more. */
function splitNetwork({ into, candidate, origins }: Split, weight: number, score: number): void {
  const { interestParts, interestOwners, vectors, width } = origins;
  let rest = score;
  for (let part = 0; part < interestOwners.length; part++) {
    const owner = interestOwners[part];
    if (owner === PART_OF.none) continue;
    const value = dot(interestParts, part * width, vectors, candidate * width, width);
    rest -= value;
    if (owner >= 0) into.addItem(owner, weight * value, SOURCE.interest);
    else into.add(owner === PART_OF.search ? PART.search : PART.interest, weight * value);
  }
  into.add(PART.interest, weight * rest);
}

/** The cosine with the last click is its own, the best of the other recents that of the click that has it. */
function splitCosines(split: Split, last: number, best: number): void {
  const { into, candidate, origins } = split;
  const { clicks, vectors, width, recents } = origins;
  giveToClick(split, 1, recents === 1 ? last + best : last, SOURCE.similar);
  if (recents === 1) return;
  let nearest = 0;
  let cosine = -Infinity;
  for (let back = 2; back <= Math.min(recents, clicks.length); back++) {
    const value = dot(vectors, clicks[clicks.length - back] * width, vectors, candidate * width, width);
    if (value <= cosine) continue;
    cosine = value;
    nearest = back;
  }
  // With few clicks the greatest may be the zero of an absent one.
  if (nearest > 0 && best !== 0) giveToClick(split, nearest, best, SOURCE.similar);
  else into.add(PART.base, best);
}
