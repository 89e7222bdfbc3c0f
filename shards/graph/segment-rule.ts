import type { Trend } from './user-graph.js';

/** Bounds of a number; those that are absent do not count. */
export interface NumberRange {
  readonly gte?: number | undefined;
  readonly gt?: number | undefined;
  readonly lte?: number | undefined;
  readonly lt?: number | undefined;
}

/** Numbers of a user that a rule may ask for: see `UserView`. */
export const NUMBER_FACTS = ['spend', 'purchases', 'visits', 'recencyDays', 'risk'] as const;
export type NumberFact = (typeof NUMBER_FACTS)[number];

/** What a client may say of its user. */
export type Scalar = string | number | boolean;

/**
 * When somebody is in a segment, names resolved to numbers. A rule of `SEGMENT_TESTS_MAX` tests takes as long for any user: a graph has a
 * bounded number of nodes, and of the rest each test looks at one number.
 */
export type SegmentRule =
  | { readonly is: 'all' | 'any'; readonly of: readonly SegmentRule[] }
  | { readonly is: 'not'; readonly of: SegmentRule }
  | { readonly is: 'number'; readonly of: NumberFact; readonly range: NumberRange }
  | {
      readonly is: 'attribute';
      readonly name: string;
      readonly test: Scalar | readonly Scalar[] | NumberRange;
    }
  | ({ readonly is: 'interest' } & InterestTest);

/** An interest that holds a node, of whatever the shop has under that name, and what has to be true of that interest. */
export interface InterestTest {
  /** `NODE` kind. */
  readonly kind: number;
  /** Item index, code of a category or a brand. */
  readonly key: number;
  /** Of the share of the interest, 0..1. */
  readonly share?: NumberRange | undefined;
  readonly trends?: readonly Trend[] | undefined;
}

/** A segment as the shards know it. */
export interface PostedSegment {
  /** 1 … 65,535, never of another segment again. */
  readonly number: number;
  readonly rule: SegmentRule;
}

/** All segments as the shards know them. */
export interface PostedSegments {
  /** Which change of the segments made them so: nodes of a cluster that know the same have the same. */
  readonly revision: number;
  readonly segments: readonly PostedSegment[];
}

/** Before any were defined. */
export const NO_SEGMENTS: PostedSegments = { revision: -1, segments: [] };

/** How many users are in a segment. */
export interface SegmentCount {
  readonly segment: number;
  readonly users: number;
  readonly visitors: number;
}

export function isInRange(value: number, { gte, gt, lte, lt }: NumberRange): boolean {
  return (
    (gte === undefined || value >= gte) &&
    (gt === undefined || value > gt) &&
    (lte === undefined || value <= lte) &&
    (lt === undefined || value < lt)
  );
}
