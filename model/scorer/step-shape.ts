/** Sizes that a model was made for. */
export interface ScorerShape {
  /** Width D of item vectors, node states and interests. */
  readonly width: number;
  /** Rows N of the neighbourhood that one step sees; row 0 is the clicked node. */
  readonly neighbours: number;
  /** Features F per candidate, in the order of `model/features`. */
  readonly features: number;
  /** Clicked items R, newest first, whose cosines with a candidate the ranker is told. */
  readonly recents: number;
}

/** How row j of a neighbourhood stands to the clicked node. 0 is padding: it gets no attention. */
export const RELATION = {
  none: 0,
  self: 1,
  /** The state the clicked item had from an earlier click. */
  earlier: 2,
  /** The item clicked immediately before. */
  predecessor: 3,
  /** An item that followed an earlier click of the clicked item. */
  successor: 4,
  /** Any other item of the user's graph. */
  other: 5,
  /** The user's node of the clicked item's category, of its brand, and of the latest search term. */
  category: 6,
  brand: 7,
  term: 8,
} as const;

export const RELATION_COUNT = 9;

/** Upper edges in ms of the time-gap buckets between a neighbour's last touch and the click; the last bucket is open; bucket 0: unknown. */
export const GAP_EDGES_MS = [0, 10_000, 60_000, 600_000, 3_600_000, 86_400_000, 7 * 86_400_000] as const;

export const GAP_COUNT = GAP_EDGES_MS.length + 1;

/** Bucket of a gap in ms: 0 when unknown (negative), else 1 + the number of edges (from the second on) that it passes. */
export function gapBucket(gapMs: number): number {
  if (gapMs < 0) return 0;
  let bucket = 1;
  while (bucket < GAP_EDGES_MS.length && gapMs > GAP_EDGES_MS[bucket]) bucket++;
  return bucket;
}

/** Event kinds as attention sees them (`modelKind`): 0 unknown, 1 + the position in the contract's list of event names. */
export const EVENT_KIND_COUNT = 15;

/** What of a row attention looks up in the tables, in the order of `StepRows.codes`. */
export const CODES = ['relation', 'gap', 'kind', 'age'] as const;

/** Row of the tables, laid end to end, at which those of each code begin; the ages, one for each row of a neighbourhood, come last. */
export const CODE_START = {
  relation: 0,
  gap: RELATION_COUNT,
  kind: RELATION_COUNT + GAP_COUNT,
  age: RELATION_COUNT + GAP_COUNT + EVENT_KIND_COUNT,
} as const;
