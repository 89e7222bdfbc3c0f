/** `never`: items of the interest are in no list of theirs; `normal` takes back what was said. */
export const TUNE_VALUES = ['more', 'less', 'never', 'normal'] as const;
export type TuneValue = (typeof TUNE_VALUES)[number];
/**
 * `new`: it began a few clicks ago; `back`: touched again after a week or more; `growing` and `fading`: its share is above or below what
 * it was over the last clicks; `steady`.
 */
export type Trend = 'new' | 'back' | 'growing' | 'fading' | 'steady';

/** The user's interests: communities of their graph. */
export interface Profile {
  readonly t: 'profile';
  readonly id: string | number;
  /** Epoch ms: what shares and strengths are as of. */
  readonly atMs: number;
  /** Probability that the running session buys, 0..1; 1 once it has. Absent between sessions, and where the model does not know. */
  readonly buys?: number;
  /** How likely they do not come back. Absent when they never came, and where the model does not know. */
  readonly risk?: ReturnRisk;
  /** Ids of the segments that the shopper is in; absent for none. */
  readonly segments?: readonly string[];
  /** The strongest first. */
  readonly interests: readonly Interest[];
}
/** How likely a shopper does not come back, and what speaks for it. */
export interface ReturnRisk {
  /** Days in which they would have to come. */
  readonly days: number;
  /** Probability that they do not, 0..1. */
  readonly risk: number;
  /** Visits so far. */
  readonly visits: number;
  /** Epoch ms when the last one began. */
  readonly lastMs: number;
  /** Money of purchases less refunds, in the shop's currency. */
  readonly spend: number;
  /** In plain words, in English. */
  readonly why: string;
}
export interface Interest {
  /** Stays while the interest lives, from click to click and over restarts. */
  readonly id: number;
  /** From its categories and words; '' when nothing of it has a name. */
  readonly name: string;
  /** Words of its searches and titles that it is known by, the strongest first; three at most. */
  readonly words: readonly string[];
  readonly categories: readonly string[];
  /** What most of its items have in common, the commonest first; four at most. */
  readonly attributes: readonly InterestAttribute[];
  /** Share of the weight of all interests, 0..1; 0 for one that is gone, of which they said something. */
  readonly share: number;
  /** Weight of its nodes, as in `graph`. */
  readonly strength: number;
  readonly trend: Trend;
  readonly tune: TuneValue;
  /** Epoch ms of the last touch; absent for one that is gone. */
  readonly lastMs?: number;
  /** Ids of its items, the strongest first. */
  readonly items: readonly string[];
}
export interface InterestAttribute {
  readonly name: AttributeName;
  readonly value: string;
  /** Part of the weight of the interest's items that have it, 0..1. */
  readonly share: number;
}
/** The user's interest graph. */
export interface Graph {
  readonly t: 'graph';
  readonly id: string | number;
  /** Epoch ms: what weights are as of. */
  readonly atMs: number;
  readonly nodes: readonly WireNode[];
  readonly edges: readonly WireEdge[];
}
export interface WireNode {
  /** Of an item its id; of others their kind, a colon and their name. */
  readonly id: string;
  readonly kind: NodeKind;
  /** Title of an item that is in the catalogue; category, brand, search text, or the value of an attribute. */
  readonly name?: string;
  /** Of an attribute: which one. */
  readonly attribute?: AttributeName;
  /** How much speaks for it now; below 0: against. */
  readonly weight: number;
  /** Epoch ms of the first touch, to the second; absent: not known any more. */
  readonly firstMs?: number;
  readonly lastMs: number;
  /** Id of the interest that it belongs to; absent: to none. */
  readonly interest?: number;
}
export type NodeKind = 'item' | 'category' | 'brand' | 'term' | 'attribute';
/** What titles tell of items where the shop's data says nothing of that name. */
export type AttributeName = 'colour' | 'material' | 'size' | 'brand' | 'pieces';
export interface WireEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** How often `to` followed `from`, faded. */
  readonly weight: number;
  /** Epoch ms of the last time. */
  readonly lastMs: number;
}
/** `next`: clicked after it; `of`: an item and its category, brand or attribute; `found`: clicked after this search. */
export type EdgeKind = 'next' | 'of' | 'found';
